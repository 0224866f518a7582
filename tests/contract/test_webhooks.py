"""Webhook Callbacks. A server elsewhere cannot reach the receiver here: for the sandbox only."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from generations.lumiq import contract
from tests.contract.server import assert_shape
from tests.generations.sandbox.api import UNDRAWABLE, photo_bytes
from tests.generations.sandbox.test_webhooks import receiving

COMPLETED = {
    "task_id": "a1b2c3d4",
    "status": "completed",
    "video_url": "https://lumiq.my/api/v1/download/a1b2c3d4",
    "timestamp": "2026-06-14T10:38:22.123456",
}
FAILED = {
    "task_id": "a1b2c3d4",
    "status": "failed",
    "error": "Generation failed",
    "timestamp": "2026-06-14T10:38:22.123456",
}
TIMESTAMP = "%Y-%m-%dT%H:%M:%S.%f"


@pytest.fixture(autouse=True)
def _reachable(control):
    """`control` skips where it is not there."""


def assert_is_now(timestamp):
    moment = datetime.strptime(timestamp, TIMESTAMP)
    assert len(timestamp) == len(COMPLETED["timestamp"])
    assert abs(moment - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=1)


def test_webhook_payload(server):
    with receiving() as receiver:
        submitted = server.submit_football(receiver.url)
        (payload,) = receiver.wait(1)
    assert_shape(payload, COMPLETED)
    assert_is_now(payload["timestamp"])
    assert payload["video_url"] == f"{server.base_url}/download/{submitted.task_id}"
    read = contract.Callback.from_json(payload)
    assert read == contract.Callback(submitted.task_id, contract.COMPLETED, "")
    assert receiver.headers[0]["Content-Type"] == "application/json"


def test_webhook_failure_payload(server):
    with receiving() as receiver:
        answer = server.football(photo_bytes(UNDRAWABLE), webhook_url=receiver.url).json()
        (payload,) = receiver.wait(1)
    assert_shape(payload, FAILED)
    assert_is_now(payload["timestamp"])
    read = contract.Callback.from_json(payload)
    assert read == contract.Callback(answer["task_id"], contract.FAILED, "Generation failed")


def test_webhook_for_an_avatar(server):
    with receiving() as receiver:
        task_id = server.avatar(webhook_url=receiver.url).json()["task_id"]
        (payload,) = receiver.wait(1)
    assert (payload["task_id"], payload["status"]) == (task_id, "completed")


def test_webhook_retries_up_to_3_times_with_1s_2s_4s_backoff(server):
    with receiving(500) as receiver:
        server.submit_football(receiver.url)
        bodies = receiver.wait(4)
        assert len(bodies) == 4
        assert bodies == [bodies[0]] * 4
        pauses = [later - earlier for earlier, later in pairwise(receiver.times)]
    assert [round(pause) for pause in pauses] == [1, 2, 4]
    assert contract.WEBHOOK_RETRY_DELAYS_SECONDS == (1, 2, 4)


def test_webhook_ends_with_http_200(server):
    with receiving(200) as receiver:
        task_id = server.submit_football(receiver.url).task_id
        receiver.wait(1)
        server.wait_for(task_id)
    assert len(receiver.bodies) == 1
