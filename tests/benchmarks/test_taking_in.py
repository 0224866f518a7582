"""What two web processes take in a second: orders with a photo, callbacks; and how much memory
clips of 100 MB cost them. Beside views that do as little as possible with the same."""

import contextlib
import os
import random
import socket
import sys
from itertools import count
from pathlib import Path

import pytest
from django.db import connection

from accounts import ledger
from accounts.models import ApiKey
from generations.models import Generation
from tests.benchmarks.cluster import measure_in_a_cluster
from tests.benchmarks.load import Request, ask, build_form
from tests.cast import AURORA_HOST, build_photo_bytes, build_user, fill_supply, give
from tests.clips import build_clip_bytes
from tests.fixtures.site import answers, free_port, wait_until

pytestmark = pytest.mark.timeout(600)

SECONDS = 8
THREADS = 4
PHOTO_BYTES = 3 * 1024**2
CLIP_BYTES = 99 * 1024**2
CLIPS = 10
USERS = 8
# Of the bare view's requests a second.
LEAST_SHARE_ORDERS, LEAST_SHARE_CALLBACKS = 0.3, 0.4
MOST_GROWTH_MEGABYTES = 20
CALLBACKS_A_SECOND = 400


def test_what_the_site_takes_in_on_postgresql():
    measure_in_a_cluster(__file__, told="taking in")


needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="measured in a private cluster"
)


@needs_postgresql
def test_orders_with_a_photo_of_three_megabytes(cast, bare, site):
    photo = build_photo()
    body, kind = build_form({"photo": ("p.jpg", photo)}, {})
    store = Request("/store", {"Content-Type": kind, "Host": AURORA_HOST}, body)
    warm_up(bare, [store])
    bare_rate = ask(bare, [store], seconds=SECONDS, threads=THREADS)
    requests = build_orders(cast, photo)
    warm_up(site.port, requests)
    os.sync()  # else the disk is still at the bare view's photos
    most = ask(site.port, requests, seconds=SECONDS, threads=THREADS)
    half = ask(site.port, requests, seconds=SECONDS, threads=THREADS, a_second=most.a_second / 2)
    assert bare_rate.statuses == most.statuses == half.statuses == {200}
    assert Generation.objects.count() >= len(most.waits)
    share = most.a_second / bare_rate.a_second
    print(
        f"\ntaking in orders: {most.a_second:.0f} a second, a view that only stores the photo "
        f"{bare_rate.a_second:.0f}: {share:.0%} of it (target {LEAST_SHARE_ORDERS:.0%}); "
        f"at half of that p99 is {half.percentile(0.99) * 1000:.0f} ms (target 400)"
    )
    assert share >= LEAST_SHARE_ORDERS


@needs_postgresql
def test_callbacks_of_the_maker(cast, bare, site):
    body = b'{"task_id": "a1b2c3d4", "status": "completed", "timestamp": "now"}'
    headers = {"Content-Type": "application/json", "Host": f"127.0.0.1:{site.port}"}
    nothing = Request("/nothing", {**headers, "Host": AURORA_HOST}, body)
    warm_up(bare, [nothing])
    bare_rate = ask(bare, [nothing], seconds=SECONDS, threads=THREADS)
    requests = [
        Request(path, headers, body.replace(b"a1b2c3d4", b"%08x" % number))
        for number, path in zip(range(2000), cycle_of(build_attempts(cast)), strict=False)
    ]
    warm_up(site.port, requests[-50:])
    most = ask(site.port, requests, seconds=SECONDS, threads=THREADS)
    steady = ask(site.port, requests, seconds=SECONDS, threads=16, a_second=CALLBACKS_A_SECOND)
    assert bare_rate.statuses == most.statuses == steady.statuses == {200}
    share = most.a_second / bare_rate.a_second
    print(
        f"\ntaking in callbacks: {most.a_second:.0f} a second, an empty view "
        f"{bare_rate.a_second:.0f}: {share:.0%} of it (target {LEAST_SHARE_CALLBACKS:.0%}); "
        f"at {CALLBACKS_A_SECOND} a second p99 is {steady.percentile(0.99) * 1000:.0f} ms "
        "(target 100)"
    )


@needs_postgresql
def test_clips_of_a_hundred_megabytes_cost_no_memory(cast, site, tmp_path):
    key = ApiKey.issue(user=cast.alice, name="bench")[1]
    give(cast.alice, 90 * (CLIPS + 2))
    clip = pad_clip(build_clip_bytes(tmp_path))
    files = {"video": ("c.mp4", clip), "photo": ("p.jpg", build_photo_bytes())}
    body, kind = build_form(files, {"duration": "10"})
    request = Request(
        "/api/v1/avatar", {"Host": AURORA_HOST, "X-API-Key": key, "Content-Type": kind}, body
    )
    sizes = []
    for _ in range(CLIPS + 2):
        assert ask(site.port, [request], seconds=0.001, threads=1).statuses == {200}
        sizes.append(site.megabytes())
    growth = sizes[-1] - sizes[1]  # what is loaded at the first ones is no growth
    print(
        f"\ntaking in {CLIPS} clips of {len(clip) / 1024**2:.0f} MB: the web processes grow by "
        f"{growth:.1f} MB to {sizes[-1]:.0f} (target {MOST_GROWTH_MEGABYTES})"
    )
    assert growth < MOST_GROWTH_MEGABYTES


@pytest.fixture
def bare(cast, start_process, portal_environment):
    """Port of the bare views, under the same server with the same options."""
    port = free_port()
    environment = {"PORT": str(port), "DJANGO_SETTINGS_MODULE": "tests.benchmarks.bare_settings"}
    start_process(
        granian(port, "lumiq_portal.wsgi:application"), env={**portal_environment, **environment}
    )
    wait_until(lambda: is_there(port), "the bare site does not answer")
    return port


@pytest.fixture
def site(cast, start_process, portal_environment):
    port = free_port()
    environment = {
        **portal_environment,
        "PORT": str(port),
        "PORTAL_API_REQUESTS_PER_MINUTE": "100000",
        "PORTAL_OVERSELL": "queue",
    }
    child = start_process(granian(port, "lumiq_portal.wsgi:application"), env=environment)
    wait_until(lambda: answers(port), "the site does not answer")
    return Site(port, child.pid)


def warm_up(port, requests):
    """Each process keeps things from its first requests on: the database's connection, what it
    knows of its tables, templates."""
    ask(port, requests, seconds=1, threads=THREADS)


class Site:
    def __init__(self, port, session):
        self.port, self._session = port, session

    def megabytes(self):
        """What all processes of the server hold in memory."""
        total = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(row.split(":", 1) for row in status.read_text().splitlines())
                if os.getsid(int(status.parent.name)) == self._session:
                    total += int(fields["VmRSS"].split()[0])
            except (OSError, KeyError):
                continue
        return total / 1024


def granian(port, application):
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--port", port,
        "--workers", 2, "--blocking-threads", 2, application,
    ]  # fmt: skip


def is_there(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


def build_photo():
    """A photo like a phone's: fine grain makes it large."""
    photo = build_photo_bytes(3000, 2250)
    # What follows the end of the picture no decoder reads.
    return photo + random.Random(1).randbytes(PHOTO_BYTES - len(photo))


def pad_clip(clip):
    """With a box that players skip, up to the wanted size."""
    size = CLIP_BYTES - len(clip)
    return clip + size.to_bytes(4, "big") + b"free" + bytes(size - 8)


def build_orders(cast, photo):
    fill_supply(10_000_000)
    ledger.allocate_to_tenant(cast.aurora, 5_000_000, reference="bench")
    body, kind = build_form(
        {"photo": ("p.jpg", photo)}, {"team_left": "Brazil", "team_right": "Japan"}
    )
    requests = []
    for number in range(USERS):
        user = build_user(cast.aurora, f"fan{number}@example.org")
        give(user, 500_000)
        key = ApiKey.issue(user=user, name="bench")[1]
        headers = {"Host": AURORA_HOST, "X-API-Key": key, "Content-Type": kind}
        requests.append(Request("/api/v1/football", headers, body))
    return requests


def build_attempts(cast):
    """Callback addresses of videos that LUMIQ has."""
    from generations import keys, submissions
    from generations.lumiq.contract import Submitted
    from tests.cast import queue_video

    paths = []
    for number in count():
        if number == 50:
            return paths
        submission = submissions.start(queue_video(cast.alice).pk, keys.ensure_configured_key())
        submissions.commit(submission.attempt)
        told = Submitted(f"{number:08x}", "processing", 90, 900_000, "", "")
        submissions.mark_submitted(submission.attempt, told)
        paths.append(f"/hooks/lumiq/{submission.callback_token}/")
    return paths


def cycle_of(paths):
    for number in count():
        yield paths[number % len(paths)]
