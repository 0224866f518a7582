"""POST /avatar: its parameters, its defaults, its prices."""

import io

import av
import pytest

from generations.lumiq import contract
from generations.lumiq.errors import LumiqRejected
from tests.contract.server import assert_row, assert_shape
from tests.generations.sandbox.api import clip_bytes, photo_bytes
from tests.quick_renderer import write_clip

EXAMPLE = {
    "success": True,
    "task_id": "a1b2c3d4",
    "status": "processing",
    "credits_used": 90,
    "credits_remaining": 510,
    "estimated_time": "3-8 minutes",
    "check_status": "https://lumiq.my/api/v1/status/a1b2c3d4",
}


@pytest.fixture(scope="module")
def default_avatar(server, spending, clip):
    """The answer to a submit with the required parameters only."""
    before = server.client.fetch_account()
    return server.avatar(), before, server.client.fetch_account()


def test_avatar_response(server, default_avatar):
    response, before, _ = default_avatar
    assert response.status_code == 200
    answer = response.json()
    assert_shape(answer, EXAMPLE)
    assert answer["success"] is True
    assert answer["status"] == "processing"
    assert answer["estimated_time"] == "3-8 minutes"
    assert answer["credits_remaining"] == before.credits_balance - answer["credits_used"]
    assert answer["check_status"] == f"{server.base_url}/status/{answer['task_id']}"


def test_avatar_duration_default_10(default_avatar):
    response, _, _ = default_avatar
    assert response.json()["credits_used"] == 90


def test_avatar_credits_are_taken_from_the_account(default_avatar):
    _, before, after = default_avatar
    assert after.credits_balance == before.credits_balance - 90
    assert after.total_credits_spent == before.total_credits_spent + 90


def test_avatar_ratio_default_9_16(server, control, default_avatar):
    """The quick renderer writes what it was asked for into the file."""
    task_id = default_avatar[0].json()["task_id"]
    server.wait_for(task_id)
    with av.open(io.BytesIO(server.get(f"/download/{task_id}").content)) as video:
        assert video.metadata["title"] == "10 9:16"


@pytest.mark.parametrize(("duration", "price"), [(10, 90), (20, 180), (30, 270)])
def test_avatar_credit_cost_as_our_client_reads_it(server, spending, clip, duration, price):
    submitted = server.submit_avatar(duration)
    assert submitted.credits_used == price == contract.credits_for_avatar(duration)
    assert (submitted.status, submitted.estimated_time) == ("processing", "3-8 minutes")


@pytest.mark.parametrize("ratio", ["9:16", "16:9", "1:1", "4:5"])
def test_avatar_ratio(server, spending_much, clip, ratio):
    assert server.avatar(ratio=ratio).status_code == 200


def test_avatar_voice_id_and_webhook_url_are_optional_strings(server, spending_much, clip):
    """That neither is needed, test_avatar_response shows."""
    wishes = {"voice_id": "us_female_2", "webhook_url": f"{server.base_url}/nobody-listens"}
    assert server.avatar(**wishes).status_code == 200


def test_avatar_video_mov(server, control, tmp_path):
    path = tmp_path / "clip.mov"
    write_clip(path, frames=12, rate=2)
    assert path.read_bytes()[4:8] == b"ftyp"
    assert server.avatar(path.read_bytes()).status_code == 200


def test_avatar_photo_png(server, control, clip):
    files = {"video": ("clip.mp4", clip), "photo": ("me.png", photo_bytes(kind="PNG"))}
    assert server.post("/avatar", {}, files).status_code == 200


@pytest.mark.parametrize("seconds", [5, 20])
def test_avatar_video_5_to_20s_for_20s_duration(server, control, tmp_path, seconds):
    clip = clip_bytes(tmp_path, seconds)
    assert server.avatar(clip, duration="20").json()["credits_used"] == 180


@pytest.mark.parametrize("seconds", [3, 24])
def test_avatar_video_of_another_length_for_20s_duration(server, spending, tmp_path, seconds):
    assert server.avatar(clip_bytes(tmp_path, seconds), duration="20").status_code == 400


def test_400_missing_video(server):
    files = {"photo": ("me.jpg", server.material.photo)}
    assert_row(server.post("/avatar", {}, files), contract.MISSING_FILES)


def test_400_missing_photo(server, tmp_path):
    files = {"video": ("clip.mp4", clip_bytes(tmp_path))}
    assert_row(server.post("/avatar", {}, files), contract.MISSING_FILES)


@pytest.mark.parametrize("duration", ["15", "0", "-10", "ten"])
def test_400_invalid_duration(server, spending, tmp_path, duration):
    answer = server.avatar(clip_bytes(tmp_path), duration=duration)
    assert_row(answer, contract.INVALID_DURATION)


def test_400_invalid_duration_as_our_client_reads_it(server, spending, clip):
    with pytest.raises(LumiqRejected) as refused:
        server.submit_avatar(15)
    assert (refused.value.http_status, refused.value.code) == (400, "Invalid duration")


def test_avatar_ratio_of_another_kind(server, spending, clip):
    assert server.avatar(ratio="3:2").status_code == 400
