"""What tests of the doctor share: asking it, reading its lines, making it something to find."""

import io
import re
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from generations import keys, reconciliation, submissions
from generations.lumiq.contract import Account
from generations.models import LumiqAccount, LumiqKey, SubmitAttempt
from generations.states import Phase
from tests.cast import SUPPLY, queue_video


def ask(*arguments):
    """The command's exit code and output; every few seconds are N."""
    output, code = io.StringIO(), 0
    try:
        call_command("doctor", *arguments, stdout=output)
    except SystemExit as end:
        code = end.code
    return code, re.sub(r"\b\d\d? s\b", "N s", output.getvalue())


def ill_line(name, *arguments):
    """The one ill line about `name`; the exit code must say so too."""
    code, output = ask(*arguments)
    assert code == 1, output
    return lines_of("ill", output, name)


def lines_of(level, output, name=""):
    """Of that level: all, or the one about `name` ("" where there is none)."""
    lines = [line for line in output.splitlines() if line.startswith(f"{level:<5} ")]
    if not name:
        return lines
    return next((line for line in lines if line[6:].startswith(f"{name}: ")), "")


def send(user):
    generation = queue_video(user)
    submission = submissions.start(generation.pk, keys.ensure_configured_key())
    submissions.commit(submission.attempt)
    SubmitAttempt.objects.filter(pk=submission.attempt.pk).update(phase="accepted")
    return generation


def leave_unclear(user):
    """A send without an answer, five minutes old."""
    generation = queue_video(user)
    submission = submissions.start(generation.pk, keys.ensure_configured_key())
    submissions.commit(submission.attempt)
    submissions.mark_unconfirmed(submission.attempt, note="silence")
    then = timezone.now() - timedelta(minutes=5)
    SubmitAttempt.objects.filter(pk=submission.attempt.pk, phase=Phase.UNCLEAR).update(
        committed_at=then, answered_at=then
    )


def lumiq_says(*, spent):
    told = Account(
        credits_balance=SUPPLY - spent, email="", total_api_calls=0, total_credits_spent=spent
    )
    reconciliation.record_account(LumiqKey.objects.get(), told, began_at=timezone.now())


def key_name():
    return f"key {LumiqKey.objects.get(is_from_settings=True)}"


def account_name():
    return f"account {LumiqAccount.objects.get()}"


def drift_name():
    return f"drift {LumiqAccount.objects.get()}"
