"""How many places in one key's budget four processes take and give back in a second."""

import multiprocessing
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from generations import budget, keys
from generations.budget import Lane
from generations.models import LumiqKey, LumiqRequest
from tests.benchmarks.cluster import measure_in_a_cluster

pytestmark = pytest.mark.timeout(300)

PROCESSES = 4
SECONDS = 5
# Ten times what LUMIQ admits for one key; a busy machine is no reason to fail.
LEAST_A_SECOND = 5


def test_the_budget_is_no_bottleneck_on_postgresql():
    measure_in_a_cluster(__file__, told="budget, ")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="measured in a private cluster")
@pytest.mark.django_db(transaction=True)
def test_four_processes_share_one_key(settings):
    key = keys.ensure_configured_key()
    fill(key, settings)
    print(f"\nbudget, {PROCESSES} processes on one key on PostgreSQL:")
    bare = measure("a bare UPDATE … WHERE", lambda: update_bare(key))
    taken = measure("take and answered", lambda: budget.take(key, Lane.SUBMIT).answered())
    print(f"budget, a bare UPDATE is {bare / taken:.1f} times as fast")
    assert taken > LEAST_A_SECOND


def fill(key, settings):
    """Always 25 places taken, and what is measured is free again at once."""
    settings.LUMIQ_PACE = replace(
        settings.LUMIQ_PACE, budget_window=timedelta(), budget_margin=timedelta()
    )
    now = timezone.now()
    LumiqRequest.objects.bulk_create(
        LumiqRequest(key=key, lane="submit", began_at=now, counts_until=now + timedelta(hours=1))
        for _ in range(25)
    )


def update_bare(key):
    with transaction.atomic():
        LumiqKey.objects.filter(pk=key.pk).update(probes=F("probes") % 100 + 1)


def measure(what, act):
    """Print and return how often a second all processes together do it."""
    connection.close()  # it cannot be shared with a fork
    context = multiprocessing.get_context("fork")
    counts = context.Queue()
    children = [context.Process(target=repeat, args=[act, counts]) for _ in range(PROCESSES)]
    for child in children:
        child.start()
    rate = sum(counts.get(timeout=SECONDS + 60) for _ in children) / SECONDS
    for child in children:
        child.join()
    counts.close()
    print(f"budget, {what}: {rate:.0f} a second")
    return rate


def repeat(act, counts):
    act()
    done, ends = 0, time.monotonic() + SECONDS
    while time.monotonic() < ends:
        act()
        done += 1
    connection.close()
    counts.put(done)
