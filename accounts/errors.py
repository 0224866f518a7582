"""What can go wrong here, one exception per thing a caller does differently."""

from datetime import datetime


class InsufficientCredits(Exception):
    """The wallet, pool or supply holds fewer credits than asked for. Nothing was moved."""

    def __init__(self, *, needed: int, available: int) -> None:
        super().__init__(f"{needed} credits needed, {available} available")
        self.needed = needed
        self.available = available


class PoolBlocked(InsufficientCredits):
    """The tenant owes credits to the platform: until they are paid its pool gives nothing."""

    def __init__(self, *, owed: int) -> None:
        super().__init__(needed=owed, available=0)
        self.owed = owed


class HoldAlreadyResolved(Exception):
    """A hold was to be captured after a release, or released after a capture."""


class ReferenceReused(Exception):
    """A transaction's reference exists already with other legs. Nothing was moved."""


class AlreadyReversed(Exception):
    """The transaction was reversed before, under another reference. Nothing was moved."""


class NotReversible(Exception):
    """Other rows count along: holds, captures, releases, vouchers. Nothing was moved."""


class TooManyKeys(Exception):
    """The user has as many live API keys as one may have. None was made."""


class KeyIssuedAlready(Exception):
    """The same form was sent before. Its key was shown then; none was made now."""


class KeyNotLive(Exception):
    """The key was revoked, has expired or was replaced meanwhile. Nothing was changed."""


class KeyCapReached(Exception):
    """An order would take a key beyond its credit cap. Nothing was moved."""

    def __init__(self, *, needed: int, used: int, cap: int) -> None:
        super().__init__(f"{needed} credits needed, {used} of {cap} used")
        self.needed = needed
        self.used = used
        self.cap = cap


class NotOnSale(Exception):
    """The pack has no price now, is another portal's, or its portal cannot sell."""


class SoldOut(Exception):
    """The portal's pool has fewer credits than the pack. Nothing was reserved."""


class TooManyPurchases(Exception):
    """The user has as many open purchases as one may have. None was made."""


class PurchaseClosed(Exception):
    """The purchase is paid, or will not be paid any more."""


class StripeNotConfigured(Exception):
    """There is no key: nothing can be sold."""


class StripeUnreachable(Exception):
    """No answer, or none that says anything. It may be asked again."""


class StripeRefused(Exception):
    """Stripe understood and said no; `code` is its word for why. Asking again changes nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StripeObjectUnknown(Exception):
    """Stripe has no such object, in this account and with this key."""


class StripeAccountLost(Exception):
    """The connected account does not let us in any more."""


# Nobody can be asked just now: what was to be done is not done, and may be tried again.
STRIPE_AWAY = (StripeUnreachable, StripeNotConfigured)
# Nor can anything be paid: the account that sells, or the object in it, is out of our reach.
CHECKOUT_AWAY = (*STRIPE_AWAY, StripeAccountLost, StripeObjectUnknown)


class ForgedEvent(Exception):
    """Not an event that Stripe sent to this address just now."""


class VoucherRefused(Exception):
    """A code gives nothing now. Nothing was moved."""


class UnknownVoucher(VoucherRefused):
    """The portal has no such code."""


class VoucherNotValidYet(VoucherRefused):
    def __init__(self, valid_from: datetime) -> None:
        super().__init__(f"valid from {valid_from}")
        self.valid_from = valid_from


class VoucherEnded(VoucherRefused):
    """Its batch was ended, or its time is over."""


class VoucherUsedUp(VoucherRefused):
    """Others have redeemed it as often as it may be."""


class VoucherRedeemedBefore(VoucherRefused):
    """By this user, or another code of its batch: one a user."""


class CodeTaken(Exception):
    """The portal has this code already. Nothing was made."""


class TooManyTries(Exception):
    """Somebody has been wrong too often. Nothing was looked up."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"again in {wait_seconds} s")
        self.wait_seconds = wait_seconds


class TriesNotCounted(Exception):
    """Redis is away, and without its counts nobody may try. Nothing was looked up."""
