"""Credits that expire. Only such lie in lots; a wallet that has none costs no query here.

Lots are written under the lock of the wallet's row, which the posting has just moved. What expires
soonest is spent first. For accounts.ledger alone, but for `expire_due`.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.ledger.posting import (
    Account,
    Kind,
    Posted,
    Pot,
    draft,
    find_rows,
    lock,
    of_user,
    post,
)
from accounts.models import CreditAccount, CreditHold, CreditLot, CreditLotUse, User

AT_ONCE = 500


def add(posted: Posted, user: User) -> None:
    """What has just come into the wallet expires one day, where the tenant wants it so."""
    wallet = of_user(user, Pot.WALLET)
    credits = posted.legs.get(wallet, 0)
    days = user.tenant and user.tenant.credits_expire_after_days
    if not (posted.is_new and credits > 0 and days):
        return
    CreditLot.objects.create(
        user=user,
        transaction=posted.transaction,
        credits=credits,
        left=credits,
        expires_at=posted.transaction.created_at + timedelta(days=days),
    )
    _count(user.pk, credits)


def take(posted: Posted, wallet: Account) -> dict[int, int]:
    """What has just gone out of the wallet, out of which lots: credits by the lot's id."""
    expiring = posted.expiring.get(wallet, 0)
    to_take = min(expiring, -posted.legs.get(wallet, 0))
    taken: dict[int, int] = {}
    if to_take <= 0:
        return taken
    assert wallet.user_id is not None
    _count(wallet.user_id, -to_take)
    for lot in CreditLot.objects.filter(user_id=wallet.user_id, left__gt=0):
        taken[lot.pk] = min(lot.left, to_take)
        CreditLot.objects.filter(pk=lot.pk).update(left=F("left") - taken[lot.pk])
        to_take -= taken[lot.pk]
        if not to_take:
            break
    return taken


def note_uses(held: CreditHold, taken: dict[int, int]) -> None:
    if taken:
        CreditLotUse.objects.bulk_create(
            CreditLotUse(hold=held, lot_id=lot_id, credits=credits)
            for lot_id, credits in taken.items()
        )


def put_back(held: CreditHold) -> None:
    """A released hold's credits expire when they would have, also where that time is over."""
    for use in CreditLotUse.objects.filter(hold=held):
        CreditLot.objects.filter(pk=use.lot_id).update(left=F("left") + use.credits)
    _count(held.user_id, held.from_lots)


def expire_due() -> int:
    """Wallet → pool for what is over. Returns how many lots that were."""
    due = CreditLot.objects.filter(
        left__gt=0,
        expires_at__lte=timezone.now(),
        # A tenant that has switched expiry off takes nothing any more.
        user__tenant__credits_expire_after_days__isnull=False,
    )
    return sum(_expire(lot) for lot in due.select_related("user")[:AT_ONCE])


@transaction.atomic
def _expire(lot: CreditLot) -> int:
    wallet = of_user(lot.user, Pot.WALLET)
    assert wallet.tenant_id is not None
    pool = Account(Pot.POOL, wallet.tenant_id)
    lock(find_rows([wallet, pool]))
    lot.refresh_from_db(fields=["left", "expired"])
    if not lot.left:
        return 0  # spent, or expired by another, between our look and our lock
    # What a release returns to an expired lot expires by itself: another reference.
    new = draft(f"expiry:{lot.pk}:{lot.expired}", Kind.EXPIRY, tenant=wallet.tenant_id)
    post(new, {wallet: -lot.left, pool: lot.left})
    CreditLot.objects.filter(pk=lot.pk).update(left=0, expired=F("expired") + lot.left)
    _count(lot.user_id, -lot.left)
    return 1


def _count(user_id: int, credits: int) -> None:
    CreditAccount.objects.filter(user_id=user_id, kind=Pot.WALLET).update(
        expiring=F("expiring") + credits
    )
