"""What users of a shared tenant may draw on its pool. For accounts.ledger alone."""

from datetime import UTC, datetime

from django.db.models import Sum

from accounts.models import AllowancePeriod, CreditAccount, CreditHold, Tenant, User

SHARED = Tenant.CreditMode.SHARED


def draws_on_pool(user: User) -> bool:
    return user.tenant is not None and user.tenant.credit_mode == SHARED


def drawable(user: User, pool: int, *, at: datetime) -> int:
    """Of the `pool` credits that there are. Exact for who has the pool's row locked, since every
    draw moves it; what was drawn is read, not counted, so that a release needs no word here."""
    row = User.objects.filter(pk=user.pk, tenant__credit_mode=SHARED).values_list(
        "allowance", "allowance_period", "tenant__allowance", "tenant__allowance_period"
    )
    found = row.first()
    if found is None or pool <= 0 or owes(user.tenant_id):
        return 0
    own, own_period, common, common_period = found
    credits, period = (common, common_period) if own is None else (own, own_period)
    if credits is None:
        return pool
    return max(0, min(pool, credits - drawn_by(user, AllowancePeriod(period), at=at)))


def owes(tenant_id: int | None) -> bool:
    """Whether the tenant's pool is to pay the platform before it promises anything new."""
    debts = CreditAccount.objects.filter(kind=CreditAccount.Kind.DEBT, tenant=tenant_id, user=None)
    return debts.filter(balance__gt=0).exists()


def drawn_by(user: User, period: AllowancePeriod, *, at: datetime) -> int:
    """Out of the pool, for videos that were delivered or still may be."""
    holds = CreditHold.objects.filter(user=user, from_pool__gt=0).exclude(
        state=CreditHold.State.RELEASED
    )
    if period == AllowancePeriod.MONTH:
        holds = holds.filter(created_at__gte=month_of(at))
    return holds.aggregate(n=Sum("from_pool"))["n"] or 0


def month_of(at: datetime) -> datetime:
    """Its beginning."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
