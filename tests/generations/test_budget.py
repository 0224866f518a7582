"""The budget of requests to LUMIQ."""

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections
from django.utils import timezone

from generations import budget, keys
from generations.budget import Lane, may_go
from generations.errors import BudgetSpent
from generations.models import LumiqKey, LumiqRequest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten_a_minute(settings):
    settings.LUMIQ_REQUESTS_PER_MINUTE = 10


@pytest.fixture
def key(db):
    return keys.ensure_configured_key()


def test_no_more_than_the_limit_in_a_window(key):
    assert _ask_until_refused(key, Lane.SUBMIT) == 10
    with pytest.raises(BudgetSpent) as refused:
        budget.take(key, Lane.SUBMIT)
    assert 0 < refused.value.wait_seconds <= 61
    assert budget.look(key).free == 0


def test_a_place_counts_until_a_minute_after_the_answer(key):
    """LUMIQ counts a request at some moment before its answer, and we do not know which."""
    with budget.request(key, Lane.SUBMIT):
        _let_pass(timedelta(minutes=2))
        assert budget.look(key).free == 9  # an upload that takes its time
    _let_pass(timedelta(seconds=60))
    assert budget.look(key).free == 9
    _let_pass(timedelta(seconds=2))
    assert budget.look(key).free == 10


def test_a_worker_that_died_holds_its_place_for_as_long_as_a_request_can_last(key):
    budget.take(key, Lane.POLL)
    _let_pass(timedelta(minutes=3))
    assert budget.look(key).free == 9
    _let_pass(timedelta(minutes=1))
    assert budget.look(key).free == 10


def test_a_place_that_was_not_used_is_free_at_once(key):
    budget.take(key, Lane.SUBMIT).unused()
    assert budget.look(key).free == 10


def test_a_download_counts_from_its_first_byte_and_not_from_its_last(key):
    with budget.request(key, Lane.DOWNLOAD) as place:
        place.answered()
        _let_pass(timedelta(seconds=62))
        assert budget.look(key).free == 10


def test_what_lumiq_does_not_count_takes_no_place(key, settings):
    settings.LUMIQ_UNCOUNTED_ENDPOINTS = {"status", "account"}
    for lane in (Lane.POLL, Lane.CONFIRM, Lane.ACCOUNT):
        assert _ask_until_refused(key, lane) == 100
    assert _ask_until_refused(key, Lane.SUBMIT) == 10
    budget.take(key, Lane.POLL)


def test_each_key_has_a_budget_of_its_own(key):
    _ask_until_refused(key, Lane.SUBMIT)
    other = LumiqKey(name="other")
    other.set_key("lmq_other")
    other.save()
    budget.take(other, Lane.SUBMIT)


def test_lumiqs_wish_to_be_left_alone_is_obeyed(key):
    budget.rest(key, 30)
    for lane in Lane:
        with pytest.raises(BudgetSpent) as refused:
            budget.take(key, lane)
        assert 28 < refused.value.wait_seconds <= 30


@pytest.mark.django_db(transaction=True)
def test_parallel_workers_share_it(key):
    granted = []

    def work():
        granted.append(_ask_until_refused(key, Lane.SUBMIT))
        close_old_connections()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 10


def test_a_lane_that_waits_is_let_in_before_those_of_lower_rank(key):
    """Refused once, it is known to wait, and what frees is kept for it."""
    _ask_until_refused(key, Lane.SUBMIT)
    with pytest.raises(BudgetSpent):
        budget.take(key, Lane.DOWNLOAD)
    LumiqRequest.objects.filter(pk=LumiqRequest.objects.first().pk).delete()
    with pytest.raises(BudgetSpent):  # its share is used up, and the place is owed
        budget.take(key, Lane.SUBMIT)
    budget.take(key, Lane.DOWNLOAD)


def test_a_lane_that_got_its_place_holds_no_other_back(key):
    _ask_until_refused(key, Lane.SUBMIT)
    with pytest.raises(BudgetSpent):
        budget.take(key, Lane.DOWNLOAD)
    for _ in range(2):
        LumiqRequest.objects.filter(pk=LumiqRequest.objects.first().pk).delete()
    budget.take(key, Lane.DOWNLOAD)
    budget.take(key, Lane.SUBMIT)


def test_a_share_that_nobody_wants_is_free_for_all():
    assert may_go(Lane.ACCOUNT, limit=30, used={Lane.ACCOUNT: 29}, wanted=[])
    assert not may_go(Lane.ACCOUNT, limit=30, used={Lane.ACCOUNT: 30}, wanted=[])


@pytest.mark.parametrize("lane", [lane for lane in Lane if lane != Lane.SUBMIT])
def test_no_lane_starves_behind_the_submits(lane):
    used = {Lane.SUBMIT: 29}
    assert may_go(lane, limit=30, used=used, wanted=list(Lane))
    assert not may_go(Lane.SUBMIT, limit=30, used=used, wanted=[lane])


def test_what_is_free_beyond_the_floors_goes_by_rank():
    used = {Lane.SUBMIT: 9, Lane.POLL: 2}
    assert may_go(Lane.SUBMIT, limit=30, used=used, wanted=[Lane.POLL])
    assert not may_go(Lane.POLL, limit=30, used=used, wanted=[Lane.SUBMIT])


def test_places_that_count_no_more_are_forgotten_after_a_day(key):
    budget.take(key, Lane.SUBMIT)
    assert budget.forget() == 0
    _let_pass(timedelta(days=2))
    assert budget.forget() == 1


def _let_pass(time):
    """As if the places had been taken, and would be free, so much earlier."""
    for row in LumiqRequest.objects.all():
        row.began_at -= time
        row.counts_until -= time
        row.save()
    assert LumiqRequest.objects.filter(began_at__gt=timezone.now()).count() == 0


def _ask_until_refused(key, lane):
    granted = 0
    try:
        while granted < 100:
            with budget.request(key, lane):
                granted += 1
    except BudgetSpent:
        return granted
    return granted
