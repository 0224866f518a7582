"""What the ledger did for one purchase, oldest first. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.models import CreditAccount, CreditTransaction, Purchase

Pot = CreditAccount.Kind


@dataclass(frozen=True)
class Line:
    """Credits that came to the wallet and the debt of the buyer, and to the pool; of a top-up, to
    the pool and the debt of the tenant."""

    at: datetime
    what: str
    wallet: int
    owed: int
    pool: int


def find_lines(purchase: Purchase) -> list[Line]:
    disputes = [dispute.dispute_id for dispute in purchase.disputes.all()]
    references = [f"{name}:{purchase.pk}" for name in _ONCE]
    references += [f"{name}:{dispute}" for name in _OF_DISPUTES for dispute in disputes]
    posted = CreditTransaction.objects.filter(
        Q(reference__in=references) | Q(reference__startswith=f"refund:{purchase.pk}:"),
        tenant=purchase.tenant_id,
    )
    rows = posted.prefetch_related("legs__account").order_by("pk")
    return [_build_line(row) for row in rows]


_ONCE = ("reserve", "unreserve", "reserve-late", "purchase")
_OF_DISPUTES = ("dispute", "dispute-lost", "dispute-won")


def _build_line(row: CreditTransaction) -> Line:
    moved = {leg.account.kind: leg.amount for leg in row.legs.all()}
    wallet, owed, pool = (moved.get(kind, 0) for kind in (Pot.WALLET, Pot.DEBT, Pot.POOL))
    return Line(row.created_at, str(row.get_kind_display()), wallet, owed, pool)
