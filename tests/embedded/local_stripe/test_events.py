import pytest
import stripe

from tests.embedded.local_stripe.buying import buy, create_session
from tests.fixtures.site import wait_until
from tests.receiver import running_receiver


@pytest.fixture
def client(local_stripe):
    return local_stripe.client()


@pytest.fixture
def endpoint(local_stripe):
    with running_receiver() as receiver:
        local_stripe.send_events_to(receiver.url)
        yield receiver


def types_of(received):
    return [request.json["type"] for request in received]


def wait_for(endpoint, count):
    wait_until(lambda: len(endpoint.received) >= count, f"fewer than {count} events", seconds=20)
    return endpoint.received


PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def test_events_are_signed_as_the_package_verifies(local_stripe, client, endpoint):
    session = buy(local_stripe, client)
    request = wait_for(endpoint, 3)[2]
    signature, secret = request.headers["stripe-signature"], local_stripe.webhook_secret
    event = client.construct_event(request.body, signature, secret)
    assert (event.type, event.api_version) == (PAID[-1], stripe.api_version)
    assert event.data.object.id == session.id
    assert event.data.object.payment_status == "paid"
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(request.body, signature, local_stripe.connect_webhook_secret)


def test_each_thing_that_happens_is_told_in_its_order(local_stripe, client, endpoint):
    paid = buy(local_stripe, client)
    client.v1.refunds.create({"payment_intent": paid.payment_intent, "amount": 1})
    client.v1.checkout.sessions.expire(create_session(client).id)
    settled, failed = (buy(local_stripe, client, delayed=True) for _ in range(2))
    local_stripe.settle(settled.id)
    local_stripe.fail(failed.id)
    completed = "checkout.session.completed"
    assert (
        types_of(wait_for(endpoint, 12))
        == [
            *PAID,
            "refund.created",
            "charge.refunded",
            "checkout.session.expired",
            completed,
            completed,
            *PAID[:2],
            "checkout.session.async_payment_succeeded",
            "payment_intent.payment_failed",
            "checkout.session.async_payment_failed",
        ][: len(endpoint.received)]
    )


def test_an_event_is_sent_until_it_is_taken(local_stripe, client, endpoint):
    local_stripe.knobs(retry_seconds=0.05)
    endpoint.answers = [500, 404, 200]
    session = create_session(client)
    client.v1.checkout.sessions.expire(session.id)
    ids = {request.json["id"] for request in wait_for(endpoint, 3)}
    assert len(ids) == 1
    wait_until(lambda: local_stripe.deliveries()[0]["state"] == "delivered", "not delivered")
    assert local_stripe.deliveries()[0]["tries"] == 3


def test_events_can_be_repeated(local_stripe, client, endpoint):
    local_stripe.knobs(duplicate=2)
    client.v1.checkout.sessions.expire(create_session(client).id)
    assert len({request.json["id"] for request in wait_for(endpoint, 3)}) == 1


def test_events_can_be_lost(local_stripe, client, endpoint):
    local_stripe.knobs(drop=2)
    buy(local_stripe, client)
    assert types_of(wait_for(endpoint, 1)) == PAID[2:]


def test_events_can_be_late(local_stripe, client, endpoint):
    local_stripe.knobs(delay=3600)
    buy(local_stripe, client)
    local_stripe.knobs(delay=0)
    client.v1.checkout.sessions.expire(create_session(client).id)
    assert types_of(wait_for(endpoint, 1)) == ["checkout.session.expired"]


def test_events_can_be_strewn_over_time(local_stripe, client, endpoint):
    local_stripe.knobs(reorder=3600)
    buy(local_stripe, client)
    moments = [delivery["due_at"] - delivery["begun_at"] for delivery in local_stripe.deliveries()]
    assert len(set(moments)) == 3
    assert all(0 <= seconds <= 3600 for seconds in moments)


def test_events_can_be_held_and_released_by_hand_in_any_order(local_stripe, client, endpoint):
    local_stripe.knobs(hold=True)
    buy(local_stripe, client)
    held = local_stripe.held()
    assert len(held) == 3
    assert endpoint.received == []
    local_stripe.release(held[2], held[0])
    assert types_of(wait_for(endpoint, 2)) == [PAID[2], PAID[0]]
    local_stripe.release()
    assert types_of(wait_for(endpoint, 3)) == [PAID[2], PAID[0], PAID[1]]


def test_events_can_be_released_backwards(local_stripe, client, endpoint):
    local_stripe.knobs(hold=True)
    buy(local_stripe, client)
    local_stripe.release(is_reversed=True)
    assert types_of(wait_for(endpoint, 3)) == PAID[::-1]


def test_events_can_be_looked_up(local_stripe, client):
    buy(local_stripe, client)
    events = client.v1.events.list().data
    assert [event.type for event in events] == PAID[::-1]
    assert client.v1.events.retrieve(events[0].id).type == PAID[2]
    assert len(client.v1.events.list({"type": PAID[0]}).data) == 1
