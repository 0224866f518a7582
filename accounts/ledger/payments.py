"""Credits into a user's wallet and back out of it, with the debt that this may leave.

Debt legs come in pairs, the user's `debt` against the tenant's `owed`, so that a debt never makes
credits that somebody could spend. What pays a debt goes to the pool.
"""

import uuid
from collections.abc import Mapping

from django.db import transaction

from accounts.ledger import lots
from accounts.ledger.posting import (
    Account,
    Kind,
    Legs,
    Pot,
    draft,
    of_batch,
    of_tenant,
    of_user,
    post_by_balance,
)
from accounts.models import CreditAccount, CreditTransaction, User


def allocate_to_user(
    user: User,
    credits: int,
    *,
    reference: str,
    kind: CreditTransaction.Kind = Kind.ALLOCATION,
    note: str = "",
) -> CreditTransaction:
    """Pool → wallet. Raises InsufficientCredits where the tenant's pool has fewer."""
    return credit(user, credits, reference=reference, kind=kind, source=Pot.POOL, note=note)


@transaction.atomic
def credit(
    user: User,
    credits: int,
    *,
    reference: str,
    kind: CreditTransaction.Kind,
    source: CreditAccount.Kind | uuid.UUID,
    note: str = "",
) -> CreditTransaction:
    """Into the wallet, after the user's debt is paid. `source` is Pot.POOL, Pot.RESERVED or a batch
    of vouchers. Raises InsufficientCredits where it has fewer."""
    purse = _Purse(user)
    origin = purse.source(source)

    def build(paid: int) -> Legs:
        legs = {origin: -credits, purse.wallet: credits - paid, **purse.debt_legs(-paid)}
        legs[purse.pool] = legs.get(purse.pool, 0) + paid
        return legs

    posted = post_by_balance(
        draft(reference, kind, tenant=user.tenant_id, note=note),
        {*purse.accounts, origin},
        measure=lambda balances: min(balances[purse.debt], credits),
        build=build,
        measured_of=lambda first: -first.get(purse.debt, 0),
    )
    lots.add(posted, user)
    return posted.transaction


@transaction.atomic
def take_back(
    user: User,
    credits: int,
    *,
    reference: str,
    kind: CreditTransaction.Kind,
    into: CreditAccount.Kind,
    note: str = "",
) -> tuple[int, int]:
    """Wallet → pool (a refund) or reserved (a dispute), as far as the wallet goes; the rest is
    owed. Returns what was taken and what is owed."""
    purse = _Purse(user)
    target = purse.source(into)
    posted = post_by_balance(
        draft(reference, kind, tenant=user.tenant_id, note=note),
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
    user: User,
    credits: int,
    *,
    reserved: int,
    reference: str,
    kind: CreditTransaction.Kind,
    note: str = "",
) -> CreditTransaction:
    """The undoing of a `take_back`, of whose credits `reserved` still lie there. Debt is cancelled
    first. Raises InsufficientCredits where the pool lacks what was repaid to it meanwhile."""
    purse = _Purse(user)
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
        draft(reference, kind, tenant=user.tenant_id, note=note),
        {*purse.accounts, kept},
        measure=lambda balances: min(balances[purse.debt], credits),
        build=build,
        measured_of=lambda first: -first.get(purse.debt, 0),
    )
    lots.add(posted, user)
    return posted.transaction


class _Purse:
    """The accounts that a payment of one user may touch."""

    def __init__(self, user: User) -> None:
        assert user.tenant_id is not None, "the platform's staff have no wallet"
        self.tenant_id = user.tenant_id
        self.wallet = of_user(user, Pot.WALLET)
        self.debt = of_user(user, Pot.DEBT)
        self.owed = of_tenant(self.tenant_id, Pot.OWED)
        self.pool = of_tenant(self.tenant_id, Pot.POOL)
        self.accounts = (self.pool, self.owed, self.wallet, self.debt)

    def source(self, source: CreditAccount.Kind | uuid.UUID) -> Account:
        if isinstance(source, uuid.UUID):
            return of_batch(self.tenant_id, source)
        assert source in (Pot.POOL, Pot.RESERVED), source
        return of_tenant(self.tenant_id, source)

    def debt_legs(self, owed: int) -> Mapping[Account, int]:
        return {self.debt: owed, self.owed: -owed}
