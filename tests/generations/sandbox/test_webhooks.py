import contextlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from generations.sandbox.orders import Task
from generations.sandbox.webhooks import build_payload, deliver
from tests.generations.sandbox.api import UNDRAWABLE, Api, photo_bytes
from tests.sandbox_server import running_sandbox

PAYLOAD = {"task_id": "a1b2c3d4", "status": "failed", "error": "x", "timestamp": "y"}


@dataclass
class Receiver:
    """Answers with the given statuses in turn, the last of them for ever."""

    statuses: list[int]
    url: str = ""
    bodies: list[dict] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answer_after_seconds: float = 0

    def wait(self, count):
        give_up_at = time.monotonic() + 10
        while len(self.bodies) < count and time.monotonic() < give_up_at:
            time.sleep(0.02)
        return self.bodies


@contextlib.contextmanager
def receiving(*statuses, **options):
    receiver = Receiver(list(statuses) or [200], **options)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.times.append(time.monotonic())
            receiver.paths.append(self.path)
            receiver.headers.append(dict(self.headers))
            receiver.bodies.append(json.loads(body))
            turn = min(len(receiver.bodies), len(receiver.statuses)) - 1
            time.sleep(receiver.answer_after_seconds)
            self.send_response(receiver.statuses[turn])
            self.send_header("Location", receiver.url + "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


def task(status):
    return Task("a1b2c3d4", "lmq_x", "football", {}, 90, status, 0, 0, 1, "http://x/")


def test_payloads_are_the_documented_ones():
    malaysia = timezone(timedelta(hours=8))
    now = datetime(2026, 6, 14, 18, 38, 22, 123456, malaysia)
    link = "https://lumiq.my/api/v1/download/a1b2c3d4"
    assert build_payload(task("completed"), link, now) == {
        "task_id": "a1b2c3d4",
        "status": "completed",
        "video_url": link,
        "timestamp": "2026-06-14T10:38:22.123456",
    }
    assert build_payload(task("failed"), link, now) == {
        "task_id": "a1b2c3d4",
        "status": "failed",
        "error": "Generation failed",
        "timestamp": "2026-06-14T10:38:22.123456",
    }
    whole_second = datetime(2026, 6, 14, 10, 38, 22, tzinfo=UTC)
    assert build_payload(task("failed"), "", whole_second)["timestamp"].endswith(":22.000000")


def test_sandbox_calls_back_once_when_a_task_ends(tmp_path):
    with running_sandbox(tmp_path) as sandbox, receiving() as receiver:
        api = Api(sandbox.base_url)
        done = api.football(webhook_url=receiver.url).json()["task_id"]
        assert len(receiver.wait(1)) == 1
        failed = api.football(photo_bytes(UNDRAWABLE), webhook_url=receiver.url).json()["task_id"]
        first, second = receiver.wait(2)
        assert api.get(f"/status/{done}").json()["status"] == "completed"
        timestamps = [body.pop("timestamp") for body in (first, second)]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", timestamps[0])
        video_url = f"{api.base_url}/download/{done}"
        assert first == {"task_id": done, "status": "completed", "video_url": video_url}
        assert second == {"task_id": failed, "status": "failed", "error": "Generation failed"}
        assert receiver.headers[0]["Content-Type"] == "application/json"
        assert "lmq_test" not in str(receiver.headers)


def test_callback_is_tried_again_after_1_second_until_it_is_answered_with_200():
    with receiving(500, 200) as receiver:
        assert deliver(receiver.url, PAYLOAD)
        assert receiver.bodies == [PAYLOAD, PAYLOAD]
        assert 0.9 < receiver.times[1] - receiver.times[0] < 2


def test_callback_is_given_up_after_three_more_tries():
    slept = []
    with receiving(500) as receiver:
        assert not deliver(receiver.url, PAYLOAD, sleep=slept.append)
        assert len(receiver.bodies) == 4
    assert slept == [1, 2, 4]


def test_only_200_will_do_and_redirects_are_not_followed():
    for status in (201, 204, 302, 307, 404):
        with receiving(status) as receiver:
            assert not deliver(receiver.url, PAYLOAD, sleep=lambda _: None)
            assert len(receiver.bodies) == 4


def test_receiver_that_is_too_slow_or_not_there_is_tried_again():
    with receiving(200, answer_after_seconds=0.5) as receiver:
        assert not deliver(receiver.url, PAYLOAD, timeout_seconds=0.1, sleep=lambda _: None)
        assert len(receiver.wait(4)) == 4
    assert not deliver("http://127.0.0.1:9/", PAYLOAD, sleep=lambda _: None)
    assert not deliver("not a url", PAYLOAD, sleep=lambda _: None)
