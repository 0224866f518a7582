"""What can go wrong with LUMIQ: one exception for each thing that a caller does differently.

No text in here ever carries the API key.
"""


class LumiqError(Exception):
    """Any trouble with LUMIQ."""


class LumiqNotSent(LumiqError):
    """A submit that LUMIQ provably did not process: its last bytes never left. Safe to repeat."""


class LumiqSourceBroken(LumiqNotSent):
    """A file to be sent could not be read, or is not as long as its `FilePart.size` says.

    `field` is the form's name of the file: `photo` or `video`.
    """

    def __init__(self, reason: str, *, field: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


class LumiqUnclear(LumiqError):
    """A submit was sent whole and no trustworthy answer came: it may have been charged.

    `task_id` is set where one could be made out in what did come; it is a hint to be verified.
    """

    def __init__(self, reason: str, *, task_id: str | None = None) -> None:
        super().__init__(reason)
        self.task_id = task_id


class LumiqRejected(LumiqError):
    """A submit was refused for what it contains (400 and kin). `code` is LUMIQ's error code."""

    def __init__(self, code: str, *, http_status: int, detail: str = "") -> None:
        super().__init__(f"{http_status} {code}" + (f": {detail}" if detail else ""))
        self.code = code
        self.http_status = http_status
        self.detail = detail


class LumiqKeyRefused(LumiqError):
    """401 or 403: the API key is missing, unknown or revoked."""


class LumiqOutOfCredits(LumiqError):
    """402: the key's balance does not pay for this."""


class LumiqTaskNotFound(LumiqError):
    """404 on a task: unknown, someone else's or, for a download, not there (yet or any more)."""


class LumiqRateLimited(LumiqError):
    """429. `retry_after_seconds` is LUMIQ's own wish, None where it gave none."""

    def __init__(self, reason: str, *, retry_after_seconds: float | None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class LumiqUnavailable(LumiqError):
    """A read-only call got no usable answer. Safe to repeat."""


class LumiqRedirected(LumiqUnavailable):
    """A read-only call was answered with a redirect, which is not followed: the key stays here."""
