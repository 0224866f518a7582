"""What is written of a video's end, and for whom."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from generations import lifecycle
from generations.models import Delivery, Generation, WebhookEvent
from generations.outgoing import endpoints
from generations.states import Reason, Status
from generations.transitions import move
from tests.cast import finish, make_ready, queue_video
from tests.generations.outgoing.sending import BOTH, fail, queue_with_hook, send_due, verify

pytestmark = pytest.mark.django_db(transaction=True)


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


def parse(timestamp):
    return datetime.fromisoformat(timestamp).replace(tzinfo=UTC)
