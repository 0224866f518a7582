"""LUMIQ's figures beside ours, as generations.reconciliation judged them last."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from generations.doctor.accounts import find_accounts_in_use
from generations.doctor.findings import Finding, Level, build_finding, describe_time
from generations.models import AccountReading, LumiqAccount, SubmitAttempt
from generations.states import Phase

Verdict = AccountReading.Verdict

# Where nothing else is open, a drift is in suspense by the next reading: it is told of for so long.
REMEMBER = timedelta(days=1)

_IN_QUESTION = {
    Verdict.OPEN: (
        "LUMIQ's figures do not tell yet whether sends without an answer were charged",
        "beat asks every minute. After 35 minutes the fans get their credits back.",
    ),
    Verdict.NONE_CHARGED: (
        "sends without an answer were not charged",
        "beat sends them again.",
    ),
    Verdict.ALL_CHARGED: (
        "sends without an answer were charged",
        "They are not sent again: their callbacks are waited for, for 35 minutes.",
    ),
}


def check_drift() -> Iterator[Finding]:
    for account in find_accounts_in_use():
        reading = account.readings.first()
        if reading is None:
            text, remedy = "LUMIQ's figures have not been compared yet", "beat does it."
            yield Finding(f"drift {account}", Level.NOTE, text, remedy)
        else:
            yield _judge(account, reading)


def _judge(account: LumiqAccount, reading: AccountReading) -> Finding:
    name, figures = f"drift {account}", _build_figures(account, reading)
    verdict = Verdict(reading.verdict)
    if verdict == Verdict.DRIFT:
        return Finding(name, Level.ILL, *_explain(reading), figures)
    if verdict in _IN_QUESTION:
        what, remedy = _IN_QUESTION[verdict]
        age = describe_time(timezone.now() - figures["in_question_since"])
        text = f"{what}: {reading.unclear_credits} credits, for {age}"
        if figures["old_unclear_sends"]:
            text += f"; given up, and not settled yet: {figures['old_unclear_sends']} sends"
        return Finding(name, Level.NOTE, text, remedy, figures)
    recent = account.readings.filter(
        verdict=Verdict.DRIFT, read_at__gt=timezone.now() - REMEMBER
    ).first()
    if recent is not None:
        text = f"adds up again; {describe_time(timezone.now() - recent.read_at)} ago it did not"
        text += f" by {recent.drift_credits} credits"
        return Finding(name, Level.NOTE, text, "See the admin, Accounts at LUMIQ.", figures)
    text = f"adds up: {reading.spent_credits} credits spent, {reading.booked_credits} in suspense"
    return build_finding(name, text, **figures)


def _explain(reading: AccountReading) -> tuple[str, str]:
    """What a drift means, and what to do."""
    left = reading.drift_credits
    if left < 0:
        text = f"LUMIQ counts {-left} credits less than its answers to our sends said"
        remedy = (
            "It gave credits back or charged less. If it does so for failed videos, set "
            "LUMIQ_REFUNDS_FAILED=yes."
        )
    else:
        text = f"LUMIQ charged {left} credits that none of its answers to our sends explains"
        remedy = (
            "Does somebody else use this account? See the admin, Accounts at LUMIQ. What nobody "
            "explains goes to suspense: the platform's loss."
        )
    if reading.unclear_credits:
        text += (
            f". Sends without an answer could cost {reading.unclear_credits} at most; they are not "
            "sent again meanwhile"
        )
    return text, remedy


def _build_figures(account: LumiqAccount, reading: AccountReading) -> dict[str, Any]:
    in_question = SubmitAttempt.objects.filter(
        Q(phase=Phase.COMMITTED) | Q(phase=Phase.UNCLEAR, settled_at=None),
        lumiq_key__account=account,
    )
    oldest = in_question.exclude(committed_at=None).order_by("committed_at").first()
    given_up = timezone.now() - settings.LUMIQ_PACE.unconfirmed_deadline
    old = in_question.filter(phase=Phase.UNCLEAR, committed_at__lt=given_up)
    return {
        "verdict": reading.verdict,
        "read_at": reading.read_at,
        "spent_credits": reading.spent_credits,
        "explained_credits": reading.explained_credits,
        "in_flight_credits": reading.in_flight_credits,
        "unclear_credits": reading.unclear_credits,
        "booked_credits": reading.booked_credits,
        "left_over_credits": reading.drift_credits,
        "in_question_since": (oldest and oldest.committed_at) or reading.read_at,
        "old_unclear_sends": old.count(),
        "settled_at": account.settled_at,
    }
