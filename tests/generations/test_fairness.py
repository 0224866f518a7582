"""Whose video is next."""

import uuid
from datetime import UTC, datetime, timedelta

from generations.fairness import Waiting, choose_next

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_least_served_tenant_comes_first_whoever_waits_longer():
    crowd = [_waiting(tenant=1, user=1, minute=n) for n in range(100)]
    late = _waiting(tenant=2, user=2, minute=500)
    assert _choose([*crowd, late], tenants={1: 1}) == late


def test_within_a_tenant_the_least_served_user_comes_first():
    busy, idle = _waiting(tenant=1, user=1), _waiting(tenant=1, user=2, minute=5)
    assert _choose([busy, idle], users={1: 3}) == idle


def test_else_the_oldest_comes_first():
    old, young = _waiting(minute=0), _waiting(minute=1)
    assert _choose([young, old]) == old


def test_nobody_waits():
    assert _choose([]) is None


def _waiting(*, tenant=1, user=1, minute=0):
    return Waiting(uuid.uuid4(), tenant, user, NOON + timedelta(minutes=minute))


def _choose(waiting, *, tenants=None, users=None):
    return choose_next(waiting, in_flight_of_tenant=tenants or {}, in_flight_of_user=users or {})
