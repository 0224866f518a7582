"""What there is: looks only, and makes no row."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from django.conf import settings
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.ledger.allowances import drawable, draws_on_pool
from accounts.ledger.posting import Pot
from accounts.models import CreditAccount, CreditLot, Tenant, User

WARN_BEFORE = timedelta(days=14)
LOSSES_SHOWN = 3


@dataclass(frozen=True)
class Balance:
    """Credits of one user. `available` is what may be spent: the wallet, and in a shared tenant
    `from_pool` credits more. `owed` is what the next credits pay first; of the wallet, `expiring`
    credits have an end."""

    available: int
    held: int
    owed: int = 0
    expiring: int = 0
    from_pool: int = 0

    @property
    def wallet(self) -> int:
        return self.available - self.from_pool


def balance_of(user: User) -> Balance:
    wanted = Q(user=user, kind__in=(Pot.WALLET, Pot.HELD, Pot.DEBT))
    if draws_on_pool(user):
        wanted |= Q(kind=Pot.POOL, tenant=user.tenant_id)
    found = CreditAccount.objects.filter(wanted).values_list("kind", "balance", "expiring")
    rows = {kind: sums for kind, *sums in found}
    wallet, expiring = rows.get(Pot.WALLET, (0, 0))
    pool, _ = rows.get(Pot.POOL, (0, 0))
    from_pool = drawable(user, pool, at=timezone.now()) if pool else 0
    return Balance(
        available=wallet + from_pool,
        held=rows.get(Pot.HELD, (0, 0))[0],
        owed=rows.get(Pot.DEBT, (0, 0))[0],
        expiring=expiring,
        from_pool=from_pool,
    )


@dataclass(frozen=True)
class Loss:
    """So many credits are lost at that time, unless they are spent before."""

    credits: int
    at: datetime

    @property
    def is_near(self) -> bool:
        return self.at - timezone.now() < WARN_BEFORE


def next_losses(user: User) -> list[Loss]:
    """The soonest first, one a day, as many as one wants to read."""
    lots = CreditLot.objects.filter(user=user, left__gt=0)
    days = groupby(lots, key=lambda lot: lot.expires_at.date())
    return [_loss(list(of_the_day)) for _, of_the_day in islice(days, LOSSES_SHOWN)]


def spent_by(user: User) -> int:
    """Credits charged for delivered videos."""
    return _balance(Pot.CONSUMED, user=user)


def pool_of(tenant: Tenant) -> int:
    return _balance(Pot.POOL, tenant=tenant)


def owed_by(tenant: Tenant) -> int:
    """What the tenant owes the platform: the next credits for its pool pay it first."""
    return _balance(Pot.DEBT, tenant=tenant)


def reserved_of(tenant: Tenant) -> int:
    """Promised to open purchases, or disputed."""
    return _balance(Pot.RESERVED, tenant=tenant)


def budget_of(tenant: Tenant, batch_id: uuid.UUID) -> int:
    """What a batch of vouchers can still give."""
    return _balance(Pot.VOUCHERS, tenant=tenant, batch_id=batch_id)


def supply_left() -> int:
    return total_of(Pot.SUPPLY)


def sellable() -> int:
    """What may still be given to tenants: the supply, and what may be sold beyond it."""
    return supply_left() + beyond_supply()


def credits_left() -> int:
    """Of all that was ever bought at LUMIQ, what is not spent: on videos that were delivered, or
    lost."""
    spent = (Pot.LUMIQ, Pot.CONSUMED, Pot.UPSTREAM_SUSPENSE)
    found = CreditAccount.objects.filter(kind__in=spent).aggregate(n=Sum("balance"))["n"]
    return -(found or 0)


def beyond_supply() -> int:
    """How far below zero allocations may bring the supply: so many credits may be promised for each
    that is left."""
    if settings.PORTAL_OVERSELL_RATIO == 1:
        return 0
    return int(max(0, credits_left()) * (settings.PORTAL_OVERSELL_RATIO - 1))


def total_of(kind: CreditAccount.Kind) -> int:
    """Credits in all accounts of one kind."""
    return CreditAccount.objects.filter(kind=kind).aggregate(n=Sum("balance"))["n"] or 0


def _loss(lots: list[CreditLot]) -> Loss:
    return Loss(credits=sum(lot.left for lot in lots), at=lots[0].expires_at)


def _balance(
    kind: CreditAccount.Kind,
    *,
    tenant: Tenant | None = None,
    user: User | None = None,
    batch_id: uuid.UUID | None = None,
) -> int:
    """0 where no account was needed yet."""
    owner = user.tenant if user else tenant
    rows = CreditAccount.objects.filter(kind=kind, tenant=owner, user=user, batch_id=batch_id)
    return rows.values_list("balance", flat=True).first() or 0
