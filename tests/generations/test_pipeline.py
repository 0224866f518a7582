"""The whole way of a video: sandbox, Redis, workers and web server as real processes."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import av
import pytest
import requests
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts import ledger
from accounts.models import ApiKey
from generations import beat, lifecycle, submissions, uploads
from generations.audit import audit_all
from generations.models import Callback, Generation, SubmitAttempt
from generations.states import Status
from tests.cast import (
    AURORA_HOST,
    SANDBOX_KEY,
    build_order,
    build_photo_bytes,
    build_photo_file,
    fill_supply,
    give,
    queue_video,
)
from tests.clips import build_clip_bytes
from tests.fixtures.site import free_port, wait_until
from tests.orders import AVATAR, fill_avatar, order
from tests.sandbox_server import running_sandbox

pytestmark = pytest.mark.django_db(transaction=True)

RENDERER = "tests.ten_second_renderer"


@pytest.fixture
def sandbox(tmp_path):
    with running_sandbox(
        tmp_path / "sandbox", keys={SANDBOX_KEY: 1_000_000}, renderer=RENDERER
    ) as server:
        yield server


def test_a_site_of_real_processes_serves_its_customers(cast, start_site, run_manage, tmp_path):
    """On one site, which takes seconds to start."""
    port, environment = start_site()
    _smoke_makes_a_video_through_the_api(cast.bob, run_manage, environment, tmp_path)
    _a_test_key_gets_a_marked_video_beside_a_paid_one(cast.olga, port, environment, tmp_path)
    _twenty_orders_at_once_take_what_the_wallet_pays(cast.alice, port)
    assert audit_all().problems == []


def _smoke_makes_a_video_through_the_api(bob, run_manage, environment, tmp_path):
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(build_photo_bytes())
    done = run_manage(
        "smoke", "--tenant", "aurora", "--photo", str(photo), "--left", "Brazil",
        "--right", "France", "--user", bob.email, "--json", **environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "completed"
    assert abs(result["duration"] - 10) <= 0.2
    assert result["size"] > 0
    assert ledger.spent_by(bob) == 90


def _twenty_orders_at_once_take_what_the_wallet_pays(alice, port):
    """Twenty requests at once over HTTP, credits for seven; those come back as videos."""
    give(alice, 7 * 90)
    _, key = ApiKey.issue(user=alice, name="test")

    def order(_number):
        answer = requests.post(
            f"http://127.0.0.1:{port}/api/v1/football",
            headers={"X-API-Key": key, "Host": AURORA_HOST},
            files={"photo": ("photo.jpg", build_photo_bytes())},
            data={"team_left": "Brazil", "team_right": "France"},
            timeout=60,
        )
        return answer.status_code

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(order, range(20)))
    assert sorted(codes) == [200] * 7 + [402] * 13
    ready = Generation.objects.filter(user=alice, status=Status.READY)
    wait_until(lambda: ready.count() == 7, "not all seven are ready")
    assert ledger.balance_of(alice) == ledger.Balance(available=0, held=0)
    assert {video.video_duration_ms for video in ready} == {10_000}
    # The callbacks came by themselves: nobody had to poll.
    told = Callback.objects.filter(status="completed", attempt__generation__user=alice)
    assert told.count() == 7


def _a_test_key_gets_a_marked_video_beside_a_paid_one(olga, port, environment, tmp_path):
    """Each order is charged to the key it belongs to."""
    give(olga, 90)
    live, test = (ApiKey.issue(user=olga, name=name) for name in ("live", "test"))
    before = _charges(environment)
    ApiKey.objects.filter(pk=test[0].pk).update(is_test=True)

    def ask(key, method, path, **options):
        headers = {"X-API-Key": key, "Host": AURORA_HOST}
        url = f"http://127.0.0.1:{port}/api/v1/{path}"
        answer = requests.request(method, url, headers=headers, timeout=60, **options)
        if answer.status_code == 429:
            time.sleep(int(answer.headers["Retry-After"]))
            return ask(key, method, path, **options)
        return answer

    def order(key):
        files = {"photo": ("photo.jpg", build_photo_bytes())}
        data = {"team_left": "Brazil", "team_right": "France"}
        return ask(key, "POST", "football", files=files, data=data).json()["task_id"]

    ids = {key: order(key) for key in (live[1], test[1])}
    for (key, task_id), title in zip(ids.items(), ("", " TEST"), strict=True):
        wait_until(
            lambda key=key, task_id=task_id: (
                ask(key, "GET", f"status/{task_id}").json()["status"] == "completed"
            ),
            "it is not completed",
        )
        video = tmp_path / "video.mp4"
        video.write_bytes(ask(key, "GET", f"download/{task_id}").content)
        with av.open(str(video)) as container:
            assert container.metadata["title"] == f"Brazil - France{title}"
    charged = _charges(environment)[len(before) :]
    assert sorted(charged) == [(SANDBOX_KEY, 90), ("lmq_sandbox_test", 90)]
    assert ledger.spent_by(olga) == 90


def _charges(environment):
    """All that the sandbox took: (key, credits)."""
    url = environment["LUMIQ_BASE_URL"].replace("/api/v1", "/sandbox/record")
    record = requests.get(url, timeout=10).json()
    return [(charge["key"], charge["credits"]) for charge in record["charges"]]


def test_beat_alone_moves_everything_without_workers(cast, sandbox, settings, redis):
    """No worker, no web server to take the callback: beat does the work and polls."""
    settings.LUMIQ_BASE_URL = sandbox.base_url
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    generation = queue_video(cast.alice)

    wait_until(lambda: _pass_inline(generation) == Status.READY, "beat did not finish it")
    assert ledger.spent_by(cast.alice) == 90


def test_the_way_of_a_video_with_its_files_on_s3(cast, sandbox, settings, redis, s3_storage, visit):
    settings.LUMIQ_BASE_URL = sandbox.base_url
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    give(cast.alice, 90)
    photo = uploads.accept_photo(cast.alice, build_photo_file())
    generation = lifecycle.queue(cast.alice, build_order(cast.alice, photo=photo))
    wait_until(lambda: _pass_inline(generation) == Status.READY, "the video is not ready")

    answer = visit(cast.alice).get(reverse("video-file", args=[generation.pk]))
    assert answer.status_code == 302
    assert "Signature=" in answer.url
    part = requests.get(answer.url, headers={"Range": "bytes=4-7"}, timeout=10)
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["Content-Type"] == "video/mp4"


def test_an_avatar_is_ordered_on_its_page_and_delivered(
    cast, sandbox, settings, redis, visit, tmp_path
):
    settings.LUMIQ_BASE_URL = sandbox.base_url
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    give(cast.alice, 180)
    clip = SimpleUploadedFile("clip.mp4", build_clip_bytes(tmp_path, seconds=6))
    client = visit(cast.alice)
    fill_avatar(client, clip, duration_seconds=20, ratio="1:1")
    answer = order(client, at=AVATAR)
    generation = Generation.objects.get()
    assert answer.url == generation.get_absolute_url()
    wait_until(lambda: _pass_inline(generation) == Status.READY, "the avatar is not ready")
    generation.refresh_from_db()
    assert generation.video_duration_ms == 20_000
    assert ledger.spent_by(cast.alice) == 180


def test_a_failed_video_costs_the_user_nothing(cast, sandbox, settings, redis):
    """The renderer of the sandbox cannot draw photos that are 13 pixels wide; ours is not sent so
    small, so the row's file is changed after it was taken in."""
    settings.LUMIQ_BASE_URL = sandbox.base_url
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    give(cast.alice, 90)
    order = build_order(cast.alice)
    generation = lifecycle.queue(cast.alice, order)
    data = build_photo_bytes(13, 400)
    with storages["default"].open(generation.photo.file.name, "wb") as file:
        file.write(data)
    type(generation.photo).objects.filter(pk=generation.photo_id).update(size_bytes=len(data))

    wait_until(lambda: _pass_inline(generation) == Status.FAILED, "it did not fail")
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    assert ledger.total_of("upstream_suspense") == 90
    assert audit_all().problems == []


def test_a_torn_file_of_a_dead_worker_is_written_anew(cast, sandbox, settings, redis):
    """The name in the storage carries the content's hash, but a crash can leave half of it."""
    settings.LUMIQ_BASE_URL = sandbox.base_url
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    generation = queue_video(cast.alice)
    wait_until(lambda: _pass_inline(generation) == Status.READY, "the video is not ready")
    generation.refresh_from_db()
    name, size = generation.video.name, generation.video_bytes
    with storages["default"].open(name, "wb") as file:
        file.write(b"half")
    Generation.objects.update(status=Status.RETRIEVING, due_at=generation.created_at, video="")
    wait_until(lambda: _pass_inline(generation) == Status.READY, "the video is not ready again")
    generation.refresh_from_db()
    assert generation.video.name == name
    assert storages["default"].size(name) == size
    assert ledger.spent_by(cast.alice) == 90


def test_nothing_is_sent_while_lumiq_is_away(cast, settings, redis):
    settings.LUMIQ_BASE_URL = f"http://127.0.0.1:{free_port()}/api/v1"
    generation = queue_video(cast.alice)
    beat.run_pass(inline=True)
    generation.refresh_from_db()
    assert generation.status == Status.QUEUED
    assert SubmitAttempt.objects.get().phase == "not_sent"
    assert ledger.balance_of(cast.alice).held == 90


def test_beat_alone_needs_no_redis(cast, sandbox, settings):
    settings.LUMIQ_BASE_URL = sandbox.base_url
    settings.PORTAL_CALLBACK_BASE_URL = "http://127.0.0.1:9"
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    generation = queue_video(cast.alice)
    wait_until(lambda: _pass_inline(generation) == Status.READY, "beat did not finish it")


def test_a_refused_key_keeps_the_order(cast, tmp_path, settings, redis):
    generation = queue_video(cast.alice)
    with running_sandbox(tmp_path / "other", keys={"lmq_other": 900}) as sandbox:
        settings.LUMIQ_BASE_URL = sandbox.base_url
        beat.run_pass(inline=True)
    assert _status(generation) == Status.QUEUED
    assert ledger.balance_of(cast.alice).held == 90


def test_the_callback_wants_its_token_and_the_documented_body(cast, client):
    generation = queue_video(cast.alice)
    key = fill_supply()
    submission = submissions.start(generation.pk, key)
    url = reverse("lumiq-callback", args=[submission.callback_token])
    good = {"task_id": "a1b2c3d4", "status": "completed", "timestamp": "2026-06-14T10:38:22.1"}
    for _ in range(2):  # LUMIQ repeats what it is not sure about
        assert client.post(url, good, content_type="application/json").status_code == 200
    assert Callback.objects.count() == 1
    forged = reverse("lumiq-callback", args=["x" * 43])
    assert client.post(forged, good, content_type="application/json").status_code == 404
    for body in (b"", b"[]", b"{", b"[" * 5000, b"{}", b"\xff", b"x" * 20_000):
        assert client.post(url, body, content_type="application/json").status_code == 400
    assert client.get(url).status_code == 405
    assert Callback.objects.count() == 1


def _pass_inline(generation):
    """One pass of beat that does the work itself and polls at once; returns the status then."""
    beat.run_pass(inline=True)
    Generation.objects.filter(status=Status.PROCESSING).update(due_at="2026-01-01T00:00Z")
    return _status(generation)


def _status(generation):
    return Generation.objects.values_list("status", flat=True).get(pk=generation.pk)
