"""Credits above the users: LUMIQ → supply → pool, and what a pool has promised."""

import uuid

from django.conf import settings
from django.db import transaction

from accounts.ledger.balances import beyond_supply
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


@transaction.atomic
def allocate_to_tenant(
    tenant: Tenant, credits: int, *, reference: str, note: str = ""
) -> CreditTransaction:
    """Supply → pool. Raises InsufficientCredits where the supply has fewer, and
    PORTAL_OVERSELL_RATIO allows no more beyond it."""
    new = draft(reference, Kind.ALLOCATION, tenant=tenant, note=note)
    legs = {_SUPPLY: -credits, of_tenant(tenant.pk, Pot.POOL): credits}
    beyond = 0
    if settings.PORTAL_OVERSELL_RATIO > 1:
        # What was bought must not shrink between this look and the move.
        beyond = beyond_supply(-lock(find_rows([_LUMIQ, *legs]))[_LUMIQ])
    return post(new, legs, floor=-beyond).transaction


def reserve(tenant: Tenant, credits: int, *, reference: str, note: str = "") -> CreditTransaction:
    """Pool → reserved: promised to a purchase that may be paid. Raises InsufficientCredits."""
    return _within(tenant, credits, Pot.POOL, Pot.RESERVED, reference, Kind.RESERVE, note)


def unreserve(tenant: Tenant, credits: int, *, reference: str, note: str = "") -> CreditTransaction:
    """Reserved → pool: the purchase came to nothing."""
    return _within(tenant, credits, Pot.RESERVED, Pot.POOL, reference, Kind.UNRESERVE, note)


# A lost dispute: what was frozen when it began is the tenant's again, and the user has lost it.
forfeit = unreserve


@transaction.atomic
def fund_vouchers(
    tenant: Tenant, batch_id: uuid.UUID, credits: int, *, reference: str, note: str = ""
) -> CreditTransaction:
    """Pool → the batch's budget. Raises InsufficientCredits."""
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
    legs = {of_tenant(tenant.pk, source): -credits, of_tenant(tenant.pk, target): credits}
    return post(draft(reference, kind, tenant=tenant, note=note), legs).transaction
