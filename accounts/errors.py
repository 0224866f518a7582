"""What can go wrong with credits and keys, one exception per thing a caller does differently."""


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
    """Holds, captures and releases have ways back of their own. Nothing was moved."""


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
