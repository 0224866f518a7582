"""What can go wrong with generations, one exception per thing a caller does differently."""


class StaleTransition(Exception):
    """The row is no longer in the expected state: somebody moved it. Nothing was changed."""


class LostLease(Exception):
    """Another worker has taken this row over; the caller must stop at once."""


class UnusableUpload(Exception):
    """The file cannot be used. `code` is stable, `message` is a sentence for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class SupplyExhausted(Exception):
    """The master LUMIQ key cannot pay for this video, by its balance as last seen."""


class UnusableVideo(Exception):
    """What LUMIQ sent is not a whole video."""


class UnusableKey(Exception):
    """The stored LUMIQ key cannot be read (SECRET_KEY has changed) or is no key."""


class BudgetSpent(Exception):
    """No request to LUMIQ may be made before `wait_seconds` have passed."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(f"{wait_seconds:.1f} s to wait")
        self.wait_seconds = wait_seconds


class DraftChanged(Exception):
    """The draft is no longer what the page has shown: changed, ordered or thrown away elsewhere."""
