"""What can go wrong with credits, one exception per thing a caller does differently."""


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
