import io
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import av
import pytest
import requests

from generations.lumiq import contract
from generations.lumiq.client import FilePart, LumiqClient
from generations.lumiq.errors import LumiqRejected
from generations.sandbox.schema import derive_email
from tests.generations.sandbox.api import UNDRAWABLE, Api, clip_bytes, error_of, photo_bytes
from tests.sandbox_server import running_sandbox

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def sandbox(state):
    keys = {"lmq_test": 9000, "lmq_other": 9000, "lmq_poor": 100, "lmq_few": 280}
    with running_sandbox(state, keys=keys) as sandbox:
        yield sandbox


@pytest.fixture
def api(sandbox):
    return Api(sandbox.base_url)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return clip_bytes(tmp_path_factory.mktemp("clip"))


def test_football_answers_as_documented(api):
    before = api.account()
    response = api.football()
    assert response.status_code == 200
    answer = response.json()
    assert re.fullmatch("[0-9a-f]{8}", answer["task_id"])
    assert answer == {
        "success": True,
        "task_id": answer["task_id"],
        "status": "processing",
        "credits_used": 90,
        "credits_remaining": before["credits_balance"] - 90,
        "estimated_time": "3-5 minutes",
        "check_status": f"{api.base_url}/status/{answer['task_id']}",
    }


def test_finished_task_has_a_link_to_a_real_video(api):
    task_id = api.football().json()["task_id"]
    status = api.wait_for(task_id)
    created_at = datetime.strptime(status.pop("created_at"), "%Y-%m-%d %H:%M:%S")
    assert abs((datetime.now(UTC).replace(tzinfo=None) - created_at).total_seconds()) < 30
    assert status == {
        "task_id": task_id,
        "status": "completed",
        "video_url": f"{api.base_url}/download/{task_id}",
    }
    download = api.get(f"/download/{task_id}")
    assert download.headers["Content-Type"] == "video/mp4"
    assert int(download.headers["Content-Length"]) == len(download.content)
    with av.open(io.BytesIO(download.content)) as video:
        assert video.metadata["title"] == "Brazil - Japan"
        assert sum(1 for _ in video.decode(video=0)) == 3


def test_undrawable_photo_fails_and_stays_charged(api):
    before = api.account()["credits_balance"]
    task_id = api.football(photo_bytes(UNDRAWABLE)).json()["task_id"]
    status = api.wait_for(task_id)
    assert set(status) == {"task_id", "status", "created_at"}
    assert status["status"] == "failed"
    assert api.account()["credits_balance"] == before - 90
    assert error_of(api.get(f"/download/{task_id}")) == (404, "Task not found")


def test_uploads_are_gone_once_drawn(api, state):
    task_id = api.football().json()["task_id"]
    api.wait_for(task_id)
    assert not (state / "uploads" / task_id).exists()
    assert list((state / "incoming").iterdir()) == []


@pytest.mark.parametrize(("duration", "price"), [(None, 90), ("10", 90), ("20", 180), ("30", 270)])
def test_avatar_costs_by_duration(api, clip, duration, price):
    given = {} if duration is None else {"duration": duration}
    answer = api.avatar(clip, **given).json()
    assert (answer["credits_used"], answer["estimated_time"]) == (price, "3-8 minutes")


def test_avatar_takes_its_defaults_and_its_parameters(api, clip):
    def title_of(answer):
        task_id = answer.json()["task_id"]
        api.wait_for(task_id)
        with av.open(io.BytesIO(api.get(f"/download/{task_id}").content)) as video:
            return video.metadata["title"]

    assert title_of(api.avatar(clip)) == "10 9:16"
    wishes = {"duration": "30", "ratio": "4:5", "voice_id": "us_female_2"}
    assert title_of(api.avatar(clip, photo_bytes(kind="PNG"), **wishes)) == "30 4:5"


@pytest.mark.parametrize("duration", ["15", "0", "-10", "ten", "10.0", "１０"])
def test_other_durations_are_invalid(api, clip, duration):
    assert error_of(api.avatar(clip, duration=duration)) == (400, "Invalid duration")


def test_other_ratios_are_invalid(api, clip):
    assert error_of(api.avatar(clip, ratio="3:2")) == (400, "Invalid ratio")
    for ratio in contract.AVATAR_RATIOS:
        assert api.avatar(clip, ratio=ratio).status_code == 200


@pytest.mark.parametrize("seconds", [3, 25])
def test_20_seconds_need_a_clip_of_5_to_20(api, tmp_path, seconds):
    clip = clip_bytes(tmp_path, seconds)
    assert error_of(api.avatar(clip, duration="20")) == (400, "Invalid video length")
    assert api.avatar(clip, duration="10").status_code == 200


@pytest.mark.parametrize(
    "teams",
    [
        {"team_left": None},
        {"team_right": None},
        {"team_left": "Atlantis"},
        {"team_left": "brazil"},
        {"team_left": "Japan", "team_right": "Japan"},
    ],
)
def test_teams_must_be_two_of_the_48(api, teams):
    assert error_of(api.football(**teams)) == (400, "Invalid team")


def test_each_of_the_48_teams_is_taken(sandbox):
    api = Api(sandbox.base_url, "lmq_other")
    for left, right in zip(contract.TEAMS[::2], contract.TEAMS[1::2], strict=True):
        assert api.football(team_left=left, team_right=right).status_code == 200


def test_files_must_be_there(api, clip):
    missing = (400, "Missing required files")
    teams = {"team_left": "Brazil", "team_right": "Japan"}
    photo = ("me.jpg", photo_bytes())
    assert error_of(api.post("/football", teams, None)) == missing
    assert error_of(api.post("/football", teams, {"photo": ("me.jpg", b"")})) == missing
    assert error_of(api.post("/avatar", {}, {"photo": photo})) == missing
    assert error_of(api.post("/avatar", {}, {"video": ("clip.mp4", clip)})) == missing


def test_files_must_be_of_the_documented_types(api, clip):
    wrong = (400, "Invalid file type")
    assert error_of(api.football(b"GIF89a and so on")) == wrong
    assert error_of(api.avatar(photo_bytes())) == wrong
    assert error_of(api.avatar(clip, clip)) == wrong


def test_photo_may_have_10_mb_and_no_byte_more(api):
    photo = photo_bytes()
    padding = b"\0" * (10 * MEGABYTE - len(photo))
    before = api.account()["credits_balance"]
    assert error_of(api.football(photo + padding + b"\0")) == (400, "File too large")
    assert api.account()["credits_balance"] == before
    assert api.football(photo + padding).status_code == 200


def test_a_file_of_line_breaks_arrives_whole(api):
    """Each of them may begin a boundary, wherever the server's reading stops for a moment."""
    padding = b"\r\n-" * 700_000
    for extra in range(3):
        assert api.football(photo_bytes() + padding + b"\r" * extra).status_code == 200


def test_clip_may_not_have_more_than_100_mb(api, clip, tmp_path):
    large = tmp_path / "large.mp4"
    large.write_bytes(clip)
    with large.open("r+b") as file:
        file.truncate(100 * MEGABYTE + 1)
    client = LumiqClient(base_url=api.base_url, api_key="lmq_test")
    photo = photo_bytes()
    with pytest.raises(LumiqRejected, match="File too large"):
        client.submit_avatar(
            clip=FilePart("c.mp4", "video/mp4", large.stat().st_size, lambda: large.open("rb")),
            photo=FilePart("p.jpg", "image/jpeg", len(photo), lambda: io.BytesIO(photo)),
            duration_seconds=10,
            ratio="1:1",
            voice_id=None,
            webhook_url="",
            before_last=lambda: None,
        )


def test_key_must_be_known(sandbox):
    for path in ("/account", "/status/00000000", "/download/00000000"):
        assert error_of(Api(sandbox.base_url, None).get(path)) == (401, "Missing API key")
        assert error_of(Api(sandbox.base_url, "lmq_no").get(path)) == (401, "Invalid API key")
    assert error_of(Api(sandbox.base_url, None).football()) == (401, "Missing API key")
    assert error_of(Api(sandbox.base_url, "lmq_no").football()) == (401, "Invalid API key")


def test_credits_must_suffice(sandbox):
    poor = Api(sandbox.base_url, "lmq_poor")
    assert poor.football().json()["credits_remaining"] == 10
    assert error_of(poor.football()) == (402, "Insufficient credits")
    assert poor.account() == {
        "credits_balance": 10,
        "email": derive_email("lmq_poor"),
        "total_api_calls": 1,
        "total_credits_spent": 90,
    }


def test_parallel_requests_never_spend_the_same_credits_twice(sandbox):
    api = Api(sandbox.base_url, "lmq_few")
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: api.football().status_code, range(12)))
    assert sorted(answers) == [200] * 3 + [402] * 9
    assert api.account()["credits_balance"] == 10


def test_tasks_belong_to_the_key_that_made_them(sandbox, api):
    task_id = api.football().json()["task_id"]
    api.wait_for(task_id)
    other = Api(sandbox.base_url, "lmq_other")
    for path in (f"/status/{task_id}", f"/download/{task_id}", "/status/00000000"):
        assert error_of(other.get(path)) == (404, "Task not found")


def test_unknown_addresses_and_methods_are_json_too(api):
    assert error_of(api.get("/nothing"))[0] == 404
    assert error_of(api.get("/football"))[0] == 405


def football_request(api):
    """The bytes of a whole request, as requests would send them."""
    prepared = requests.Request(
        "POST",
        api.base_url + "/football",
        headers=api.headers,
        data={"team_left": "Brazil", "team_right": "Japan"},
        files={"photo": ("me.jpg", photo_bytes())},
    ).prepare()
    head = "".join(f"{name}: {value}\r\n" for name, value in prepared.headers.items())
    return f"POST /api/v1/football HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode(), prepared.body


@pytest.mark.parametrize("missing_bytes", [1, 2, 5, 40, 200])
def test_body_cut_off_before_its_end_costs_nothing(sandbox, api, state, missing_bytes):
    before = api.account()
    head, body = football_request(api)
    with socket.create_connection(("127.0.0.1", sandbox.port), 5) as connection:
        connection.sendall(head + body[:-missing_bytes])
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    assert api.account() == before
    assert list((state / "incoming").iterdir()) == []


def test_body_that_claims_to_be_whole_but_is_not_costs_nothing(sandbox, api):
    before = api.account()
    head, body = football_request(api)
    shorter = body[:-20]
    head = head.replace(str(len(body)).encode(), str(len(shorter)).encode())
    with socket.create_connection(("127.0.0.1", sandbox.port), 5) as connection:
        connection.sendall(head + shorter)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Invalid form" in answer
    assert api.account() == before


def test_request_waits_for_its_last_bytes_without_holding_up_others(sandbox, api):
    before = api.account()["credits_balance"]
    head, body = football_request(api)
    with socket.create_connection(("127.0.0.1", sandbox.port), 5) as connection:
        connection.sendall(head + body[:-2])
        time.sleep(0.1)
        assert api.account()["credits_balance"] == before
        connection.sendall(body[-2:])
        assert b'"success": true' in b"".join(iter(lambda: connection.recv(65536), b""))
    assert api.account()["credits_balance"] == before - 90


def test_30_requests_a_minute_whatever_they_ask_for(tmp_path):
    keys = {"lmq_test": 900, "lmq_other": 900}
    with running_sandbox(tmp_path, keys=keys, requests_per_minute=30) as sandbox:
        api = Api(sandbox.base_url)
        api.football()
        for _ in range(10):
            api.account()
            api.get("/status/00000000")
        assert error_of(api.football(team_left="Atlantis")) == (400, "Invalid team")
        for _ in range(8):
            assert api.get("/download/00000000").status_code == 404
        refused = api.get("/account")
        assert error_of(refused) == (429, "Rate limit exceeded")
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert error_of(api.football()) == (429, "Rate limit exceeded")
        assert Api(sandbox.base_url, "lmq_other").get("/account").status_code == 200
