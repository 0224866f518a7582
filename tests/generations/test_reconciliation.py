"""Unanswered sends, and what LUMIQ's own figures say about them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import ledger
from generations import keys, lifecycle, reconciliation, submissions
from generations.audit import audit_all
from generations.lumiq.contract import Account, Submitted
from generations.models import (
    AccountReading,
    Alert,
    AlertKind,
    Generation,
    LumiqAccount,
    SubmitAttempt,
)
from generations.states import Phase, Status
from tests.cast import SUPPLY, build_order, fill_supply, give, queue_video

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(minutes=10)
# What LUMIQ's figures say of a video that was delivered before: they are known to move.
EARLIER = 90
LEFT = SUPPLY - EARLIER


@pytest.fixture(autouse=True)
def _earlier_video(request):
    if "cast" in request.fixturenames:
        _accepted(request.getfixturevalue("cast").olga, remaining=LEFT)


def test_a_send_that_was_not_charged_is_made_again(cast):
    attempt = _unclear(cast.alice)
    _told(spent=0)
    assert _status(attempt) == Status.QUEUED
    attempt.refresh_from_db()
    assert attempt.phase == Phase.NOT_SENT
    assert ledger.balance_of(cast.alice).held == 90


def test_a_send_that_was_charged_waits_for_its_callback(cast):
    attempt = _unclear(cast.alice)
    _told(spent=90)
    assert _status(attempt) == Status.UNCONFIRMED
    assert AccountReading.objects.first().verdict == "all_charged"


def test_a_send_that_lumiq_may_still_be_charging_is_not_made_again(cast):
    attempt = _unclear(cast.alice, ago=timedelta(seconds=30))
    _told(spent=0)
    assert _status(attempt) == Status.UNCONFIRMED


def test_one_of_two_was_charged_and_neither_is_made_again(cast):
    attempts = [_unclear(cast.alice), _unclear(cast.bob)]
    _told(spent=90)
    assert {_status(attempt) for attempt in attempts} == {Status.UNCONFIRMED}
    assert not Alert.objects.filter(kind=AlertKind.DRIFT).exists()


def test_given_up_and_charged_is_the_platforms_loss(cast):
    attempt = _give_up(_unclear(cast.alice))
    assert ledger.total_of("upstream_suspense") == 0  # nobody knows yet
    _told(spent=90)
    assert ledger.total_of("upstream_suspense") == 90
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    attempt.refresh_from_db()
    assert attempt.settled_at is not None
    _told(spent=90)
    assert ledger.total_of("upstream_suspense") == 90
    assert audit_all().problems == []


def test_given_up_and_not_charged_costs_nobody_anything(cast):
    attempt = _give_up(_unclear(cast.alice))
    _told(spent=0)
    assert ledger.total_of("upstream_suspense") == 0
    attempt.refresh_from_db()
    assert attempt.phase == Phase.NOT_SENT


def test_of_two_that_were_given_up_one_was_charged(cast):
    for user in (cast.alice, cast.bob):
        _give_up(_unclear(user))
    _told(spent=90)
    assert ledger.total_of("upstream_suspense") == 90


def test_a_late_callback_after_the_loss_was_booked_books_it_once(cast):
    attempt = _give_up(_unclear(cast.alice))
    _told(spent=90)
    submissions.adopt(attempt, "a1b2c3d4")
    assert ledger.total_of("upstream_suspense") == 90
    SubmitAttempt.objects.filter(pk=attempt.pk).update(answered_at=timezone.now() - LONG_AGO)
    _told(spent=90)
    assert ledger.total_of("upstream_suspense") == 90


def test_a_late_callback_does_not_hide_what_another_send_cost(cast):
    """Until the books are closed again its price is in suspense and among the answered ones."""
    late = _give_up(_unclear(cast.alice))
    _told(spent=90)
    unclear = _unclear(cast.bob)
    submissions.adopt(late, "a1b2c3d4")
    _told(spent=180)
    assert _status(unclear) == Status.UNCONFIRMED
    assert not Alert.objects.filter(kind=AlertKind.DRIFT).exists()
    _give_up(unclear)
    SubmitAttempt.objects.filter(pk=late.pk).update(answered_at=timezone.now() - LONG_AGO)
    for _ in range(2):
        _told(spent=180)
        assert ledger.total_of("upstream_suspense") == 180
    unclear = _unclear(cast.olga)
    _told(spent=180)
    assert _status(unclear) == Status.QUEUED


def test_an_answered_send_during_the_question_is_told_apart_by_its_balance(cast):
    """Two sends overlap the question: one was charged before it, the other after."""
    unclear = _unclear(cast.alice)
    asked_at = timezone.now()
    before, after = _committed(cast.bob), _committed(cast.mallory)
    _answer(before, "task-before", remaining=LEFT - 90)
    _answer(after, "task-after", remaining=LEFT - 180)
    _told(spent=90, began_at=asked_at)
    assert AccountReading.objects.first().explained_credits == EARLIER + 90
    assert _status(unclear) == Status.QUEUED


def test_a_send_on_its_way_is_judged_when_its_answer_is_there(cast):
    unclear, on_its_way = _unclear(cast.alice), _committed(cast.bob)
    _told(spent=90)
    assert _status(unclear) == Status.UNCONFIRMED  # the 90 may be of either
    _answer(on_its_way, "task", remaining=LEFT - 90)
    reconciliation.review(LumiqAccount.objects.get())
    assert _status(unclear) == Status.QUEUED


def test_a_purchase_during_the_question_proves_nothing(cast):
    unclear, on_its_way = _unclear(cast.alice), _committed(cast.bob)
    _told(spent=90)
    _answer(on_its_way, "task", remaining=LEFT - 180 + 600)
    reconciliation.review(LumiqAccount.objects.get())
    assert _status(unclear) == Status.UNCONFIRMED


def test_the_answer_to_another_send_can_prove_it_as_well(cast):
    unclear, other = _unclear(cast.alice), _committed(cast.bob)
    _answer(other, "task", remaining=LEFT - 90)
    reconciliation.look_at_answer(other)
    assert _status(unclear) == Status.QUEUED


def test_the_answer_to_another_send_shows_that_it_was_charged(cast):
    unclear, other = _unclear(cast.alice), _committed(cast.bob)
    _answer(other, "task", remaining=LEFT - 180)
    reconciliation.look_at_answer(other)
    assert _status(unclear) == Status.UNCONFIRMED


def test_a_video_that_lumiq_chokes_on_is_not_sent_for_ever(cast):
    give(cast.alice, 90)
    generation = lifecycle.queue(cast.alice, build_order(cast.alice))
    for _ in range(submissions.MOST_UNCLEAR):
        assert _status_of(generation) == Status.QUEUED
        Generation.objects.update(due_at=timezone.now())
        _leave_unclear(_commit(generation))
        _told(spent=0)
    assert _status_of(generation) == Status.FAILED
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=90, held=0)
    assert ledger.total_of("upstream_suspense") == 0


@pytest.mark.parametrize("gives_back", [True, False])
def test_whether_lumiq_gives_failed_videos_back_is_learnt(cast, settings, gives_back):
    settings.LUMIQ_REFUNDS_FAILED = "unknown"
    _told(spent=0)
    failed = _accepted(cast.alice)
    _told(spent=90)
    _fail(failed)
    assert ledger.total_of("upstream_suspense") == 90
    spent, loss = (0, 0) if gives_back else (90, 90)
    _told(spent=spent)
    assert ledger.total_of("upstream_suspense") == loss
    assert LumiqAccount.objects.get().refunds_failed is None  # it may take LUMIQ a while
    Generation.objects.update(finished_at=timezone.now() - LONG_AGO)
    _told(spent=spent)
    assert LumiqAccount.objects.get().refunds_failed is gives_back


def test_no_proof_while_a_refund_may_hide_a_charge(cast, settings):
    settings.LUMIQ_REFUNDS_FAILED = "unknown"
    _told(spent=0)
    unclear, _ = _unclear(cast.alice), _accepted(cast.bob)
    _told(spent=90)
    assert _status(unclear) == Status.UNCONFIRMED
    settings.LUMIQ_REFUNDS_FAILED = "no"
    _told(spent=90)
    assert _status(unclear) == Status.QUEUED


def test_spending_that_no_order_explains_is_told_once_and_booked(cast):
    _told(spent=0)
    _told(spent=500)
    assert ledger.total_of("upstream_suspense") == 500
    alert = Alert.objects.get(kind=AlertKind.DRIFT)
    assert "500 are left over" in alert.text
    _told(spent=500)
    alert.refresh_from_db()
    assert alert.closed_at is not None


def test_another_price_than_the_list_says_is_the_platforms_matter(cast):
    attempt = _committed(cast.alice)
    _answer(attempt, "task", used=100, remaining=LEFT - 100)
    _told(spent=100)
    assert ledger.total_of("upstream_suspense") == 10
    assert AccountReading.objects.first().verdict == "clear"
    assert ledger.balance_of(cast.alice).held == 90


def test_figures_that_were_never_seen_to_move_prove_nothing(cast):
    SubmitAttempt.objects.all().delete()
    attempt = _unclear(cast.alice)
    key = keys.ensure_configured_key()
    told = Account(SUPPLY, "", total_api_calls=0, total_credits_spent=0)
    reconciliation.record_account(key, told, began_at=timezone.now())
    assert _status(attempt) == Status.UNCONFIRMED


def test_figures_that_fall_without_a_failed_video_are_told_and_not_booked(cast):
    _told(spent=0)
    _told(spent=-90)
    assert ledger.total_of("upstream_suspense") == 0
    assert Alert.objects.filter(kind=AlertKind.DRIFT, closed_at=None).exists()


def test_figures_that_have_fallen_prove_nothing_any_more(cast):
    """What LUMIQ took back for no known reason would hide what it charges now."""
    _told(spent=0)
    _told(spent=-90)
    unclear = _unclear(cast.alice)
    _told(spent=0)
    assert _status(unclear) == Status.UNCONFIRMED


def test_the_history_has_an_entry_for_each_change_only(cast):
    before = AccountReading.objects.count()
    for spent in (0, 0, 90, 90):
        _told(spent=spent)
    assert AccountReading.objects.count() - before <= 3


def test_figures_are_asked_for_sooner_while_a_send_is_unclear(cast):
    fill_supply()
    LumiqAccount.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert list(reconciliation.accounts_to_read()) == []
    _unclear(cast.alice)
    assert list(reconciliation.accounts_to_read()) == [keys.ensure_configured_key()]


def _told(*, spent, began_at=None):
    """As if LUMIQ had answered GET /account just now."""
    key = keys.ensure_configured_key()
    told = Account(LEFT - spent, "", total_api_calls=0, total_credits_spent=EARLIER + spent)
    reconciliation.record_account(key, told, began_at=began_at or timezone.now())


def _committed(user):
    return _commit(queue_video(user))


def _commit(generation):
    attempt = submissions.start(generation.pk, keys.ensure_configured_key()).attempt
    submissions.commit(attempt)
    return attempt


def _unclear(user, *, ago=LONG_AGO):
    return _leave_unclear(_committed(user), ago=ago)


def _leave_unclear(attempt, *, ago=LONG_AGO):
    submissions.mark_unconfirmed(attempt, note="no answer")
    then = timezone.now() - ago
    SubmitAttempt.objects.filter(pk=attempt.pk).update(committed_at=then, answered_at=then)
    return attempt


def _give_up(attempt):
    Generation.objects.filter(pk=attempt.generation_id).update(due_at=timezone.now())
    lifecycle.give_up_unconfirmed(attempt.generation_id)
    return attempt


def _answer(attempt, task_id, *, remaining, used=90):
    submissions.mark_submitted(attempt, Submitted(task_id, "processing", used, remaining, "", ""))


def _accepted(user, *, remaining=LEFT - 90):
    attempt = _committed(user)
    _answer(attempt, f"task-{user.pk}", remaining=remaining)
    SubmitAttempt.objects.filter(pk=attempt.pk).update(
        committed_at=timezone.now() - LONG_AGO, answered_at=timezone.now() - LONG_AGO
    )
    return attempt


def _fail(attempt):
    token = lifecycle.claim(attempt.generation_id, Status.PROCESSING)
    lifecycle.fail(
        attempt.generation_id, "failed_upstream", billed_attempt=attempt, note="", token=token
    )


def _status(attempt):
    return _status_of(attempt.generation)


def _status_of(generation):
    return Generation.objects.values_list("status", flat=True).get(pk=generation.pk)
