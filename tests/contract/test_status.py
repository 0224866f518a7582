"""GET /status/{task_id}."""

from datetime import UTC, datetime, timedelta

import pytest

from generations.lumiq import contract
from generations.lumiq.errors import LumiqTaskNotFound
from tests.contract.server import assert_row, assert_shape
from tests.generations.sandbox.api import UNDRAWABLE, photo_bytes

PROCESSING = {"task_id": "a1b2c3d4", "status": "processing", "created_at": "2026-06-14 10:30:00"}
COMPLETED = {
    "task_id": "a1b2c3d4",
    "status": "completed",
    "created_at": "2026-06-14 10:30:00",
    "video_url": "https://lumiq.my/api/v1/download/a1b2c3d4",
}
FAILED = {"task_id": "a1b2c3d4", "status": "failed", "created_at": "2026-06-14 10:30:00"}


def read_created_at(payload):
    return datetime.strptime(payload["created_at"], "%Y-%m-%d %H:%M:%S")


def test_status_response_processing(server, spending):
    """LUMIQ needs minutes; our own sandbox is told not to finish."""
    if server.sandbox:
        server.sandbox.set_scenario("never-finishing", key=server.key, times=1)
    task_id = server.football().json()["task_id"]
    status = server.get(f"/status/{task_id}").json()
    if status["status"] == "completed" and server.sandbox is None:
        pytest.skip("done already")
    assert_shape(status, PROCESSING)
    assert (status["task_id"], status["status"]) == (task_id, "processing")
    read = server.client.fetch_status(task_id)
    assert (read.task_id, read.status) == (task_id, contract.PROCESSING)


def test_status_response_completed(server, completed):
    assert_shape(completed, COMPLETED)
    assert completed["status"] == "completed"
    assert completed["video_url"] == f"{server.base_url}/download/{completed['task_id']}"


def test_status_response_completed_as_our_client_reads_it(server, completed):
    read = server.client.fetch_status(completed["task_id"])
    assert read == contract.TaskStatus(
        completed["task_id"], contract.COMPLETED, completed["created_at"]
    )


def test_status_response_failed(server, control):
    task_id = server.football(photo_bytes(UNDRAWABLE)).json()["task_id"]
    status = server.wait_for(task_id)
    assert_shape(status, FAILED)
    assert status["status"] == "failed"
    assert server.client.fetch_status(task_id).status == contract.FAILED


def test_status_created_at_has_no_zone_and_is_the_time_of_the_submit(server, completed):
    """The zone is not documented: any of the world's would do."""
    created_at = read_created_at(completed)
    away = abs(created_at - datetime.now(UTC).replace(tzinfo=None))
    assert away < timedelta(hours=14, minutes=40)
    if server.sandbox:
        assert away < timedelta(minutes=5)


def test_404_task_not_found(server):
    assert_row(server.get("/status/00000000"), contract.TASK_NOT_FOUND)
    with pytest.raises(LumiqTaskNotFound):
        server.client.fetch_status("00000000")


def test_404_task_not_yours(server, other, football_task):
    task_id = football_task["task_id"]
    assert_row(other.get(f"/status/{task_id}"), contract.TASK_NOT_FOUND)
    with pytest.raises(LumiqTaskNotFound):
        other.client.fetch_status(task_id)
    assert server.get(f"/status/{task_id}").status_code == 200
