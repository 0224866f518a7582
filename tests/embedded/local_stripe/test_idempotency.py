import threading
import time

import pytest
import stripe

from tests.embedded.local_stripe.buying import buy, create_session, session_params
from tests.fixtures.site import wait_until


@pytest.fixture
def client(local_stripe):
    return local_stripe.client()


def sessions_of(client, **options):
    return [session.id for session in client.v1.checkout.sessions.list({}, options).data]


def test_one_key_makes_one_session(client):
    options = {"idempotency_key": "order-1"}
    params = session_params()
    first = client.v1.checkout.sessions.create(params, options)
    again = client.v1.checkout.sessions.create(params, options)
    assert first.id == again.id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert sessions_of(client) == [first.id]


def test_other_parameters_under_one_key_are_refused(client):
    options = {"idempotency_key": "order-1"}
    create_session(client, options=options)
    with pytest.raises(stripe.IdempotencyError, match="order-1"):
        create_session(client, options=options, amount=1000)


def test_a_key_belongs_to_an_account(local_stripe, client):
    account = client.v1.accounts.create({"type": "express"})
    local_stripe.complete_account(account.id)
    params = session_params()
    ours = client.v1.checkout.sessions.create(params, {"idempotency_key": "order-1"})
    options = {"idempotency_key": "order-1", "stripe_account": account.id}
    assert client.v1.checkout.sessions.create(params, options).id != ours.id


def test_a_key_is_forgotten_after_a_day(local_stripe, client):
    params = {key: value for key, value in session_params().items() if key != "expires_at"}
    options = {"idempotency_key": "order-1"}
    first = client.v1.checkout.sessions.create(params, options)
    local_stripe.advance(24 * 60 * 60 + 1)
    assert client.v1.checkout.sessions.create(params, options).id != first.id


def test_a_failure_within_a_call_is_repeated(local_stripe, client):
    params = session_params()
    local_stripe.fault("error", calls="POST /v1/checkout")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            client.v1.checkout.sessions.create(params, {"idempotency_key": "order-1"})
        assert caught.value.http_status == 500
    assert client.v1.checkout.sessions.create(params, {"idempotency_key": "order-2"})


def test_a_refusal_by_the_state_is_repeated(local_stripe, client):
    session = buy(local_stripe, client, delayed=True)
    params, options = {"payment_intent": session.payment_intent}, {"idempotency_key": "refund-1"}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create(params, options)
    local_stripe.settle(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="no successful payment"):
        client.v1.refunds.create(params, options)


def test_wrong_parameters_leave_the_key_unused(client):
    options = {"idempotency_key": "order-1"}
    with pytest.raises(stripe.InvalidRequestError):
        create_session(client, options=options, mode="setup")
    assert create_session(client, options=options)


def test_two_calls_with_one_key_at_once_are_refused(local_stripe, client):
    params, options = session_params(), {"idempotency_key": "order-1"}
    local_stripe.fault("slow", seconds=3)
    create = client.v1.checkout.sessions.create
    first = threading.Thread(target=create, args=[params, options])
    first.start()
    wait_until(lambda: local_stripe.requests(), "the first call doesn't arrive")
    time.sleep(0.1)  # from its arrival to its work
    with pytest.raises(stripe.APIError) as caught:
        create(params, options)
    assert (caught.value.http_status, caught.value.json_body["error"]["type"]) == (
        409,
        "idempotency_error",
    )
    first.join()
    assert len(sessions_of(client)) == 1


def test_of_many_calls_with_one_key_at_once_one_is_made(client):
    params, options = session_params(), {"idempotency_key": "order-1"}
    answers = []

    def create():
        try:
            answers.append(client.v1.checkout.sessions.create(params, options).id)
        except stripe.APIError as error:
            answers.append(error.http_status)

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) - {409} == set(sessions_of(client))
    assert len(sessions_of(client)) == 1


@pytest.mark.parametrize("kind", ["unavailable", "reset", "lost"])
def test_the_package_tries_again_and_makes_one_session(local_stripe, client, kind):
    client = local_stripe.client(max_network_retries=2)
    local_stripe.fault(kind, calls="POST /v1/checkout")
    session = create_session(client)
    assert sessions_of(client) == [session.id]
    keys = {call["idempotency_key"] for call in local_stripe.requests() if call["method"] == "POST"}
    assert len(keys) == 1


def test_too_many_requests_are_told_so(local_stripe, client):
    local_stripe.fault("rate-limited", times=2)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            client.v1.checkout.sessions.list()
    assert sessions_of(client) == []


def test_a_call_without_an_answer_is_given_up_by_the_client(local_stripe):
    impatient = local_stripe.client(timeout=0.3)
    local_stripe.fault("timeout", seconds=1)
    with pytest.raises(stripe.APIConnectionError):
        create_session(impatient)
    assert sessions_of(local_stripe.client()) == []
