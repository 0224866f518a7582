"""Credits above the users: what LUMIQ has sold, and what pool and supply have promised."""

import uuid

from django.db import transaction

from accounts.ledger.payments import check_owes_nothing
from accounts.ledger.posting import (
    Account,
    Kind,
    Pot,
    draft,
    find_rows,
    lock,
    of_batch,
    of_tenant,
    post,
)
from accounts.models import CreditAccount, CreditTransaction, Tenant

_LUMIQ, _SUPPLY = Account(Pot.LUMIQ), Account(Pot.SUPPLY)


@transaction.atomic
def record_supply(total: int, *, reference: str, note: str = "") -> None:
    """Make all credits ever bought at LUMIQ come to `total`; the difference goes to the supply."""
    difference = total + lock(find_rows([_LUMIQ, _SUPPLY]))[_LUMIQ]
    if difference:
        legs = {_LUMIQ: -difference, _SUPPLY: difference}
        post(draft(reference, Kind.SUPPLY, note=note), legs)


def reserve(
    tenant: Tenant,
    credits: int,
    *,
    reference: str,
    source: CreditAccount.Kind = Pot.POOL,
    is_late: bool = False,
    note: str = "",
) -> CreditTransaction:
    """Pool, or supply, → reserved: promised to a purchase that may be paid, or (`is_late`) was paid
    already. Raises InsufficientCredits, of a pool whose tenant owes credits PoolBlocked."""
    if source == Pot.POOL and not is_late:
        check_owes_nothing(tenant.pk)
    return _within(tenant, credits, source, Pot.RESERVED, reference, Kind.RESERVE, note)


def unreserve(
    tenant: Tenant,
    credits: int,
    *,
    reference: str,
    target: CreditAccount.Kind = Pot.POOL,
    note: str = "",
) -> CreditTransaction:
    """Reserved → pool, or supply: the purchase came to nothing."""
    return _within(tenant, credits, Pot.RESERVED, target, reference, Kind.UNRESERVE, note)


# A lost dispute: what was frozen when it began is the tenant's again, and the user has lost it.
forfeit = unreserve


@transaction.atomic
def fund_vouchers(
    tenant: Tenant, batch_id: uuid.UUID, credits: int, *, reference: str, note: str = ""
) -> CreditTransaction:
    """Pool → the batch's budget. Raises InsufficientCredits, PoolBlocked."""
    check_owes_nothing(tenant.pk)
    new = draft(reference, Kind.VOUCHER_FUND, tenant=tenant, note=note)
    pool, budget = of_tenant(tenant.pk, Pot.POOL), of_batch(tenant.pk, batch_id)
    return post(new, {pool: -credits, budget: credits}).transaction


@transaction.atomic
def return_vouchers(
    tenant: Tenant, batch_id: uuid.UUID, credits: int, *, reference: str, note: str = ""
) -> CreditTransaction:
    """The batch's budget → pool. Raises InsufficientCredits where less is left of it."""
    new = draft(reference, Kind.VOUCHER_FUND, tenant=tenant, note=note)
    pool, budget = of_tenant(tenant.pk, Pot.POOL), of_batch(tenant.pk, batch_id)
    return post(new, {budget: -credits, pool: credits}).transaction


@transaction.atomic
def book_loss(
    credits: int, *, reference: str, generation_id: uuid.UUID | None = None, note: str = ""
) -> None:
    """Supply → suspense: LUMIQ charged this, and no user pays for it. Negative where LUMIQ gave
    something back, or took less than its price."""
    new = draft(reference, Kind.LOSS, note=note, generation_id=generation_id)
    post(new, {_SUPPLY: -credits, Account(Pot.UPSTREAM_SUSPENSE): credits})


@transaction.atomic
def _within(
    tenant: Tenant,
    credits: int,
    source: CreditAccount.Kind,
    target: CreditAccount.Kind,
    reference: str,
    kind: CreditTransaction.Kind,
    note: str,
) -> CreditTransaction:
    legs = {_above_users(tenant, source): -credits, _above_users(tenant, target): credits}
    return post(draft(reference, kind, tenant=tenant, note=note), legs, floor=0).transaction


def _above_users(tenant: Tenant, kind: CreditAccount.Kind) -> Account:
    return _SUPPLY if kind == Pot.SUPPLY else of_tenant(tenant.pk, kind)
