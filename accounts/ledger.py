"""The one writer of credits: double entry, append-only, integer credits. See docs/ledger.md.

Each posting inserts its unique reference first and then moves balances with conditional updates, so
a repeated or parallel call is applied once and no account is read, decided upon and written. May be
called inside the caller's transaction; never does I/O beyond the database.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts.errors import HoldAlreadyResolved, InsufficientCredits, ReferenceReused
from accounts.models import CreditAccount, CreditHold, CreditLeg, CreditTransaction, Tenant, User

Kind = CreditTransaction.Kind
Pot = CreditAccount.Kind


@dataclass(frozen=True)
class Balance:
    """Credits of one user."""

    available: int
    held: int


def balance_of(user: User) -> Balance:
    rows = dict(
        CreditAccount.objects.filter(user=user, kind__in=(Pot.WALLET, Pot.HELD)).values_list(
            "kind", "balance"
        )
    )
    return Balance(available=rows.get(Pot.WALLET, 0), held=rows.get(Pot.HELD, 0))


def spent_by(user: User) -> int:
    """Credits charged for delivered videos."""
    return _balance(Pot.CONSUMED, user=user)


def pool_of(tenant: Tenant) -> int:
    return _balance(Pot.POOL, tenant=tenant)


def supply_left() -> int:
    return total_of(Pot.SUPPLY)


@transaction.atomic
def record_supply(total: int, *, reference: str, note: str = "") -> None:
    """Make all credits ever bought at LUMIQ come to `total`; the difference goes to the supply."""
    source = CreditAccount.objects.select_for_update().get(pk=_account(Pot.LUMIQ).pk)
    difference = total + source.balance
    if difference:
        _post(
            reference,
            Kind.SUPPLY,
            [(source, -difference), (_account(Pot.SUPPLY), difference)],
            note=note,
        )


@transaction.atomic
def allocate_to_tenant(
    tenant: Tenant, credits: int, *, reference: str, note: str = ""
) -> CreditTransaction:
    """Supply → pool. Raises InsufficientCredits where the supply has fewer."""
    return _post(
        reference,
        Kind.ALLOCATION,
        [(_account(Pot.SUPPLY), -credits), (_account(Pot.POOL, tenant=tenant), credits)],
        tenant=tenant,
        note=note,
        floor=True,
    )


@transaction.atomic
def allocate_to_user(
    user: User,
    credits: int,
    *,
    reference: str,
    kind: CreditTransaction.Kind = Kind.ALLOCATION,
    note: str = "",
) -> CreditTransaction:
    """Pool → wallet. Raises InsufficientCredits where the tenant's pool has fewer."""
    assert user.tenant is not None
    return _post(
        reference,
        kind,
        [
            (_account(Pot.POOL, tenant=user.tenant), -credits),
            (_account(Pot.WALLET, user=user), credits),
        ],
        tenant=user.tenant,
        note=note,
    )


@transaction.atomic
def hold(user: User, credits: int, *, generation_id: uuid.UUID, note: str = "") -> CreditHold:
    """Wallet → held. Raises InsufficientCredits; a repetition returns the first hold."""
    _post(
        f"hold:{generation_id}",
        Kind.HOLD,
        [(_account(Pot.WALLET, user=user), -credits), (_account(Pot.HELD, user=user), credits)],
        tenant=user.tenant,
        note=note,
        generation_id=generation_id,
    )
    held, _ = CreditHold.objects.get_or_create(
        generation_id=generation_id, defaults={"user": user, "amount": credits}
    )
    return held


def capture(generation_id: uuid.UUID) -> None:
    """Held → consumed. Raises HoldAlreadyResolved after a release; repetition does nothing."""
    _resolve(generation_id, CreditHold.State.CAPTURED, Kind.CAPTURE, Pot.CONSUMED)


def release(generation_id: uuid.UUID) -> None:
    """Held → wallet. Raises HoldAlreadyResolved after a capture; repetition does nothing."""
    _resolve(generation_id, CreditHold.State.RELEASED, Kind.RELEASE, Pot.WALLET)


@transaction.atomic
def book_loss(
    credits: int, *, reference: str, generation_id: uuid.UUID | None = None, note: str = ""
) -> None:
    """Supply → suspense: LUMIQ charged this, and no user pays for it. Negative where LUMIQ gave
    something back, or took less than its price."""
    _post(
        reference,
        Kind.LOSS,
        [(_account(Pot.SUPPLY), -credits), (_account(Pot.UPSTREAM_SUSPENSE), credits)],
        note=note,
        generation_id=generation_id,
    )


@transaction.atomic
def _resolve(
    generation_id: uuid.UUID,
    state: CreditHold.State,
    kind: CreditTransaction.Kind,
    target: CreditAccount.Kind,
) -> None:
    won = CreditHold.objects.filter(generation_id=generation_id, state="open").update(
        state=state, resolved_at=timezone.now()
    )
    held = CreditHold.objects.select_related("user__tenant").get(generation_id=generation_id)
    if not won:
        if held.state != state:
            raise HoldAlreadyResolved(f"{generation_id} is {held.state} already")
        return
    _post(
        f"{kind}:{generation_id}",
        kind,
        [
            (_account(Pot.HELD, user=held.user), -held.amount),
            (_account(target, user=held.user), held.amount),
        ],
        tenant=held.user.tenant,
        note=CreditTransaction.objects.get(reference=f"hold:{generation_id}").note,
        generation_id=generation_id,
    )


def _balance(
    kind: CreditAccount.Kind, *, tenant: Tenant | None = None, user: User | None = None
) -> int:
    """0 where no account was needed yet: to look at credits makes no row."""
    owner = user.tenant if user else tenant
    rows = CreditAccount.objects.filter(kind=kind, tenant=owner, user=user)
    return rows.values_list("balance", flat=True).first() or 0


def _account(
    kind: CreditAccount.Kind, *, tenant: Tenant | None = None, user: User | None = None
) -> CreditAccount:
    owner = user.tenant if user else tenant
    row, _ = CreditAccount.objects.get_or_create(kind=kind, tenant=owner, user=user)
    return row


def _post(
    reference: str,
    kind: CreditTransaction.Kind,
    legs: Sequence[tuple[CreditAccount, int]],
    *,
    tenant: Tenant | None = None,
    note: str = "",
    generation_id: uuid.UUID | None = None,
    floor: bool = False,
) -> CreditTransaction:
    """Apply `legs` under `reference`, once. `floor` keeps even the supply from going below zero."""
    assert sum(amount for _, amount in legs) == 0
    try:
        with transaction.atomic():
            posted = CreditTransaction.objects.create(
                reference=reference,
                kind=kind,
                tenant=tenant,
                note=note[:200],
                generation_id=generation_id,
            )
    except IntegrityError:
        return _repeated(reference, legs)
    # In the order of the rows' ids, so that two transactions never wait for each other in a circle.
    for account, amount in sorted(legs, key=lambda leg: leg[0].pk):
        _move(posted, account, amount, floor=floor)
    return posted


def _repeated(reference: str, legs: Sequence[tuple[CreditAccount, int]]) -> CreditTransaction:
    first = CreditTransaction.objects.get(reference=reference)
    if dict(first.legs.values_list("account_id", "amount")) != {a.pk: n for a, n in legs}:
        raise ReferenceReused(reference)
    return first


def _move(posted: CreditTransaction, account: CreditAccount, amount: int, *, floor: bool) -> None:
    rows = CreditAccount.objects.filter(pk=account.pk)
    may_go_below = account.kind in CreditAccount.MAY_BE_NEGATIVE and not floor
    guarded = rows if amount > 0 or may_go_below else rows.filter(balance__gte=-amount)
    if guarded.update(balance=F("balance") + amount) != 1:
        available = rows.values_list("balance", flat=True).get()
        raise InsufficientCredits(needed=-amount, available=available)
    balance = rows.values_list("balance", flat=True).get()
    CreditLeg.objects.create(
        transaction=posted, account=account, amount=amount, balance_after=balance
    )


def total_of(kind: CreditAccount.Kind) -> int:
    """Credits in all accounts of one kind."""
    return CreditAccount.objects.filter(kind=kind).aggregate(n=Sum("balance"))["n"] or 0
