"""Credits into a user's wallet, or a tenant's pool, and back out of it, with the debt that this may
leave.

A tenant stands to the platform as a user stands to a tenant: its pool is its wallet, and the supply
is the pool that this comes from. Debt legs come in pairs, the `debt` of one against the tenant's
`owed`, so that a debt never makes credits that somebody could spend. What pays a user's debt goes
to the pool, what pays a tenant's to the supply.
"""

import uuid
from collections.abc import Mapping

from django.db import transaction

from accounts.errors import PoolBlocked
from accounts.ledger import lots
from accounts.ledger.balances import beyond_supply
from accounts.ledger.posting import (
    Account,
    Kind,
    Legs,
    Posted,
    Pot,
    draft,
    find_rows,
    lock,
    of_batch,
    of_tenant,
    of_user,
    post,
    post_by_balance,
)
from accounts.models import CreditAccount, CreditTransaction, Tenant, User

AT_ONCE = 50
_OWED_NOTE = "what was owed to the platform"


def allocate_to_user(
    user: User,
    credits: int,
    *,
    reference: str,
    kind: CreditTransaction.Kind = Kind.ALLOCATION,
    note: str = "",
) -> CreditTransaction:
    """Pool → wallet. Raises InsufficientCredits where the tenant's pool has fewer, PoolBlocked
    where the tenant owes credits itself."""
    assert user.tenant_id is not None, "the platform's staff have no wallet"
    check_owes_nothing(user.tenant_id)
    return credit(user, credits, reference=reference, kind=kind, source=Pot.POOL, note=note)


def allocate_to_tenant(
    tenant: Tenant, credits: int, *, reference: str, note: str = ""
) -> CreditTransaction:
    """Supply → pool. Raises InsufficientCredits where the supply has fewer, and
    PORTAL_OVERSELL_RATIO allows no more beyond it."""
    kind = Kind.ALLOCATION
    return credit(tenant, credits, reference=reference, kind=kind, source=Pot.SUPPLY, note=note)


def check_owes_nothing(tenant_id: int) -> None:
    """Raises PoolBlocked: what a tenant owes is paid before its pool promises anything new."""
    rows = CreditAccount.objects.filter(kind=Pot.DEBT, tenant=tenant_id, user=None)
    owed = rows.values_list("balance", flat=True).first()
    if owed:
        raise PoolBlocked(owed=owed)


@transaction.atomic
def credit(
    receiver: User | Tenant,
    credits: int,
    *,
    reference: str,
    kind: CreditTransaction.Kind,
    source: CreditAccount.Kind | uuid.UUID,
    note: str = "",
) -> CreditTransaction:
    """Into the wallet (of a tenant: its pool), after the debt is paid. `source` is Pot.POOL (of a
    tenant: Pot.SUPPLY), Pot.RESERVED or a batch of vouchers. Raises InsufficientCredits where it
    has fewer."""
    assert credits > 0
    purse = _Purse(receiver)
    origin = purse.source(source)

    def build(paid: int) -> Legs:
        legs = {origin: -credits, purse.wallet: credits - paid, **purse.debt_legs(-paid)}
        legs[purse.pool] = legs.get(purse.pool, 0) + paid
        return legs

    posted = post_by_balance(
        draft(reference, kind, tenant=purse.tenant_id, note=note),
        {*purse.accounts, origin},
        measure=lambda balances: min(balances[purse.debt], credits),
        build=build,
        measured_of=lambda first: -first.get(purse.debt, 0),
        floor=lambda _: -beyond_supply() if origin.kind == Pot.SUPPLY else 0,
    )
    purse.add_lot(posted)
    return posted.transaction


@transaction.atomic
def take_back(
    receiver: User | Tenant,
    credits: int,
    *,
    reference: str,
    kind: CreditTransaction.Kind,
    into: CreditAccount.Kind,
    note: str = "",
) -> tuple[int, int]:
    """Wallet → pool (a refund) or reserved (a dispute), as far as the wallet goes; the rest is
    owed. Of a tenant: pool → supply or reserved. Returns what was taken and what is owed."""
    assert credits > 0
    purse = _Purse(receiver)
    target = purse.source(into)
    posted = post_by_balance(
        draft(reference, kind, tenant=purse.tenant_id, note=note),
        {*purse.accounts, target},
        measure=lambda balances: max(0, credits - balances[purse.wallet]),
        build=lambda owed: {
            purse.wallet: -(credits - owed),
            target: credits - owed,
            **purse.debt_legs(owed),
        },
        measured_of=lambda first: first.get(purse.debt, 0),
    )
    if posted.is_new:
        lots.take(posted, purse.wallet)
    return -posted.legs.get(purse.wallet, 0), posted.legs.get(purse.debt, 0)


@transaction.atomic
def give_back(
    receiver: User | Tenant,
    credits: int,
    *,
    reserved: int,
    reference: str,
    kind: CreditTransaction.Kind,
    note: str = "",
) -> CreditTransaction:
    """The undoing of a `take_back`, of whose credits `reserved` still lie there. Debt is cancelled
    first. Raises InsufficientCredits where the pool (of a tenant: the supply) lacks what was repaid
    to it meanwhile."""
    assert 0 <= reserved <= credits
    purse = _Purse(receiver)
    kept = of_tenant(purse.tenant_id, Pot.RESERVED)

    def build(cancelled: int) -> Legs:
        returned = credits - cancelled
        return {
            kept: -reserved,
            purse.wallet: returned,
            purse.pool: reserved - returned,
            **purse.debt_legs(-cancelled),
        }

    posted = post_by_balance(
        draft(reference, kind, tenant=purse.tenant_id, note=note),
        {*purse.accounts, kept},
        measure=lambda balances: min(balances[purse.debt], credits),
        build=build,
        measured_of=lambda first: -first.get(purse.debt, 0),
        floor=lambda _: 0,
    )
    purse.add_lot(posted)
    return posted.transaction


def collect_debts() -> int:
    """Pool → supply for what tenants owe, as far as their pools go: refunds of users' purchases and
    credits that expire fill them as well. For beat; returns how many paid."""
    owing = CreditAccount.objects.filter(kind=Pot.DEBT, user=None, balance__gt=0)
    filled = CreditAccount.objects.filter(kind=Pot.POOL, balance__gt=0)
    found = Tenant.objects.filter(pk__in=owing.values("tenant")).filter(
        pk__in=filled.values("tenant")
    )
    return sum(_collect(tenant) for tenant in found[:AT_ONCE])


@transaction.atomic
def _collect(tenant: Tenant) -> int:
    purse = _Purse(tenant)
    balances = lock(find_rows(purse.accounts))
    paid = min(balances[purse.debt], balances[purse.wallet])
    if not paid:
        return 0  # somebody was faster, between our look and our lock
    new = draft(f"debt:{tenant.pk}:{uuid.uuid4()}", Kind.ALLOCATION, tenant=tenant, note=_OWED_NOTE)
    post(new, {purse.wallet: -paid, purse.pool: paid, **purse.debt_legs(-paid)})
    return 1


class _Purse:
    """The accounts that a payment may touch: of one user, or of a tenant and the platform."""

    def __init__(self, owner: User | Tenant) -> None:
        self.user = owner if isinstance(owner, User) else None
        tenant_id = owner.tenant_id if isinstance(owner, User) else owner.pk
        assert tenant_id is not None, "the platform's staff have no wallet"
        self.tenant_id: int = tenant_id
        self.owed = of_tenant(tenant_id, Pot.OWED)
        if isinstance(owner, User):
            self.wallet, self.debt = of_user(owner, Pot.WALLET), of_user(owner, Pot.DEBT)
            self.pool = of_tenant(tenant_id, Pot.POOL)
        else:
            self.wallet, self.debt = (of_tenant(tenant_id, pot) for pot in (Pot.POOL, Pot.DEBT))
            self.pool = Account(Pot.SUPPLY)
        self.accounts = (self.pool, self.owed, self.wallet, self.debt)

    def source(self, source: CreditAccount.Kind | uuid.UUID) -> Account:
        if isinstance(source, uuid.UUID):
            return of_batch(self.tenant_id, source)
        if source == self.pool.kind:
            return self.pool
        assert source == Pot.RESERVED, source
        return of_tenant(self.tenant_id, source)

    def debt_legs(self, owed: int) -> Mapping[Account, int]:
        return {self.debt: owed, self.owed: -owed}

    def add_lot(self, posted: Posted) -> None:
        if self.user is not None:
            lots.add(posted, self.user)
