"""Corrections by the staff: the opposite of a whole transaction, once."""

from django.db import transaction

from accounts.errors import AlreadyReversed, NotReversible
from accounts.ledger import lots
from accounts.ledger.posting import Kind, draft, legs_of, post
from accounts.models import CreditTransaction, User

# Rows beside the ledger count along with these: holds, and the uses of vouchers.
_WITH_WAYS_BACK = (Kind.HOLD, Kind.CAPTURE, Kind.RELEASE, Kind.VOUCHER_FUND, Kind.VOUCHER)


@transaction.atomic
def reverse(reference: str, *, by_reference: str, note: str = "") -> CreditTransaction:
    """Raises InsufficientCredits where the credits have gone elsewhere, AlreadyReversed,
    NotReversible, and DoesNotExist. A repetition returns the first."""
    wrong = CreditTransaction.objects.select_for_update(no_key=True).get(reference=reference)
    if wrong.kind in _WITH_WAYS_BACK:
        raise NotReversible(reference)
    earlier = CreditTransaction.objects.filter(reverses=wrong).first()
    if earlier is not None and earlier.reference != by_reference:
        raise AlreadyReversed(f"{reference}, by {earlier.reference}")
    new = draft(by_reference, Kind.REVERSAL, tenant=wrong.tenant_id, note=note, reverses=wrong)
    posted = post(new, {account: -amount for account, amount in legs_of(wrong).items()})
    if posted.is_new:
        for wallet in posted.expiring:
            lots.take(posted, wallet)
            assert wallet.user_id is not None
            lots.add(posted, User.objects.select_related("tenant").get(pk=wallet.user_id))
    return posted.transaction
