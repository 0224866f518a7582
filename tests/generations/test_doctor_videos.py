"""The doctor on videos and what is held for them: stuck, waiting, not recorded."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import CreditHold
from generations import budget, spool
from generations.budget import Lane
from generations.lumiq.contract import Submitted
from generations.models import Generation, LumiqAccount, LumiqKey, SubmitAttempt
from generations.states import Status
from tests.cast import SUPPLY, queue_video
from tests.doctoring import ask, ill_line, lines_of, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("healthy")]

LONG_AGO = timedelta(hours=3)


def test_answers_of_lumiq_that_wait_to_be_recorded(cast, settings):
    attempt = send(cast.alice).attempts.get()
    spool.keep(attempt, Submitted("abc", "processing", 90, SUPPLY, "", ""))
    assert "wait to be recorded: 1" in lines_of("ok", ask()[1], "spool")
    (path,) = spool.waiting()
    long_ago = (timezone.now() - LONG_AGO).timestamp()
    os.utime(path, (long_ago, long_ago))
    assert "wait to be recorded: 1, the oldest for 3 h. beat records them" in ill_line("spool")


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (Status.SUBMITTING, "left by their worker, not taken over"),
        (Status.UNCONFIRMED, "not given up in time"),
        (Status.PROCESSING, "due, and not looked at"),
        (Status.RETRIEVING, "finished at LUMIQ, and not copied"),
    ],
)
def test_a_video_that_is_stuck(cast, status, line):
    generation = send(cast.alice)
    now = timezone.now()
    Generation.objects.update(
        status=status, status_at=now, due_at=now, lease_until=now + timedelta(minutes=5)
    )
    assert not lines_of("ill", ask()[1])
    Generation.objects.update(
        status_at=now - LONG_AGO, due_at=now - LONG_AGO, lease_until=now - LONG_AGO
    )
    assert f"{line}: 1, the oldest ({generation.pk}) for 3 h" in ill_line(status)


def test_a_line_that_does_not_move_is_a_note(cast):
    queue_video(cast.alice)
    Generation.objects.update(created_at=timezone.now() - LONG_AGO)
    assert ask()[0] == 0
    Generation.objects.update(due_at=timezone.now() - LONG_AGO)
    code, output = ask()
    assert code == 0
    assert "waiting: 1, the oldest for 3 h. A key is free to send" in lines_of(
        "note", output, "queued"
    )


def test_a_line_that_waits_for_budget_credits_or_a_key_is_nothing_special(cast, settings):
    settings.LUMIQ_REQUESTS_PER_MINUTE = 4
    queue_video(cast.alice)
    Generation.objects.update(due_at=timezone.now() - LONG_AGO)
    key = LumiqKey.objects.get()
    for _ in range(2):
        budget.take(key, Lane.SUBMIT)
    assert "no key is free to send" in lines_of("ok", ask()[1], "queued")
    settings.LUMIQ_REQUESTS_PER_MINUTE = 100
    assert lines_of("note", ask()[1], "queued")
    for change in ({"breaker": "dry"}, {"is_active": False}):
        LumiqKey.objects.update(**change)
        assert "no key is free to send" in lines_of("ok", ask()[1], "queued")
        LumiqKey.objects.update(breaker="", is_active=True)
    LumiqAccount.objects.update(balance_credits=89)
    assert "no key is free to send" in lines_of("ok", ask()[1], "queued")


def test_credits_that_are_held_for_long(cast):
    send(cast.alice)
    CreditHold.objects.update(created_at=timezone.now() - LONG_AGO)
    code, output = ask()
    assert code == 0
    assert "90 credits are held for more than 45 min" in lines_of("note", output, "holds")
    SubmitAttempt.objects.update(started_at=timezone.now() - LONG_AGO)
    assert "; videos sent as long ago: 1" in ill_line("holds")
