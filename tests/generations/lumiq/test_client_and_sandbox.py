"""The client and the sandbox were written from one documentation; here they meet."""

import io
import signal
import subprocess
import sys

import pytest

from generations.lumiq import errors
from generations.lumiq.client import FilePart, LumiqClient
from tests.generations.sandbox.api import Api, clip_bytes, photo_bytes
from tests.sandbox_server import ROOT, running_sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    keys = {"lmq_test": 270 + 90, "lmq_other": 0, "lmq_kill": 90}
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), keys=keys) as sandbox:
        yield sandbox


def part(content, name="me.jpg", content_type="image/jpeg"):
    return FilePart(name, content_type, len(content), lambda: io.BytesIO(content))


def submit_football(client, before_last=lambda: None):
    return client.submit_football(
        photo=part(photo_bytes()),
        team_left="Ivory Coast",
        team_right="UAE",
        webhook_url="",
        before_last=before_last,
    )


def test_the_way_of_two_videos(sandbox, tmp_path):
    client = LumiqClient(base_url=sandbox.base_url, api_key="lmq_test")
    clip = clip_bytes(tmp_path)

    def lose_the_lease():
        raise RuntimeError("lease lost")

    with pytest.raises(RuntimeError, match="lease lost"):
        submit_football(client, lose_the_lease)
    avatar = client.submit_avatar(
        clip=part(clip, "clip.mp4", "video/mp4"),
        photo=part(photo_bytes()),
        duration_seconds=30,
        ratio="1:1",
        voice_id="us_female_2",
        webhook_url="",
        before_last=lambda: None,
    )
    football = submit_football(client)
    assert (avatar.credits_used, avatar.credits_remaining) == (270, 90)
    assert (football.credits_used, football.credits_remaining) == (90, 0)
    for task_id in (avatar.task_id, football.task_id):
        Api(sandbox.base_url).wait_for(task_id)
        assert client.fetch_status(task_id).status == "completed"
        with client.open_download(task_id) as download:
            video = b"".join(download.iter_chunks())
            assert download.content_type == "video/mp4"
            assert download.content_length == len(video)
            assert video[4:8] == b"ftyp"
    with pytest.raises(errors.LumiqOutOfCredits):
        submit_football(client)
    account = client.fetch_account()
    assert (account.credits_balance, account.total_credits_spent) == (0, 360)

    other = LumiqClient(base_url=sandbox.base_url, api_key="lmq_other")
    with pytest.raises(errors.LumiqTaskNotFound):
        other.fetch_status(avatar.task_id)
    with pytest.raises(errors.LumiqTaskNotFound), other.open_download(avatar.task_id):
        pass


KILLED_BEFORE_THE_TAIL = """
import io, os, signal, sys
from generations.lumiq.client import FilePart, LumiqClient

START = b"\\xff\\xd8\\xff"
photo = FilePart("me.jpg", "image/jpeg", 999_999, lambda: io.BytesIO(START * 333_333))
LumiqClient(base_url=sys.argv[1], api_key="lmq_kill").submit_football(
    photo=photo, team_left="Brazil", team_right="Japan", webhook_url="",
    before_last=lambda: os.kill(os.getpid(), signal.SIGKILL) if sys.argv[2] == "kill" else None,
)
"""


def test_process_killed_before_the_tail_has_left_is_not_charged(sandbox):
    def run(manner):
        command = [sys.executable, "-c", KILLED_BEFORE_THE_TAIL, sandbox.base_url, manner]
        return subprocess.run(command, cwd=ROOT, timeout=20, check=False).returncode

    api = Api(sandbox.base_url, "lmq_kill")
    assert run("kill") == -signal.SIGKILL
    assert api.account()["credits_balance"] == 90
    assert run("live") == 0
    assert api.account()["credits_balance"] == 0


def test_unknown_key_is_refused(sandbox):
    client = LumiqClient(base_url=sandbox.base_url, api_key="lmq_revoked")
    with pytest.raises(errors.LumiqKeyRefused, match="Invalid API key"):
        submit_football(client)
    with pytest.raises(errors.LumiqKeyRefused):
        client.fetch_account()
