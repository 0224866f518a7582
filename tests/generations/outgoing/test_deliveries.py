"""From what is written to the customer's server: sent, tried again and given up."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from generations import beat
from generations.models import Delivery, DeliveryAttempt, WebhookEndpoint
from generations.outgoing import deliveries, endpoints
from generations.outgoing.post import Limits
from tests.cast import finish, make_ready
from tests.fixtures.site import wait_until
from tests.generations.outgoing.sending import (
    State,
    fail,
    make_due,
    queue_with_hook,
    send_due,
    verify,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_lumiqs_retries_come_first_then_ours_and_then_an_end(cast, receiver):
    receiver.answers = [500]
    fail(queue_with_hook(cast.alice, receiver.url))
    waits = []
    while (delivery := Delivery.objects.get()).state == State.PENDING:
        before = timezone.now()
        send_due()
        delivery.refresh_from_db()
        waits.append((delivery.due_at - before).total_seconds())
    expected = [1, 2, 4, 60, 300, 1800, 7200, 28_800, 86_400]
    assert len(receiver.received) == len(expected) + 1
    for wait, seconds in zip(waits, expected, strict=False):
        assert seconds * 0.9 <= wait <= seconds * 1.1 + 5
    assert delivery.state == State.DEAD
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert len({request.body for request in receiver.received}) == 1
    assert delivery.attempts.count() == len(receiver.received)


@pytest.mark.parametrize(("status", "is_success"), [
    (200, True), (201, True), (204, True), (299, True),
    (301, False), (302, False), (304, False), (400, False), (404, False), (429, False),
    (500, False), (503, False),
])  # fmt: skip
def test_only_2xx_is_a_success(cast, receiver, status, is_success):
    receiver.answers, receiver.text = [status], b""
    fail(queue_with_hook(cast.alice, receiver.url))
    send_due()
    delivery = Delivery.objects.get()
    assert delivery.state == (State.DELIVERED if is_success else State.PENDING)
    assert [attempt.status for attempt in delivery.attempts.all()] == [status]


def test_each_attempt_is_logged(cast, receiver):
    receiver.answers, receiver.text = [503, 200], b"<b>later</b>" + b"." * 2000
    fail(queue_with_hook(cast.alice, receiver.url))
    send_due()
    send_due()
    first, second = DeliveryAttempt.objects.all()
    assert (first.status, second.status) == (503, 200)
    assert first.answer.startswith("<b>later</b>...")
    assert len(first.answer) == 1024
    assert first.latency_ms >= 0


def test_what_is_not_due_or_done_is_not_sent(cast, receiver):
    fail(queue_with_hook(cast.alice, receiver.url))
    delivery = Delivery.objects.get()
    Delivery.objects.update(due_at=timezone.now() + timedelta(minutes=1))
    deliveries.send(delivery.pk)
    assert receiver.received == []
    send_due()
    send_due()
    deliveries.send(delivery.pk)
    deliveries.send(uuid.uuid4())
    assert len(receiver.received) == 1


def test_who_dies_over_a_delivery_is_followed_by_another_with_the_same_id(cast, receiver, settings):
    fail(queue_with_hook(cast.alice, receiver.url))
    delivery = Delivery.objects.get()
    assert deliveries._claim(delivery.pk) is not None  # and nothing more is heard of it
    assert beat.run_pass(inline=True)["delivered"] == 0
    ended = timezone.now() - timedelta(seconds=1)
    Delivery.objects.update(lease_until=ended, due_at=ended)
    assert beat.run_pass(inline=True)["delivered"] == 1
    [request] = receiver.received
    assert request.headers["webhook-id"] == delivery.event.message_id
    assert Delivery.objects.get().state == State.DELIVERED


def test_who_comes_back_after_the_lease_changes_nothing(cast, receiver):
    fail(queue_with_hook(cast.alice, receiver.url))
    late = deliveries._claim(Delivery.objects.get().pk)
    send_due()
    deliveries._record(late, DeliveryAttempt(delivery=late, at=timezone.now(), latency_ms=1))
    assert Delivery.objects.get().state == State.DELIVERED
    assert DeliveryAttempt.objects.count() == 1


def test_one_that_kills_every_process_is_given_up(cast, receiver):
    fail(queue_with_hook(cast.alice, receiver.url))
    pk = Delivery.objects.get().pk
    for _ in range(20):
        make_due()
        deliveries._claim(pk)
    make_due()
    deliveries.send(pk)
    assert Delivery.objects.get().state == State.DEAD
    assert receiver.received == []


def test_the_order_of_deliveries_does_not_matter(cast, receiver, endpoint):
    first, second = make_ready(cast.alice), make_ready(cast.alice)
    newest_first = Delivery.objects.order_by("-event__created_at")
    for delivery in newest_first:
        deliveries.send(delivery.pk)
    told = [request.json["task_id"] for request in receiver.received]
    assert told == [str(second.pk), str(first.pk)]


def test_an_address_that_has_become_private_is_not_called(cast, receiver, endpoint, settings):
    make_ready(cast.alice)
    settings.PORTAL_ALLOW_PRIVATE_WEBHOOKS = False
    send_due()
    WebhookEndpoint.objects.update(url="https://hooks.example.com/")
    Delivery.objects.update(url="https://hooks.example.com/")
    make_due()
    deliveries.send(Delivery.objects.get().pk, resolve=lambda *_: ["127.0.0.1"])
    assert [attempt.trouble for attempt in DeliveryAttempt.objects.all()] == [
        "refused_url",
        "address",
    ]
    assert receiver.received == []


def test_a_slow_server_ends_with_a_timeout(cast, receiver, endpoint):
    receiver.hold.clear()
    make_ready(cast.alice)
    deliveries.send(Delivery.objects.get().pk, limits=Limits(1, 1, 1))
    assert DeliveryAttempt.objects.get().trouble == "timeout"


def test_an_order_reaches_its_customer_through_worker_and_beat(
    cast, receiver, portal_environment, start_manage
):
    receiver.answers = [500, 500, 200]
    start_manage("rqworker", "outbound", "--serializer", "json")
    start_manage("beat")
    video = finish(queue_with_hook(cast.alice, receiver.url, metadata={"order": "7"}))
    wait_for_state(State.DELIVERED)
    assert len(receiver.received) == 3
    assert len({request.body for request in receiver.received}) == 1
    body = verify(receiver.received[-1], endpoints.default_secret_of(cast.alice).secret)
    assert body["task_id"] == str(video.pk)
    assert body["status"] == "completed"
    assert body["metadata"] == {"order": "7"}


def wait_for_state(state):
    wait_until(lambda: Delivery.objects.get().state == state, f"never {state}")
