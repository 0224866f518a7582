"""What the parts of the sandbox hand to each other: an order, a task, an account, a refusal."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generations.lumiq.contract import ErrorRow

FOOTBALL = "football"
AVATAR = "avatar"


@dataclass(frozen=True)
class Order:
    """A checked request for a video. `minutes` is the documented range of the waiting time.

    A scenario may have decided the `outcome` beforehand, then nothing is drawn, and set its own
    `wait_seconds`; `scenario` is what the task's callback is to meet.
    """

    kind: str
    parameters: dict[str, Any]
    files: dict[str, Path]
    credits: int
    estimate: str
    minutes: tuple[int, int]
    webhook_url: str
    outcome: str | None = None
    wait_seconds: float | None = None
    scenario: str = ""


@dataclass(frozen=True)
class Task:
    """An accepted order. Times are Unix seconds; `status` is what GET /status tells; `is_test`
    where its key is one for tests."""

    task_id: str
    key: str
    kind: str
    parameters: dict[str, Any]
    credits: int
    status: str
    created_at: float
    due_at: float
    finished_at: float | None
    webhook_url: str
    scenario: str = ""
    is_test: bool = False


@dataclass(frozen=True)
class Account:
    """Whose the credits are, however many keys spend them."""

    email: str
    credits: int
    calls: int
    spent: int


class Refused(Exception):
    """The request gets an error row for an answer."""

    def __init__(
        self, row: ErrorRow, detail: str = "", *, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(row.code)
        self.row = row
        self.detail = detail or row.description
        self.retry_after_seconds = retry_after_seconds
