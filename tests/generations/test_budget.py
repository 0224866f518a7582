"""The budget of requests to LUMIQ."""

import threading

import pytest

from generations import budget
from generations.budget import Lane
from generations.errors import BudgetSpent


@pytest.fixture(autouse=True)
def _ten_a_minute(settings, redis):
    settings.LUMIQ_REQUESTS_PER_MINUTE = 10


def test_no_more_than_the_limit_in_a_window():
    granted = _spend_until_refused(Lane.DOWNLOAD)
    assert granted == 10
    with pytest.raises(BudgetSpent) as refused:
        budget.spend("key", Lane.DOWNLOAD)
    assert 0 < refused.value.wait_seconds <= budget.WINDOW_SECONDS


def test_what_matters_less_leaves_room_for_what_matters_more():
    assert _spend_until_refused(Lane.POLL) == 7
    assert _spend_until_refused(Lane.CONFIRM) == 1
    assert _spend_until_refused(Lane.SUBMIT) == 1
    assert _spend_until_refused(Lane.DOWNLOAD) == 1


def test_each_key_has_a_budget_of_its_own():
    _spend_until_refused(Lane.DOWNLOAD)
    budget.spend("another key", Lane.DOWNLOAD)


def test_parallel_workers_share_it():
    granted = []
    threads = [
        threading.Thread(target=lambda: granted.append(_spend_until_refused(Lane.DOWNLOAD)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 10


def test_without_redis_nobody_asks(settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with pytest.raises(BudgetSpent):
        budget.spend("key", Lane.SUBMIT)


def _spend_until_refused(lane):
    granted = 0
    try:
        while granted < 100:
            budget.spend("key", lane)
            granted += 1
    except BudgetSpent:
        return granted
    return granted
