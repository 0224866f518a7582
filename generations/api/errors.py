"""Errors of the API: LUMIQ's documented rows, and ours beyond them, in one shape."""

from typing import Any

from generations.lumiq.contract import ErrorRow

INVALID_TEAMS = ErrorRow(400, "Invalid teams", "two different teams of the documented 48")
INVALID_PHOTO = ErrorRow(400, "Invalid photo", "the photo cannot be used")
INVALID_REQUEST = ErrorRow(400, "Invalid request", "a parameter cannot be read")
NO_CALLBACKS = ErrorRow(400, "Invalid webhook_url", "callbacks are not offered yet")
SUPPLY_EXHAUSTED = ErrorRow(503, "Temporarily unavailable", "no new orders just now")
UNAVAILABLE = ErrorRow(503, "Service unavailable", "try again later")
TEST_MODE_OFF = ErrorRow(503, "Test mode unavailable", "no sandbox is set up for test keys")
UNKNOWN_SCENARIO = ErrorRow(400, "Invalid scenario", "no such scenario")


class ApiError(Exception):
    """Ends a request with a documented error. `detail` says what to do."""

    def __init__(
        self, row: ErrorRow, detail: str = "", *, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(row.code)
        self.row = row
        self.detail = detail or row.description
        self.retry_after_seconds = retry_after_seconds

    def body(self) -> dict[str, Any]:
        return {"success": False, "error": self.row.code, "detail": self.detail}
