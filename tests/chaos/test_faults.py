"""Whatever LUMIQ does wrong, each order ends, and each credit is accounted for."""

import os
import re
import time

import pytest
from django.conf import settings

from generations.sandbox.scenarios import SCENARIOS
from tests.chaos import rig as rigs

COUNT = int(os.environ.get("CHAOS_ORDERS", "1000"))

# All that can go wrong. What waits does so in the portal's hurried time: `too-slow` and silence
# are a little longer than its patience, the last `webhook-late` is later than its deadline.
FAULTS = """
rate-limited; retry_after=1
rate-limited-bare
internal-error
bad-gateway
unavailable
revoked-key
out-of-credits
slow; seconds={slow}
too-slow; seconds={silent}
reset-before
reset-after
accepted-error
accepted-silent; seconds={silent}
garbage
truncated
truncated-after-task-id
price-drift; credits=100
price-drift; credits=80
failing
never-finishing
webhook-first; seconds={slow}
webhook-lost
webhook-late; seconds={late}
webhook-late; seconds={very_late}
webhook-repeated
webhook-forged-task
webhook-forged-status
webhook-forged-token
download-cut
download-short
download-vanished
download-redirected
"""


def test_no_scenario_is_left_out():
    assert set(re.findall(r"^[\w-]+", FAULTS, re.MULTILINE)) == set(SCENARIOS)


@pytest.mark.chaos
@pytest.mark.timeout(1500)
def test_a_thousand_orders_survive_a_lumiq_that_fails_at_every_third_request(
    cast, start_rig, tmp_path
):
    rig = start_rig(hurry=30, limit=240, patience_seconds=3)
    given = _order(rig, cast, COUNT, tmp_path, seed=2026, very_late=80)
    _survive(rig, given, dispatchers=4, fetchers=4, seconds=1200)


@pytest.mark.chaos
@pytest.mark.timeout(240)
def test_thirty_orders_survive_the_same(cast, start_rig, tmp_path):
    rig = start_rig(hurry=300, limit=240)
    given = _order(rig, cast, 30, tmp_path, seed=7, very_late=9)
    _survive(rig, given, dispatchers=1, fetchers=1, seconds=100)


def _order(rig, cast, count, folder, *, seed, very_late):
    """The orders are waiting when the portal begins: SQLite has one writer at a time."""
    patience = settings.LUMIQ_PATIENCE_SECONDS
    waits = {"slow": patience / 2, "silent": patience * 1.25, "late": 2, "very_late": very_late}
    among = FAULTS.format(**waits).split("\n")[1:-1]
    rig.sandbox.set_scenario("random", among=among, probability=0.3, seed=seed)
    return rigs.order_many([cast.alice, cast.bob, cast.mallory], count, folder)


def _survive(rig, given, *, dispatchers, fetchers, seconds):
    began_at = time.monotonic()
    rig.begin(dispatchers=dispatchers, fetchers=fetchers)
    rig.wait_for_rest(seconds=seconds)
    rig.sandbox.clear_scenarios()
    rigs.wait_for_closed_books(rig)
    print("\n" + rigs.describe(rig, time.monotonic() - began_at))
    rigs.check_end(given)
    rigs.check_sends(rig)
