"""What LUMIQ's own figures prove about sends that it left unanswered. Pure; credits throughout."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    CLEAR = "clear"
    NONE_CHARGED = "none_charged"
    ALL_CHARGED = "all_charged"
    OPEN = "open"
    DRIFT = "drift"


@dataclass(frozen=True)
class Figures:
    """One look at an account, and our own books at that moment.

    `spent` is what LUMIQ says it has charged, `explained` the price of the sends that it answered,
    `booked` what is in suspense already without an answered send. `unclear` are the prices of sends
    that LUMIQ has had time enough to charge, `fresh` those of sends that it may still be charging.
    `may_hide` is what LUMIQ may have given back for failed videos without our knowing: as much
    spending could be hidden by it. So it could by `missing`, which is what LUMIQ had charged too
    little, for no known reason, when last no send was in question.
    """

    spent: int
    explained: int
    booked: int
    unclear: Sequence[int] = ()
    fresh: Sequence[int] = ()
    may_hide: int = 0
    missing: int = 0

    @property
    def left_over(self) -> int:
        """Spending that neither an answered send nor suspense accounts for."""
        return self.spent - self.explained - self.booked


def judge(figures: Figures) -> Verdict:
    """NONE_CHARGED and ALL_CHARGED speak of `unclear` and are proofs; OPEN means not yet.

    Figures prove something once they were seen to follow a charge: a counter that stands still
    would else say of every send that it was not charged.
    """
    left = figures.left_over
    if not figures.unclear and not figures.fresh:
        return Verdict.CLEAR if -figures.may_hide <= left <= 0 else Verdict.DRIFT
    can_prove = figures.explained > 0 and not figures.may_hide and not figures.missing
    if can_prove and left == 0:
        return Verdict.NONE_CHARGED
    if can_prove and left == sum(figures.unclear) and not figures.fresh:
        return Verdict.ALL_CHARGED
    if -figures.may_hide <= left <= sum(figures.unclear) + sum(figures.fresh):
        return Verdict.OPEN
    return Verdict.DRIFT
