"""What a refund would take from whom, before accounts.purchases makes it. Reads only."""

from dataclasses import dataclass

from accounts import ledger
from accounts.models import Purchase, PurchaseDispute, User
from accounts.settlement import count_refunded


@dataclass(frozen=True)
class Effect:
    """Of `credits` that are taken back, `from_wallet` are there now (of a top-up: in the pool); the
    rest is owed from then on."""

    amount_minor: int
    credits: int
    from_wallet: int

    @property
    def owed(self) -> int:
        return self.credits - self.from_wallet


def preview(purchase: Purchase, amount_minor: int) -> Effect:
    """As things stand now: what the user spends until then is owed."""
    gone = purchase.disputes.exclude(state=PurchaseDispute.State.WON)
    refunded = count_refunded(
        purchase.credits,
        purchase.refunded_minor + amount_minor,
        purchase.amount_minor,
        contested=sum(gone.values_list("credits", flat=True)),
    )
    credits = max(0, refunded - purchase.refunded_credits)
    owner = purchase.receiver
    there = ledger.balance_of(owner).wallet if isinstance(owner, User) else ledger.pool_of(owner)
    return Effect(amount_minor, credits, min(credits, there))
