"""What a video does to the wallet: set aside when ordered, spent or returned at its end.

In a shared tenant the pool gives what the wallet lacks, within the user's allowance, and gets that
part back when the video is not made.
"""

import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from accounts.errors import HoldAlreadyResolved, InsufficientCredits
from accounts.ledger import lots
from accounts.ledger.allowances import drawable, draws_on_pool
from accounts.ledger.posting import (
    Account,
    Kind,
    Legs,
    Posted,
    Pot,
    draft,
    insert_hold,
    of_tenant,
    of_user,
    post,
    post_by_balance,
)
from accounts.models import CreditHold, CreditTransaction, User


def hold(user: User, credits: int, *, generation_id: uuid.UUID, note: str = "") -> CreditHold:
    """Wallet (and pool) → held. Raises InsufficientCredits; a repetition returns the first hold."""
    new = draft(
        f"hold:{generation_id}",
        Kind.HOLD,
        tenant=user.tenant_id,
        note=note,
        generation_id=generation_id,
    )
    try:
        return _hold_by_wallet(user, credits, new)
    except InsufficientCredits:
        if not draws_on_pool(user):
            raise
    # Begun anew, with nothing locked: rows are locked in the order of their ids, the pool's among
    # them. Orders that a wallet pays do not wait for each other over it.
    return _hold_with_pool(user, credits, new)


def capture(generation_id: uuid.UUID) -> None:
    """Held → consumed. Raises HoldAlreadyResolved after a release; repetition does nothing."""
    _resolve(generation_id, CreditHold.State.CAPTURED, Kind.CAPTURE)


def release(generation_id: uuid.UUID) -> None:
    """Held → where it came from. Raises HoldAlreadyResolved after a capture; repetition does
    nothing."""
    _resolve(generation_id, CreditHold.State.RELEASED, Kind.RELEASE)


@transaction.atomic
def _hold_by_wallet(user: User, credits: int, new: CreditTransaction) -> CreditHold:
    posted = post(
        new,
        _legs(user, credits, from_pool=0),
        expected=lambda first: _legs(user, credits, from_pool=_pool_part(user, first)),
    )
    return _set_aside(user, credits, posted)


@transaction.atomic
def _hold_with_pool(user: User, credits: int, new: CreditTransaction) -> CreditHold:
    wallet, pool = of_user(user, Pot.WALLET), _pool_of(user)

    def measure(balances: Mapping[Account, int]) -> int:
        lacking = max(0, credits - balances[wallet])
        may_draw = drawable(user, balances[pool], at=new.created_at)
        if lacking > may_draw:
            raise InsufficientCredits(needed=credits, available=balances[wallet] + may_draw)
        return lacking

    posted = post_by_balance(
        new,
        [wallet, pool, of_user(user, Pot.HELD)],
        measure=measure,
        build=lambda from_pool: _legs(user, credits, from_pool=from_pool),
        measured_of=lambda first: _pool_part(user, first),
    )
    return _set_aside(user, credits, posted)


def _set_aside(user: User, credits: int, posted: Posted) -> CreditHold:
    generation_id = posted.transaction.generation_id
    assert generation_id is not None
    if not posted.is_new:
        return CreditHold.objects.get(generation_id=generation_id)
    taken = lots.take(posted, of_user(user, Pot.WALLET))
    held = CreditHold(
        generation_id=generation_id,
        user=user,
        amount=credits,
        from_lots=sum(taken.values()),
        from_pool=_pool_part(user, posted.legs),
        created_at=posted.transaction.created_at,
    )
    insert_hold(held)
    lots.note_uses(held, taken)
    return held


@transaction.atomic
def _resolve(
    generation_id: uuid.UUID, state: CreditHold.State, kind: CreditTransaction.Kind
) -> None:
    won = CreditHold.objects.filter(generation_id=generation_id, state="open").update(
        state=state, resolved_at=timezone.now()
    )
    held = CreditHold.objects.select_related("user").get(generation_id=generation_id)
    if not won:
        if held.state != state:
            raise HoldAlreadyResolved(f"{generation_id} is {held.state} already")
        return
    new = draft(
        f"{kind}:{generation_id}",
        kind,
        tenant=held.user.tenant_id,
        note=CreditTransaction.objects.get(reference=f"hold:{generation_id}").note,
        generation_id=generation_id,
    )
    if state == CreditHold.State.CAPTURED:
        in_held, consumed = of_user(held.user, Pot.HELD), of_user(held.user, Pot.CONSUMED)
        post(new, {in_held: -held.amount, consumed: held.amount})
        return
    there = _legs(held.user, held.amount, from_pool=held.from_pool)
    post(new, {account: -amount for account, amount in there.items()})
    if held.from_lots:
        lots.put_back(held)


def _legs(user: User, credits: int, *, from_pool: int) -> Legs:
    legs = {of_user(user, Pot.WALLET): from_pool - credits, of_user(user, Pot.HELD): credits}
    # The pool is looked up where it gives something: most orders have no need of it.
    return legs | {_pool_of(user): -from_pool} if from_pool else legs


def _pool_part(user: User, legs: Legs) -> int:
    return -legs.get(_pool_of(user), 0)


def _pool_of(user: User) -> Account:
    assert user.tenant_id is not None, "the platform's staff order nothing"
    return of_tenant(user.tenant_id, Pot.POOL)
