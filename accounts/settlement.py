"""Decides what must still happen to a purchase, from what is recorded and what Stripe says. Pure.

The objects at Stripe are the truth and events only say when to look, so the order, number and loss
of events don't matter: the steps lead from whatever is recorded to what Stripe says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.payments import DisputeFacts, Payment

OPEN, PENDING, PAID = "open", "pending", "paid"
INQUIRY, CONTESTED, LOST, WON = "inquiry", "open", "lost", "won"

_DISPUTE_STATES = {
    "warning_needs_response": INQUIRY,
    "warning_under_review": INQUIRY,
    "needs_response": CONTESTED,
    "under_review": CONTESTED,
    "lost": LOST,
    # A lost one that is argued about once more: the money is away all the same.
    "appeal_needs_response": LOST,
    "appeal_under_review": LOST,
    "won": WON,
    "warning_closed": WON,
    "prevented": WON,
}
# A dispute only goes on, also to be won after it was lost.
_RANKS = {INQUIRY: 0, CONTESTED: 1, LOST: 2, WON: 3}


class Mismatch(Exception):
    """Stripe's session is not the one that was sold. Nothing may be credited for it."""


@dataclass(frozen=True)
class Contest:
    """A dispute as recorded; `credits` were taken back for it."""

    dispute_id: str
    state: str
    credits: int


@dataclass(frozen=True)
class Standing:
    """A purchase as recorded."""

    reference: str
    session_id: str | None
    status: str
    credits: int
    amount_minor: int
    currency: str
    livemode: bool
    refunded_minor: int = 0
    refunded_credits: int = 0
    contests: tuple[Contest, ...] = ()


@dataclass(frozen=True)
class Credit:
    """Into the wallet. `is_late`: the reservation was given up before."""

    is_late: bool


@dataclass(frozen=True)
class Wait:
    """For a delayed payment: the reservation stays."""


@dataclass(frozen=True)
class Close:
    """It will not be paid: the reservation ends. `is_declined`: by the bank, not by time."""

    is_declined: bool


@dataclass(frozen=True)
class Refund:
    """Up to now `total_minor` were refunded: take `credits` back, give some where negative."""

    total_minor: int
    credits: int


@dataclass(frozen=True)
class Contested:
    """The dispute came to `state`; `credits` are what is to be taken back for it first."""

    dispute_id: str
    amount_minor: int
    state: str
    credits: int


Step = Credit | Wait | Close | Refund | Contested


def decide(standing: Standing, payment: Payment) -> list[Step]:
    """Raises Mismatch."""
    _check(standing, payment)
    steps = list(_decide_payment(standing, payment))
    if payment.is_paid:
        steps += _decide_what_goes_back(standing, payment)
    return steps


def share_of(credits: int, part_minor: int, amount_minor: int) -> int:
    """The credits that a part of the price stands for, rounded up."""
    return min(credits, -(-credits * part_minor // amount_minor))


def count_refunded(credits: int, refunded_minor: int, amount_minor: int, *, contested: int) -> int:
    """Of so many credits, those that go back for all that was refunded: none that a dispute has
    taken already."""
    return min(share_of(credits, refunded_minor, amount_minor), credits - contested)


def dispute_state(status: str) -> str:
    """What we don't know yet is looked into by a person first: nothing is taken."""
    return _DISPUTE_STATES.get(status, INQUIRY)


def _check(standing: Standing, payment: Payment) -> None:
    pairs = {
        "session": (standing.session_id, payment.session_id),
        "reference": (standing.reference, payment.reference),
        "amount": (standing.amount_minor, payment.amount_minor),
        "currency": (standing.currency, payment.currency),
        "livemode": (standing.livemode, payment.livemode),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            raise Mismatch(f"{name} is {theirs}, not {ours}")


def _decide_payment(standing: Standing, payment: Payment) -> Iterator[Step]:
    if payment.is_paid:
        if standing.status != PAID:
            yield Credit(is_late=standing.status not in (OPEN, PENDING))
    elif standing.status in (OPEN, PENDING):
        if payment.session_status == "expired" or payment.has_failed:
            yield Close(is_declined=payment.has_failed)
        elif payment.session_status == "complete" and standing.status == OPEN:
            yield Wait()


def _decide_what_goes_back(standing: Standing, payment: Payment) -> Iterator[Step]:
    """What a won dispute frees can be refunded; what is refunded is not contested any more."""
    recorded = {contest.dispute_id: contest for contest in standing.contests}
    moved = [facts for facts in payment.disputes if _has_moved(facts, recorded)]
    won = [facts for facts in moved if dispute_state(facts.status) == WON]
    for facts in won:
        yield Contested(facts.dispute_id, facts.amount_minor, WON, 0)
    ended = {facts.dispute_id for facts in won}
    taken = sum(contest.credits for contest in standing.contests
                if contest.dispute_id not in ended and contest.state != WON)  # fmt: skip
    refunded = count_refunded(
        standing.credits, payment.refunded_minor, standing.amount_minor, contested=taken
    )
    more = refunded - standing.refunded_credits
    if more or payment.refunded_minor != standing.refunded_minor:
        yield Refund(payment.refunded_minor, more)
    left = standing.credits - taken - refunded
    for facts in moved:
        state = dispute_state(facts.status)
        if state == WON:
            continue
        known = recorded.get(facts.dispute_id)
        takes = state in (CONTESTED, LOST) and (known is None or known.state == INQUIRY)
        share = share_of(standing.credits, facts.amount_minor, standing.amount_minor)
        credits = min(left, share) if takes else 0
        left -= credits
        yield Contested(facts.dispute_id, facts.amount_minor, state, credits)


def _has_moved(facts: DisputeFacts, recorded: dict[str, Contest]) -> bool:
    known = recorded.get(facts.dispute_id)
    return known is None or _RANKS[dispute_state(facts.status)] > _RANKS[known.state]
