"""Errors of the API: LUMIQ's documented rows, and ours beyond them, in one shape."""

from typing import Any

from accounts.errors import KeyCapReached
from generations.lumiq.contract import INSUFFICIENT_CREDITS, ErrorRow

INVALID_TEAMS = ErrorRow(400, "Invalid teams", "two different teams of the documented 48")
INVALID_PHOTO = ErrorRow(400, "Invalid photo", "the photo cannot be used")
INVALID_REQUEST = ErrorRow(400, "Invalid request", "a parameter cannot be read")
MISSING_SCOPE = ErrorRow(403, "Missing scope", "the key may not do this")
NO_CALLBACKS = ErrorRow(400, "Invalid webhook_url", "callbacks are not offered yet")
SUPPLY_EXHAUSTED = ErrorRow(503, "Temporarily unavailable", "no new orders just now")


class ApiError(Exception):
    """Ends a request with a documented error. `detail` says what to do."""

    def __init__(self, row: ErrorRow, detail: str = "") -> None:
        super().__init__(row.code)
        self.row = row
        self.detail = detail or row.description

    def body(self) -> dict[str, Any]:
        return {"success": False, "error": self.row.code, "detail": self.detail}


def cap_reached(error: KeyCapReached) -> ApiError:
    return ApiError(
        INSUFFICIENT_CREDITS,
        f"The video costs {error.needed} credits. This key's credit cap is {error.cap}, of which "
        f"{error.used} are held or spent. Nothing was charged. Raise the cap in your account.",
    )
