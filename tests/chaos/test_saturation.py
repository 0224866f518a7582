"""More orders than the budget allows, for ten minutes: all of it is used, and never more than that.

In a part of the time, as fast as two cores can send and fetch; with CHAOS_FULL=1 in real time.
"""

import os
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from generations import lifecycle
from generations.audit import audit_all
from generations.models import Generation, LumiqKey, LumiqRequest
from generations.pace import Pace
from generations.sandbox.record import most_in_a_minute
from tests.cast import SANDBOX_KEY, build_order, build_upload, give
from tests.fixtures.site import answers, free_port, wait_until
from tests.sandbox_server import running_sandbox

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1200),
]

FULL = bool(os.environ.get("CHAOS_FULL"))
FACTORS = {1: 1.0, 3: 1.0} if FULL else {1: 0.25, 3: 0.5}
MINUTES = 10
LIMIT = 30
# What starting a job costs is not scaled, so it weighs more in the short version.
LEAST_USED = 0.95 if FULL else 0.85
# A download for each submit, but for the first minute's.
LEAST_DELIVERED = 0.8


@dataclass(frozen=True)
class Arrivals:
    """Of one key, in the order in which the sandbox's limiter saw them."""

    moments: list[float]
    endpoints: list[str]
    statuses: list[int]


@pytest.mark.parametrize("number_of_keys", [1, 3])
def test_the_whole_budget_is_used_and_never_more(
    cast, redis, tmp_path, start_process, start_manage, portal_environment, number_of_keys
):
    factor = FACTORS[number_of_keys]
    minute = 60 * factor
    names = [SANDBOX_KEY, *(f"lmq_{number}" for number in range(1, number_of_keys))]
    with running_sandbox(
        tmp_path / "sandbox",
        keys={name: (1_000_000, f"{name}@example.org") for name in names},
        renderer="tests.ten_second_renderer",
        requests_per_minute=LIMIT,
        rate_window_seconds=minute,
    ) as sandbox:
        queue_videos(cast, int(LIMIT * MINUTES * 0.7) * number_of_keys)
        add_keys(names[1:])
        environment = {
            "DJANGO_SETTINGS_MODULE": "tests.chaos.scaled_settings",
            "TESTS_PACE": str(factor),
            "LUMIQ_BASE_URL": sandbox.base_url,
            "LUMIQ_REQUESTS_PER_MINUTE": str(LIMIT),
            "PORT": str(free_port()),
        }
        start_web(start_process, {**portal_environment, **environment})
        for queue in ("dispatch", "fetch") * ((number_of_keys + 1) // 2):
            start_manage("rqworker", queue, "--serializer", "json", **environment)
        start_manage("beat", **environment)
        wait_until(lambda: sandbox.record()["arrivals"], "nothing is asked")
        began = sandbox.record()["arrivals"][0]["at"]
        ended = began + MINUTES * minute
        time.sleep(ended - time.time())
        record = sandbox.record()
    arrivals = {name: read_arrivals(record, name) for name in names}
    report(arrivals, began, factor)
    used = sum(count(arrivals[name], began, ended) for name in names)
    share = used / (LIMIT * MINUTES * number_of_keys)
    print(f"saturation, {number_of_keys} key(s): {share:.1%} of the budget used")
    assert Generation.objects.filter(status="queued").exists(), "it was not saturated"
    for known in arrivals.values():
        assert 429 not in known.statuses
        assert most_in_a_minute(known.moments, minute) <= LIMIT
    assert share >= LEAST_USED
    assert balance(arrivals.values(), began + 2 * minute) >= LEAST_DELIVERED
    assert audit_all().problems == []


def queue_videos(cast, number):
    give(cast.alice, number * 90)
    photo = build_upload(cast.alice)
    for _ in range(number):
        lifecycle.queue(cast.alice, build_order(cast.alice, photo=photo))


def add_keys(names):
    for name in names:
        key = LumiqKey(name=name)
        key.set_key(name)
        key.save()


def start_web(start_process, environment):
    """It takes the callbacks."""
    start_process(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", environment["PORT"],
         "--blocking-threads", 4, "lumiq_portal.wsgi:application"],
        env=environment,
    )  # fmt: skip
    wait_until(lambda: answers(environment["PORT"]), "the site does not answer")


def read_arrivals(record, key):
    found = [arrival for arrival in record["arrivals"] if arrival["key"] == key]
    return Arrivals(
        moments=[arrival["at"] for arrival in found],
        endpoints=[arrival["endpoint"] for arrival in found],
        statuses=[arrival["http_status"] for arrival in found],
    )


def count(arrivals, began, ended):
    return sum(1 for moment in arrivals.moments if began <= moment < ended)


def balance(all_arrivals, since):
    """Downloads for each submit."""
    kinds = Counter(
        endpoint
        for arrivals in all_arrivals
        for moment, endpoint in zip(arrivals.moments, arrivals.endpoints, strict=True)
        if moment >= since
    )
    print(f"saturation, since the third minute: {dict(kinds)}")
    return kinds["download"] / kinds["football"]


def report(all_arrivals, began, factor):
    for name, arrivals in all_arrivals.items():
        minutes = Counter(
            (int((moment - began) // (60 * factor)), endpoint)
            for moment, endpoint in zip(arrivals.moments, arrivals.endpoints, strict=True)
        )
        for number in range(MINUTES):
            found = {kind: n for (minute, kind), n in sorted(minutes.items()) if minute == number}
            print(f"  {name} minute {number}: {sum(found.values())} {found}")
    for key in LumiqKey.objects.all():
        report_losses(key, factor)


def report_losses(key, factor):
    """How long the portal's places last beyond the window, and lie free until they are taken."""
    pace = Pace().scaled(factor)
    window = pace.budget_window + pace.budget_margin
    rows = list(LumiqRequest.objects.filter(key=key).order_by("began_at"))
    ends = sorted(row.counts_until for row in rows)
    lasted = [(row.counts_until - row.began_at - window).total_seconds() for row in rows]
    idle = [
        (row.began_at - end).total_seconds() for row, end in zip(rows[LIMIT:], ends, strict=False)
    ]
    print(f"  {key.name}: a request lasts {describe(lasted)}, a place is idle {describe(idle)}")
    # What the first minute's burst hides in the share of ten.
    turn = window.total_seconds() + statistics.mean(lasted) + statistics.mean(idle)
    share = pace.budget_window.total_seconds() / turn
    print(f"saturation, {key.name} in the long run: {share:.1%}")


def describe(seconds):
    return f"{statistics.mean(seconds):.2f} s (median {statistics.median(seconds):.2f})"
