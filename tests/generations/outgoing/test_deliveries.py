"""From a video's end to the customer's server: what is written, sent, tried again and given up."""

import json
import re
import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from generations import beat, lifecycle
from generations.models import (
    Delivery,
    DeliveryAttempt,
    Generation,
    WebhookDestination,
    WebhookEndpoint,
    WebhookEvent,
)
from generations.outgoing import deliveries, endpoints, events
from generations.outgoing.post import Limits
from generations.states import Reason, Status
from generations.transitions import end, move
from tests.cast import finish, make_ready, queue_video, send_mails
from tests.fixtures.site import wait_until
from tests.receiver import running_receiver

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = ["video.completed", "video.failed"]
State = Delivery.State


@pytest.fixture
def endpoint(cast, receiver):
    return endpoints.create(cast.alice, url=receiver.url, events=BOTH)


def queue_with_hook(user, url, **fields):
    generation = queue_video(user)
    Generation.objects.filter(pk=generation.pk).update(webhook_url=url, **fields)
    generation.refresh_from_db()
    return generation


def fail(generation, reason=Reason.REFUSED_UPSTREAM):
    end(generation.pk, (Status.QUEUED,), Status.FAILED, reason=reason)


def make_due():
    Delivery.objects.update(due_at=timezone.now(), lease_until=None)
    WebhookDestination.objects.update(rests_until=None)


def send_due():
    make_due()
    for delivery in Delivery.objects.pending():
        deliveries.send(delivery.pk)


# --- What is written ---------------------------------------------------------------------------


def test_a_finished_video_is_told_in_lumiqs_exact_shape(cast, receiver, settings):
    video = finish(queue_with_hook(cast.alice, receiver.url))
    send_due()
    [request] = receiver.received
    body = request.json
    assert list(body) == ["task_id", "status", "video_url", "timestamp"]
    assert body["task_id"] == str(video.pk)
    assert body["status"] == "completed"
    host = f"http://aurora.localhost:{settings.PORTAL_URL_PORT}"
    assert body["video_url"] == f"{host}/api/v1/download/{video.pk}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", body["timestamp"])
    assert abs(parse(body["timestamp"]) - timezone.now()) < timedelta(minutes=1)
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("reason", Reason)
def test_a_failed_video_is_told_with_a_sentence_of_ours(cast, receiver, reason):
    video = queue_with_hook(cast.alice, receiver.url)
    fail(video, reason)
    send_due()
    body = receiver.received[0].json
    assert list(body) == ["task_id", "status", "error", "timestamp"]
    assert body["status"] == "failed"
    assert " " in body["error"]
    assert "lumiq" not in body["error"].lower()


def test_a_cancelled_order_is_a_failed_one(cast, receiver):
    lifecycle.cancel(queue_with_hook(cast.alice, receiver.url))
    send_due()
    assert receiver.received[0].json["status"] == "failed"
    assert receiver.received[0].json["error"] == "The order was cancelled."


def test_metadata_comes_back_where_the_caller_gave_some(cast, receiver):
    fail(queue_with_hook(cast.alice, receiver.url, metadata={"seat": "B12", "ünï": "☂"}))
    send_due()
    body = receiver.received[0].json
    assert list(body) == ["task_id", "status", "error", "timestamp", "metadata"]
    assert body["metadata"] == {"seat": "B12", "ünï": "☂"}


def test_the_body_is_json_that_any_reader_takes(cast, endpoint):
    fail(queue_with_hook(cast.alice, "", metadata={"ünï": "☂"}))
    body = WebhookEvent.objects.get().body
    assert body.isascii()
    assert json.loads(body)["metadata"] == {"ünï": "☂"}


def test_nothing_is_written_where_nobody_asked(cast):
    make_ready(cast.alice)
    assert not WebhookEvent.objects.exists()


def test_the_outbox_and_the_state_are_there_together_or_not_at_all(cast, endpoint):
    video = queue_video(cast.alice)

    with transaction.atomic():
        fail(video)
        assert Delivery.objects.count() == 1
        transaction.set_rollback(True)  # as where the process dies
    assert not WebhookEvent.objects.exists()
    assert Generation.objects.get(pk=video.pk).status == Status.QUEUED


def test_an_endpoint_gets_the_events_it_chose_of_its_own_user(cast, receiver):
    endpoints.create(cast.alice, url=receiver.url + "/all", events=BOTH)
    endpoints.create(cast.alice, url=receiver.url + "/failed", events=["video.failed"])
    off = endpoints.create(cast.alice, url=receiver.url + "/off", events=BOTH)
    endpoints.disable(off, endpoints.Disabled.OWNER)
    endpoints.create(cast.bob, url=receiver.url + "/bob", events=BOTH)
    endpoints.create(cast.mallory, url=receiver.url + "/mallory", events=BOTH)
    make_ready(cast.alice)
    send_due()
    assert [request.path for request in receiver.received] == ["/hook/all"]
    fail(queue_video(cast.alice))
    send_due()
    paths = sorted(request.path for request in receiver.received[1:])
    assert paths == ["/hook/all", "/hook/failed"]


def test_an_address_is_told_once_also_where_order_and_endpoint_name_it(cast, receiver, endpoint):
    fail(queue_with_hook(cast.alice, receiver.url))
    send_due()
    assert len(receiver.received) == 1
    verify(receiver.received[0], endpoint.secret)


def test_a_late_success_follows_the_failure(cast, receiver):
    video = queue_with_hook(cast.alice, receiver.url)
    fail(video)
    with transaction.atomic():
        move(video.pk, (Status.FAILED,), Status.RETRIEVING)
    assert WebhookEvent.objects.count() == 1
    assert [event.type for event in WebhookEvent.objects.all()] == ["video.failed"]


# --- Signatures --------------------------------------------------------------------------------


def test_others_can_verify_what_we_sign(cast, receiver, endpoint):
    make_ready(cast.alice)
    send_due()
    [request] = receiver.received
    assert verify(request, endpoint.secret)["status"] == "completed"
    assert re.fullmatch(r"evt_[0-9a-f]{32}", request.headers["webhook-id"])
    with pytest.raises(WebhookVerificationError):
        verify(request, endpoints.default_secret_of(cast.alice).secret)


def test_an_orders_own_address_is_signed_with_the_users_secret(cast, receiver):
    fail(queue_with_hook(cast.alice, receiver.url))
    send_due()
    verify(receiver.received[0], endpoints.default_secret_of(cast.alice).secret)


def test_for_a_day_both_secrets_sign(cast, receiver, endpoint):
    old = endpoint.secret
    endpoints.rotate(endpoint)
    new = WebhookEndpoint.objects.get().secret
    assert new != old
    make_ready(cast.alice)
    send_due()
    for secret in (old, new):
        verify(receiver.received[0], secret)
    WebhookEndpoint.objects.update(previous_until=timezone.now())
    replay_all()
    verify(receiver.received[1], new)
    with pytest.raises(WebhookVerificationError):
        verify(receiver.received[1], old)


def test_secrets_are_not_kept_in_plain(endpoint):
    stored = str(WebhookEndpoint.objects.values().get())
    assert endpoint.secret.startswith("whsec_")
    assert endpoint.secret not in stored
    assert endpoint.secret.removeprefix("whsec_") not in stored


def test_a_secret_that_cannot_be_read_any_more_is_told_and_can_be_replaced(
    cast, receiver, endpoint, settings
):
    settings.SECRET_KEY = "another one, after the old one was lost"
    make_ready(cast.alice)
    send_due()
    assert receiver.received == []
    assert DeliveryAttempt.objects.get().trouble == "secret"
    endpoints.rotate(WebhookEndpoint.objects.get())
    send_due()
    verify(receiver.received[0], WebhookEndpoint.objects.get().secret)


# --- Tries --------------------------------------------------------------------------------------


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


# --- One server that fails holds nobody up ----------------------------------------------------


def test_a_server_gets_two_at_a_time(cast, receiver, endpoint):
    for _ in range(5):
        make_ready(cast.alice)
    receiver.hold.clear()
    threads = [
        threading.Thread(target=send_in_thread, args=(pk,))
        for pk in Delivery.objects.values_list("pk", flat=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads[:3]:
        thread.join(0.5)
    receiver.hold.set()
    for thread in threads:
        thread.join(20)
    assert receiver.most <= deliveries.MOST_AT_ONCE
    while Delivery.objects.pending().exists():
        send_due()
    assert len(receiver.received) == 5


def test_beat_wakes_two_of_one_server_and_those_of_others_as_well(cast, receiver, redis):
    with running_receiver() as other:
        other.url = other.url.replace("127.0.0.1", "other.localhost")
        endpoints.create(cast.alice, url=receiver.url, events=BOTH)
        for _ in range(4):
            make_ready(cast.alice)
        endpoints.create(cast.bob, url=other.url, events=BOTH)
        make_ready(cast.bob)
        make_due()
        redis.flushall()
        assert beat.run_pass()["delivered"] == 3


def test_a_server_that_fails_again_and_again_rests(cast, receiver, endpoint):
    receiver.answers = [500]
    for _ in range(8):
        make_ready(cast.alice)
    for delivery in Delivery.objects.all():
        deliveries.send(delivery.pk)
    assert len(receiver.received) == deliveries.FAILURES_TO_REST
    destination = WebhookDestination.objects.get()
    assert destination.rests_until > timezone.now()
    assert beat.run_pass()["delivered"] == 0
    receiver.answers = [200]
    send_due()
    assert WebhookDestination.objects.get().failures == 0
    assert WebhookDestination.objects.get().rests_until is None


def test_a_video_is_done_although_a_delivery_of_its_user_is_being_claimed(cast, endpoint):
    """The claim locks the destination's row, which the new delivery refers to."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one write at a time, whatever it is")
    make_ready(cast.alice)
    claimed, over = threading.Event(), threading.Event()

    def claim_slowly():
        with transaction.atomic():
            deliveries._lock(Delivery.objects.earliest("due_at"))
            claimed.set()
            over.wait(20)
        connection.close()

    thread = threading.Thread(target=claim_slowly)
    thread.start()
    claimed.wait(20)
    make_ready(cast.alice)
    assert not over.is_set()
    over.set()
    thread.join(20)
    assert Delivery.objects.count() == 2


# --- Endpoints that are given up ----------------------------------------------------------------


def test_410_disables_the_endpoint_at_once_and_its_owner_is_told(cast, receiver, endpoint):
    receiver.answers = [410]
    make_ready(cast.alice)
    waiting = make_ready(cast.alice)
    deliveries.send(Delivery.objects.exclude(event__generation=waiting).get().pk)
    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    assert endpoint.disabled_reason == "gone"
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.DEAD}
    assert beat.run_pass()["owners_mailed"] == 1
    assert beat.run_pass()["owners_mailed"] == 0
    send_mails()
    message = next(one for one in mail.outbox if "webhook" in one.subject)
    assert message.to == [cast.alice.email]
    assert "Aurora" in message.from_email
    assert f"/account/webhooks/{endpoint.pk}/" in message.body
    assert "410" in message.body


def test_410_ends_the_delivery_to_an_orders_own_address(cast, receiver):
    receiver.answers = [410]
    fail(queue_with_hook(cast.alice, receiver.url))
    send_due()
    assert Delivery.objects.get().state == State.DEAD


def test_five_days_of_nothing_but_failures_disable_an_endpoint(cast, receiver, endpoint):
    receiver.answers = [500]
    make_ready(cast.alice)
    send_due()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=5))
    for _ in range(2):  # quick tries, which may be over a restart of the server
        send_due()
    assert WebhookEndpoint.objects.get().is_enabled
    send_due()
    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    assert endpoint.disabled_reason == "failing"
    assert Delivery.objects.get().state == State.DEAD
    assert beat.run_pass()["owners_mailed"] == 1


def test_one_success_ends_the_count(cast, receiver, endpoint):
    receiver.answers = [500, 200]
    make_ready(cast.alice)
    send_due()
    send_due()
    assert WebhookEndpoint.objects.get().failing_since is None


def test_an_endpoint_that_is_on_again_is_not_told_of(cast, receiver, endpoint):
    endpoints.disable(endpoint, endpoints.Disabled.GONE)
    assert beat.run_pass()["owners_mailed"] == 1
    endpoints.enable(endpoint)
    send_mails()
    assert mail.outbox == []


# --- Replay, ping, the log's end ----------------------------------------------------------------


def test_a_replay_sends_the_same_bytes_with_the_same_id(cast, receiver, endpoint):
    video = make_ready(cast.alice)
    send_due()
    Generation.objects.filter(pk=video.pk).update(metadata={"changed": "since"})
    cast.aurora.hostnames.update(host="renamed.localhost")
    replay_all()
    first, second = receiver.received
    assert second.body == first.body
    assert second.headers["webhook-id"] == first.headers["webhook-id"]
    assert DeliveryAttempt.objects.count() == 2


def test_what_is_in_hand_is_not_replayed(cast, endpoint):
    make_ready(cast.alice)
    delivery = Delivery.objects.get()
    deliveries._claim(delivery.pk)
    with pytest.raises(deliveries.InHand):
        deliveries.replay(delivery)


def test_nothing_is_replayed_to_a_disabled_endpoint(cast, receiver, endpoint):
    make_ready(cast.alice)
    endpoints.disable(endpoint, endpoints.Disabled.OWNER)
    with pytest.raises(deliveries.EndpointDisabled):
        deliveries.replay(Delivery.objects.get())
    endpoints.enable(endpoint)
    replay_all()
    assert len(receiver.received) == 1


def test_a_ping_is_sent_once_also_to_a_disabled_endpoint(cast, receiver, endpoint):
    endpoints.disable(endpoint, endpoints.Disabled.OWNER)
    receiver.answers = [500]
    events.ping(endpoint)
    with pytest.raises(events.PingPending):
        events.ping(endpoint)
    send_due()
    send_due()
    [request] = receiver.received
    assert verify(request, endpoint.secret)["status"] == "ping"
    assert set(request.json) == {"task_id", "status", "timestamp"}
    assert Delivery.objects.get().state == State.DEAD
    assert WebhookEndpoint.objects.get().failing_since is None


def test_the_log_is_forgotten_after_30_days_but_not_what_waits(cast, receiver, endpoint):
    make_ready(cast.alice)
    send_due()
    make_ready(cast.alice)
    WebhookEvent.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert deliveries.forget() == 1
    assert Delivery.objects.get().state == State.PENDING


# --- Addresses, again at each send --------------------------------------------------------------


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


# --- The whole way, in processes of its own -----------------------------------------------------


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


def verify(request, secret):
    return Webhook(secret).verify(request.body, request.headers)


def replay_all():
    for delivery in Delivery.objects.all():
        deliveries.replay(delivery)
    send_due()


def parse(timestamp):
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC)


def send_in_thread(pk):
    try:
        deliveries.send(pk)
    finally:
        connection.close()
