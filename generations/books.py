"""Our side of the comparison with LUMIQ: what the sends of an account come to at one moment.

Reads only; generations.reconciliation draws the consequences.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from generations.evidence import Figures
from generations.models import LumiqAccount, SubmitAttempt
from generations.states import Phase, Status

# An answer that came so shortly before a question may, by the clocks of two hosts, have come after.
CLOCK_SKEW = timedelta(seconds=5)

_cost = Coalesce(F("credits_used"), F("generation__credits"))


@dataclass(frozen=True)
class Reading:
    """LUMIQ's figures: credits left, and spent since the portal knows the account.

    They are of some moment between `began_at` and `ended_at`.
    """

    balance: int
    spent: int
    began_at: datetime
    ended_at: datetime


def collect(account: LumiqAccount, reading: Reading) -> Figures:
    begun = attempts_of(account).filter(committed_at__lte=reading.ended_at + CLOCK_SKEW)
    # First those in doubt: one that gets its answer meanwhile is then counted twice, which leaves
    # questions open, and not overlooked, which would look like a loss.
    in_doubt = begun.filter(Q(phase=Phase.COMMITTED) | Q(phase=Phase.UNCLEAR, settled_at=None))
    prices = list(in_doubt.values_list("pk", "generation__credits"))
    old = set(old_unclear(account, reading).values_list("pk", flat=True))
    # However long ago it was sent: LUMIQ may have charged for it just before it answered.
    surely = Q(answered_at__lt=reading.began_at - CLOCK_SKEW)
    accepted = Q(phase=Phase.ACCEPTED)
    charged, unknown = _tell_apart(begun.filter(accepted).exclude(surely), reading)
    return Figures(
        spent=reading.spent,
        explained=total(attempts_of(account).filter(accepted & surely)) + charged,
        booked=account.booked_credits,
        unclear=[credits for pk, credits in prices if pk in old],
        fresh=[*unknown, *(credits for pk, credits in prices if pk not in old)],
        may_hide=_may_hide(account),
        missing=account.missing_credits,
    )


def _tell_apart(attempts: QuerySet[SubmitAttempt], reading: Reading) -> tuple[int, list[int]]:
    """Of the sends that were on their way during the reading: the credits that were charged before
    it, and the prices of those of which it cannot be told.

    A balance only falls, so an answer that tells of more than the reading was given before it; one
    that tells of far more saw a purchase, and proves nothing.
    """
    rows = list(attempts.annotate(cost=_cost).values_list("credits_remaining", "cost"))
    highest = reading.balance + sum(cost for _, cost in rows)
    charged, unknown = 0, []
    for remaining, cost in rows:
        if remaining is None or remaining > highest:
            unknown.append(cost)
        elif remaining >= reading.balance:
            charged += cost
    return charged, unknown


def _may_hide(account: LumiqAccount) -> int:
    """Credits that LUMIQ may have given back for failed videos since the books were last closed."""
    policy = settings.LUMIQ_REFUNDS_FAILED
    if policy == "no" or (policy == "unknown" and account.refunds_failed is False):
        return 0
    in_flight = attempts_of(account).filter(
        phase=Phase.ACCEPTED, generation__status=Status.PROCESSING
    )
    since = account.settled_at or account.seen_at
    failed = failed_sends(account).filter(generation__finished_at__gte=since)
    return total(in_flight) + total(failed)


def failed_sends(account: LumiqAccount) -> QuerySet[SubmitAttempt]:
    """Charged, and nobody got a video for them."""
    return attempts_of(account).filter(phase=Phase.ACCEPTED, generation__status=Status.FAILED)


def unclear_sends(account: LumiqAccount) -> QuerySet[SubmitAttempt]:
    return attempts_of(account).filter(phase=Phase.UNCLEAR, settled_at=None)


def old_unclear(account: LumiqAccount, reading: Reading) -> QuerySet[SubmitAttempt]:
    """Those that LUMIQ has had time to charge before the reading, if it was going to.

    Counted from when it was heard of last: until then it may have been at work on it.
    """
    return unclear_sends(account).filter(
        answered_at__lt=reading.began_at - settings.LUMIQ_PACE.settling
    )


def attempts_of(account: LumiqAccount) -> QuerySet[SubmitAttempt]:
    return SubmitAttempt.objects.filter(lumiq_key__account=account).order_by("pk")


def total(attempts: QuerySet[SubmitAttempt]) -> int:
    return attempts.aggregate(n=Sum(_cost))["n"] or 0
