"""Vouchers: batches are made with their whole budget, redeemed code by code, and ended.

The one writer of their rows. Each verb begins with a guarded write of the batch's or the user's row
and moves the ledger in the same transaction, so that no code gives twice, or what is not there.
"""

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts import ledger, voucher_codes
from accounts.errors import (
    CodeTaken,
    UnknownVoucher,
    VoucherEnded,
    VoucherNotValidYet,
    VoucherRedeemedBefore,
    VoucherRefused,
    VoucherUsedUp,
)
from accounts.models import Redemption, User, Voucher, VoucherBatch

AT_ONCE = 50
ROWS_AT_ONCE = 1000


@transaction.atomic
def make(batch: VoucherBatch, *, wording: str = "") -> None:
    """Writes a new batch and its codes, or the one code of that wording; its cost leaves the pool.

    Raises InsufficientCredits, CodeTaken, NotACode, and IntegrityError for an id that is taken.
    """
    assert not wording or batch.codes == 1, "an own wording is one code"
    batch.uses_left = batch.uses
    batch.save(force_insert=True)
    codes = [voucher_codes.tidy(wording)] if wording else voucher_codes.generate(batch.codes)
    vouchers = [
        Voucher(
            tenant=batch.tenant,
            batch=batch,
            code=code,
            key=voucher_codes.normalise(code),
            uses_left=batch.uses_a_code,
        )
        for code in codes
    ]
    try:
        with transaction.atomic():
            Voucher.objects.bulk_create(vouchers, batch_size=ROWS_AT_ONCE)
    except IntegrityError as error:
        raise CodeTaken(wording) from error
    ledger.fund_vouchers(
        batch.tenant,
        batch.pk,
        batch.cost,
        reference=f"voucher_fund:{batch.pk}",
        note=batch.name,
    )


@transaction.atomic
def redeem(user: User, text: str) -> Redemption:
    """Into the user's wallet. Raises a VoucherRefused, and nothing has happened."""
    voucher = _find(user, text)
    redemption = _insert(voucher, user)
    _use(voucher)
    ledger.credit(
        user,
        voucher.batch.credits,
        reference=f"voucher:{voucher.batch_id}:{user.pk}",
        kind=ledger.Kind.VOUCHER,
        source=voucher.batch_id,
        note=voucher.batch.name,
    )
    return redemption


@transaction.atomic
def end(batch: VoucherBatch) -> bool:
    """What is left goes back to the pool. False where the batch had ended before."""
    won = VoucherBatch.objects.filter(pk=batch.pk, ended_at=None).update(ended_at=timezone.now())
    # Its row is ours until the commit: nobody redeems between this look and the posting.
    batch.refresh_from_db(fields=["ended_at", "uses_left"])
    if won and batch.uses_left:
        ledger.return_vouchers(
            batch.tenant,
            batch.pk,
            batch.credits_left,
            reference=f"voucher_return:{batch.pk}",
            note=batch.name,
        )
    return bool(won)


def end_expired() -> int:
    """For beat. Returns how many batches it has ended."""
    due = VoucherBatch.objects.filter(ended_at=None, valid_until__lte=timezone.now())
    return sum(end(batch) for batch in due.select_related("tenant")[:AT_ONCE])


def _find(user: User, text: str) -> Voucher:
    """Only ever within the user's portal: codes of others are unknown, whatever they are."""
    found = Voucher.objects.filter(tenant=user.tenant_id, key=voucher_codes.normalise(text))
    voucher = found.select_related("batch").first()
    if voucher is None:
        raise UnknownVoucher
    return voucher


def _insert(voucher: Voucher, user: User) -> Redemption:
    """Waits for whoever redeems the same for the same user, and is second then."""
    try:
        with transaction.atomic():
            return Redemption.objects.create(voucher=voucher, batch=voucher.batch, user=user)
    except IntegrityError as error:
        raise VoucherRedeemedBefore from error


def _use(voucher: Voucher) -> None:
    now = timezone.now()
    valid = Q(ended_at=None) & (Q(valid_from=None) | Q(valid_from__lte=now))
    valid &= Q(valid_until=None) | Q(valid_until__gt=now)
    batches = VoucherBatch.objects.filter(valid, pk=voucher.batch_id, uses_left__gt=0)
    if not batches.update(uses_left=F("uses_left") - 1):
        voucher.batch.refresh_from_db()
        raise _refusal(voucher.batch)
    codes = Voucher.objects.filter(pk=voucher.pk, uses_left__gt=0)
    if not codes.update(uses_left=F("uses_left") - 1):
        raise VoucherUsedUp


def _refusal(batch: VoucherBatch) -> VoucherRefused:
    if batch.state == VoucherBatch.State.ENDED:
        return VoucherEnded()
    if batch.state == VoucherBatch.State.NOT_YET and batch.valid_from:
        return VoucherNotValidYet(batch.valid_from)
    return VoucherUsedUp()
