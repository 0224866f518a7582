"""What portals earn with credits: sold, less what went back, fees, and what the credits cost.

Reads purchases only, so that each figure can be recomputed from their list: docs/payments.md, The
margin. What happens to a purchase later counts in the month in which it was paid (UTC).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

from django.db.models import BigIntegerField, Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, Least, TruncMonth

from accounts import money, packs, stripe_gateway
from accounts.models import Purchase, PurchaseDispute, Tenant

# Where the portal has set none.
CARD_FEE_PERCENT, CARD_FEE_FIXED = Decimal("2.90"), Decimal("0.30")


@dataclass(frozen=True)
class Sums:
    """Paid purchases of one tenant, month and currency. `credits` and `fee_minor` are without what
    went back; `returned_minor` is what was refunded or lost in disputes."""

    tenant_id: int
    is_top_up: bool
    month: datetime
    currency: str
    purchases: int
    credits: int
    sold_minor: int
    returned_minor: int
    fee_minor: int

    @property
    def kept_minor(self) -> int:
        return self.sold_minor - self.returned_minor


@dataclass(frozen=True)
class Rate:
    """Money for one credit, in minor units. `is_list`: by LUMIQ's list, as none was bought."""

    currency: str
    minor: Fraction
    is_list: bool = False

    def of(self, credits: int) -> int:
        return round_half_up(self.minor * credits)


@dataclass(frozen=True)
class Margin:
    tenant: Tenant
    sales: Sums
    card_fee_minor: int
    cost_rate: Rate

    @property
    def fees_minor(self) -> int:
        return self.card_fee_minor + self.sales.fee_minor

    @property
    def before_cost_minor(self) -> int:
        return self.sales.kept_minor - self.fees_minor

    @property
    def cost_minor(self) -> int:
        """In the currency of `cost_rate`."""
        return self.cost_rate.of(self.sales.credits)

    @property
    def margin_minor(self) -> int | None:
        """None where the credits were bought in another currency: we know no rates of exchange."""
        if self.cost_rate.currency != self.sales.currency:
            return None
        return self.before_cost_minor - self.cost_minor


class Books:
    """All sums of one tenant, or of all; two queries, however many there are."""

    def __init__(self, tenant: Tenant | None = None) -> None:
        self.tenants = {
            row.pk: row for row in (Tenant.objects.all() if tenant is None else [tenant])
        }
        self._sums: dict[int, list[Sums]] = defaultdict(list)
        for sums in _find_sums(tenant):
            self._sums[sums.tenant_id].append(sums)

    def find_margins(self) -> list[Margin]:
        """The latest month first."""
        sales = [sums for rows in self._sums.values() for sums in rows if not sums.is_top_up]
        sales.sort(key=lambda sums: (self.tenants[sums.tenant_id].name.lower(), sums.currency))
        sales.sort(key=lambda sums: sums.month, reverse=True)
        return [self._build(sums) for sums in sales]

    def retail_rate(self, tenant_id: int, month: datetime) -> Rate | None:
        """What a credit that was sold and kept has brought until the end of that month, in the
        currency in which most were sold; None where none was."""
        return _average(self._until(tenant_id, month, is_top_up=False), _kept)

    def fee_rate(self, tenant_id: int, month: datetime) -> Rate | None:
        """As `retail_rate`: what Stripe and the platform had of it."""
        rows = self._until(tenant_id, month, is_top_up=False)
        return _average(rows, lambda sums: self._build(sums).fees_minor)

    def cost_rate(self, tenant_id: int, month: datetime, currency: str) -> Rate:
        """What a credit of the pool has cost until the end of that month: by the top-ups in
        `currency`, else by those in which most credits were bought, else by LUMIQ's list."""
        rows = self._until(tenant_id, month, is_top_up=True)
        same = [sums for sums in rows if sums.currency == currency]
        found = _average(same, _kept) or _average(rows, _kept)
        if found:
            return found
        minor, credits, listed_in = packs.LIST_PRICE
        return Rate(listed_in, Fraction(minor, credits), is_list=True)

    def _build(self, sums: Sums) -> Margin:
        tenant = self.tenants[sums.tenant_id]
        cost_rate = self.cost_rate(tenant.pk, sums.month, sums.currency)
        return Margin(tenant, sums, reckon_card_fee(tenant, sums), cost_rate)

    def _until(self, tenant_id: int, month: datetime, *, is_top_up: bool) -> list[Sums]:
        rows = self._sums.get(tenant_id, [])
        return [sums for sums in rows if sums.is_top_up == is_top_up and sums.month <= month]


def card_fee_of(tenant: Tenant) -> tuple[Decimal, Decimal]:
    """Percent, and for each payment, in a currency's own unit."""
    percent, fixed = tenant.card_fee_percent, tenant.card_fee_fixed
    return (
        CARD_FEE_PERCENT if percent is None else percent,
        CARD_FEE_FIXED if fixed is None else fixed,
    )


def reckon_card_fee(tenant: Tenant, sales: Sums) -> int:
    """Of all that was sold: Stripe keeps its fee of what is refunded."""
    percent, fixed = (Fraction(part) for part in card_fee_of(tenant))
    fixed_minor = fixed * 10 ** money.decimals_of(sales.currency)
    return round_half_up(sales.sold_minor * percent / 100 + sales.purchases * fixed_minor)


def round_half_up(amount: Fraction) -> int:
    return floor(amount + Fraction(1, 2))


def _kept(sums: Sums) -> int:
    return sums.kept_minor


def _average(rows: list[Sums], minor_of: Callable[[Sums], int]) -> Rate | None:
    credits: dict[str, int] = defaultdict(int)
    minor: dict[str, int] = defaultdict(int)
    for sums in rows:
        credits[sums.currency] += sums.credits
        minor[sums.currency] += minor_of(sums)
    currency = max(sorted(credits), key=lambda name: credits[name], default="")
    if not credits.get(currency):
        return None
    return Rate(currency, Fraction(minor[currency], credits[currency]))


def _find_sums(tenant: Tenant | None) -> list[Sums]:
    """Of the mode of our key: what was played with a test key is no money."""
    rows = Purchase.objects.filter(
        status=Purchase.Status.PAID, livemode=stripe_gateway.is_live()
    ).order_by()
    if tenant is not None:
        rows = rows.filter(tenant=tenant)
    lost_minor, lost_credits = (_of_lost_disputes(name) for name in ("amount_minor", "credits"))
    amount, refunded, fee = (
        Cast(name, BigIntegerField()) for name in ("amount_minor", "refunded_minor", "fee_minor")
    )
    found = (
        rows.annotate(
            month=TruncMonth("paid_at", tzinfo=UTC),
            row_credits=F("credits") - F("refunded_credits") - lost_credits,
            row_returned=Least(amount, refunded + lost_minor),
            # What a refund here gives back of the fee; whole numbers, so rounded up for us.
            row_fee=fee - fee * refunded / amount,
        )
        .values("tenant", "is_top_up", "month", "currency")
        .annotate(
            count=Count("pk"),
            kept=Sum("row_credits"),
            sold=Sum(amount),
            returned=Sum("row_returned"),
            fees=Sum("row_fee"),
        )
    )
    return [
        Sums(
            row["tenant"], row["is_top_up"], row["month"], row["currency"], row["count"],
            row["kept"], row["sold"], row["returned"], row["fees"],
        )
        for row in found
    ]  # fmt: skip


def _of_lost_disputes(name: str) -> Coalesce:
    lost = PurchaseDispute.objects.filter(
        purchase=OuterRef("pk"), state=PurchaseDispute.State.LOST
    ).order_by()
    total = lost.values("purchase").annotate(total=Sum(name)).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0)
