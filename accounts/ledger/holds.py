"""What a video does to the wallet: set aside when ordered, spent or returned at its end."""

import uuid

from django.db import transaction
from django.utils import timezone

from accounts.errors import HoldAlreadyResolved
from accounts.ledger import lots
from accounts.ledger.posting import Kind, Pot, draft, insert_hold, of_user, post
from accounts.models import CreditAccount, CreditHold, CreditTransaction, User


@transaction.atomic
def hold(user: User, credits: int, *, generation_id: uuid.UUID, note: str = "") -> CreditHold:
    """Wallet → held. Raises InsufficientCredits; a repetition returns the first hold."""
    wallet = of_user(user, Pot.WALLET)
    new = draft(
        f"hold:{generation_id}",
        Kind.HOLD,
        tenant=user.tenant_id,
        note=note,
        generation_id=generation_id,
    )
    posted = post(new, {wallet: -credits, of_user(user, Pot.HELD): credits})
    if not posted.is_new:
        return CreditHold.objects.get(generation_id=generation_id)
    taken = lots.take(posted, wallet)
    held = CreditHold(
        generation_id=generation_id,
        user=user,
        amount=credits,
        from_lots=sum(taken.values()),
        created_at=posted.transaction.created_at,
    )
    insert_hold(held)
    lots.note_uses(held, taken)
    return held


def capture(generation_id: uuid.UUID) -> None:
    """Held → consumed. Raises HoldAlreadyResolved after a release; repetition does nothing."""
    _resolve(generation_id, CreditHold.State.CAPTURED, Kind.CAPTURE, Pot.CONSUMED)


def release(generation_id: uuid.UUID) -> None:
    """Held → wallet. Raises HoldAlreadyResolved after a capture; repetition does nothing."""
    _resolve(generation_id, CreditHold.State.RELEASED, Kind.RELEASE, Pot.WALLET)


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
    post(new, {of_user(held.user, Pot.HELD): -held.amount, of_user(held.user, target): held.amount})
    if state == CreditHold.State.RELEASED and held.from_lots:
        lots.put_back(held)
