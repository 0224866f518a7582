"""Errors of the API: LUMIQ's documented rows, and ours beyond them, in one shape."""

from collections.abc import Mapping
from typing import Any

from accounts.errors import KeyCapReached
from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow

INVALID_TEAMS = ErrorRow(400, "Invalid teams", "Not two different teams of the list")
INVALID_PHOTO = ErrorRow(400, "Invalid photo", "The photo cannot be used")
INVALID_VIDEO = ErrorRow(400, "Invalid video", "The clip cannot be used")
INVALID_RATIO = ErrorRow(400, "Invalid ratio", "ratio must be 9:16, 16:9, 1:1 or 4:5")
INVALID_VOICE = ErrorRow(400, "Invalid voice_id", "No voice of the list")
INVALID_WEBHOOK_URL = ErrorRow(400, "Invalid webhook_url", "The address cannot be called")
INVALID_METADATA = ErrorRow(400, "Invalid metadata", "Not a JSON object of up to 10 texts")
INVALID_REQUEST = ErrorRow(400, "Invalid request", "A parameter or the body cannot be read")
MISSING_SCOPE = ErrorRow(403, "Missing scope", "The key may not do this")
NOT_FOUND = ErrorRow(404, "Not found", "There is nothing at this address")
METHOD_NOT_ALLOWED = ErrorRow(405, "Method not allowed", "The address takes other methods")
STILL_BEING_MADE = ErrorRow(409, "Still being made", "The video is not at its end yet")
IN_PROGRESS = ErrorRow(409, "Request in progress", "The same Idempotency-Key is at work")
KNOWN_ENDPOINT = ErrorRow(409, "Endpoint exists", "There is an endpoint of this address")
TOO_MANY_ENDPOINTS = ErrorRow(409, "Too many endpoints", "Delete one that is not needed")
TEST_VIDEO = ErrorRow(409, "Test video", "Test videos cannot be shared")
TOO_LARGE = ErrorRow(413, "File too large", "A file is larger than the documented limit")
KEY_REUSED = ErrorRow(422, "Idempotency key reused", "It came with another request before")
TOO_MANY_LINKS = ErrorRow(409, "Too many share links", "Revoke one that is not needed")
UNKNOWN_SCENARIO = ErrorRow(400, "Invalid scenario", "No such scenario")
SUPPLY_EXHAUSTED = ErrorRow(503, "Temporarily unavailable", "No new orders just now")
TEST_MODE_OFF = ErrorRow(503, "Test mode unavailable", "No sandbox is set up for test keys")

ERROR_ROWS = (
    *contract.ERROR_ROWS, INVALID_TEAMS, INVALID_PHOTO, INVALID_VIDEO, INVALID_RATIO, INVALID_VOICE,
    INVALID_WEBHOOK_URL, INVALID_METADATA, INVALID_REQUEST, MISSING_SCOPE, NOT_FOUND,
    METHOD_NOT_ALLOWED, STILL_BEING_MADE, IN_PROGRESS, TOO_MANY_LINKS, TOO_LARGE, KEY_REUSED,
    KNOWN_ENDPOINT, TOO_MANY_ENDPOINTS, UNKNOWN_SCENARIO, SUPPLY_EXHAUSTED,
    TEST_MODE_OFF, TEST_VIDEO,
)  # fmt: skip


class ApiError(Exception):
    """Ends a request with an error of the table. `detail` says what to do."""

    def __init__(
        self, row: ErrorRow, detail: str = "", *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(row.code)
        self.row = row
        self.detail = detail or row.description
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        return {"success": False, "error": self.row.code, "detail": self.detail}


def cap_reached(error: KeyCapReached) -> ApiError:
    return ApiError(
        contract.INSUFFICIENT_CREDITS,
        f"The video costs {error.needed} credits. This key's credit cap is {error.cap}, of which "
        f"{error.used} are held or spent. Nothing was charged. Raise the cap in your account.",
    )
