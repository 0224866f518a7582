"""What can go wrong here, one exception per thing a caller does differently."""

from datetime import datetime


class InsufficientCredits(Exception):
    """The wallet, pool or supply holds fewer credits than asked for. Nothing was moved."""

    def __init__(self, *, needed: int, available: int) -> None:
        super().__init__(f"{needed} credits needed, {available} available")
        self.needed = needed
        self.available = available


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
