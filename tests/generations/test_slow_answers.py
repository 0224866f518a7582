"""LUMIQ may take as long over an answer as we wait for one: what it proves, it proves only then."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import ledger
from accounts.models import CreditAccount
from generations import keys, lifecycle, reconciliation, submissions
from generations.lumiq.contract import Account, Submitted
from generations.models import AccountReading, Alert, AlertKind, Generation, SubmitAttempt
from generations.states import Status
from tests.cast import SUPPLY, queue_video

pytestmark = pytest.mark.usefixtures("redis")


@pytest.fixture
def send(cast):
    """send(seconds_ago) → an attempt whose last byte left then."""

    def build(seconds_ago):
        generation = queue_video(cast.alice)
        attempt = submissions.start(generation.pk, keys.ensure_configured_key()).attempt
        submissions.commit(attempt)
        change(attempt, committed_at=ago(seconds_ago))
        return attempt

    return build


def test_a_send_that_was_awaited_for_long_is_not_proved_uncharged_at_once(send):
    """Two minutes without an answer: LUMIQ may be at work on it even now."""
    answer(send(seconds_ago=600), left=SUPPLY - 90, seconds_ago=590)
    attempt = send(seconds_ago=300)
    submissions.mark_unconfirmed(attempt, note="no answer")
    read_account(spent=90)
    assert status_of(attempt) == Status.UNCONFIRMED

    change(attempt, answered_at=ago(181))
    read_account(spent=90)
    assert status_of(attempt) == Status.QUEUED


def test_a_slow_answer_does_not_hide_what_another_send_was_charged(send):
    """Both were on their way when LUMIQ told of 90 more credits spent; the one that was answered
    later was charged later, so the 90 are the other one's."""
    answer(send(seconds_ago=900), left=SUPPLY - 90, seconds_ago=890)
    silent, slow = send(seconds_ago=600), send(seconds_ago=240)
    submissions.mark_unconfirmed(silent, note="no answer")
    change(silent, answered_at=ago(500))
    read_account(spent=180, seconds_ago=40)
    answer(slow, left=SUPPLY - 270)
    review()
    assert status_of(silent) == Status.UNCONFIRMED
    assert AccountReading.objects.first().verdict == "all_charged"


def test_an_answer_in_the_middle_of_a_review_is_no_drift(send):
    """In doubt before one query and accepted before the next: it must not be missing in both."""
    attempt = send(seconds_ago=30)
    told = Submitted("task", "processing", 90, SUPPLY - 90, "", "")

    def answer_after_the_look_at_answers(execute, sql, *details):
        result = execute(sql, *details)
        if sql.startswith('SELECT "generations_submitattempt"."credits_remaining"'):
            submissions.mark_submitted(attempt, told)
        return result

    with connection.execute_wrapper(answer_after_the_look_at_answers):
        read_account(spent=90)
    attempt.refresh_from_db()
    assert attempt.task_id == "task"
    assert AccountReading.objects.first().verdict == "open"
    assert keys.ensure_configured_key().account.booked_credits == 0


def test_a_callback_after_the_books_were_closed_is_neither_drift_nor_booked_again(send):
    attempt = send(seconds_ago=3000)
    submissions.mark_unconfirmed(attempt, note="no answer")
    change(attempt, answered_at=ago(2900))
    Generation.objects.update(due_at=ago(1))
    lifecycle.give_up_unconfirmed(attempt.generation_id)
    read_account(spent=90)
    assert ledger.total_of(CreditAccount.Kind.UPSTREAM_SUSPENSE) == 90

    submissions.adopt(attempt, "late")
    change(attempt, answered_at=ago(60))
    read_account(spent=90)
    assert ledger.total_of(CreditAccount.Kind.UPSTREAM_SUSPENSE) == 90
    assert AccountReading.objects.first().verdict == "clear"
    assert not Alert.objects.filter(kind=AlertKind.DRIFT).exists()


def answer(attempt, *, left, seconds_ago=0):
    submissions.mark_submitted(
        attempt, Submitted(f"task{attempt.pk}", "processing", 90, left, "", "")
    )
    change(attempt, answered_at=ago(seconds_ago))


def read_account(*, spent, seconds_ago=0):
    told = Account(SUPPLY - spent, "", 0, spent)
    key = keys.ensure_configured_key()
    reconciliation.record_account(key, told, began_at=ago(seconds_ago))
    if seconds_ago:
        type(key.account).objects.filter(keys=key).update(seen_at=ago(seconds_ago))


def review():
    reconciliation.review(keys.ensure_configured_key().account)


def status_of(attempt):
    attempt.generation.refresh_from_db()
    return attempt.generation.status


def change(attempt, **fields):
    SubmitAttempt.objects.filter(pk=attempt.pk).update(**fields)


def ago(seconds):
    return timezone.now() - timedelta(seconds=seconds)
