"""What LUMIQ's documentation says: names, limits, prices, payloads and error rows.

The client, the sandbox and the portal's own API read these facts here and nowhere else. Pure: no
Django, no I/O. Payload classes keep LUMIQ's field names.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

API_PATH = "/api/v1"
KEY_HEADER = "X-API-Key"

# In the order of the documentation. These strings go over the wire, letter for letter.
TEAMS: tuple[str, ...] = (
    "United States", "Mexico", "Canada", "France", "England", "Germany", "Spain", "Portugal",
    "Italy", "Netherlands", "Belgium", "Croatia", "Switzerland", "Denmark", "Austria", "Ukraine",
    "Poland", "Sweden", "Turkey", "Argentina", "Brazil", "Uruguay", "Colombia", "Ecuador",
    "Paraguay", "Chile", "Japan", "South Korea", "Iran", "Australia", "Saudi Arabia", "Qatar",
    "Uzbekistan", "Iraq", "UAE", "Morocco", "Senegal", "Tunisia", "Algeria", "Egypt",
    "Nigeria", "Cameroon", "Ivory Coast", "Mali", "Panama", "Costa Rica", "Jamaica", "New Zealand",
)  # fmt: skip

FOOTBALL_CREDITS = 90
FOOTBALL_SECONDS = 10
FOOTBALL_RATIO = "16:9"
AVATAR_CREDITS: dict[int, int] = {10: 90, 20: 180, 30: 270}
AVATAR_RATIOS: tuple[str, ...] = ("9:16", "16:9", "1:1", "4:5")
DEFAULT_DURATION = 10
DEFAULT_RATIO = "9:16"

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_CLIP_BYTES = 100 * 1024 * 1024
PHOTO_TYPES: tuple[str, ...] = ("image/jpeg", "image/png")
CLIP_TYPES: tuple[str, ...] = ("video/mp4", "video/quicktime")

REQUESTS_PER_MINUTE = 30
FILE_LIFETIME_DAYS = 30
WEBHOOK_TIMEOUT_SECONDS = 10
WEBHOOK_RETRY_DELAYS_SECONDS: tuple[int, ...] = (1, 2, 4)

AVATAR_ESTIMATE = "3-8 minutes"
FOOTBALL_ESTIMATE = "3-5 minutes"

PROCESSING = "processing"
COMPLETED = "completed"
FAILED = "failed"

# The documentation shows eight hexadecimal characters and promises no format; anything that is
# safe inside a URL path is taken.
TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True)
class ErrorRow:
    """One row of "Error Handling": `code` is the documented text that identifies the error."""

    http_status: int
    code: str
    description: str


MISSING_FILES = ErrorRow(400, "Missing required files", "video or photo not included")
INVALID_DURATION = ErrorRow(400, "Invalid duration", "duration must be 10, 20, or 30")
MISSING_KEY = ErrorRow(401, "Missing API key", "X-API-Key header not provided")
INVALID_KEY = ErrorRow(401, "Invalid API key", "Key doesn't exist or is revoked")
INSUFFICIENT_CREDITS = ErrorRow(402, "Insufficient credits", "Not enough credits to generate")
TASK_NOT_FOUND = ErrorRow(404, "Task not found", "task_id doesn't exist or not yours")
RATE_LIMITED = ErrorRow(429, "Rate limit exceeded", "Max 30 requests per minute per key")
INTERNAL_ERROR = ErrorRow(500, "Internal error", "Contact support")

ERROR_ROWS = (
    MISSING_FILES, INVALID_DURATION, MISSING_KEY, INVALID_KEY,
    INSUFFICIENT_CREDITS, TASK_NOT_FOUND, RATE_LIMITED, INTERNAL_ERROR,
)  # fmt: skip


class MalformedPayload(ValueError):
    """A JSON answer or callback lacks a documented field or gives it another type."""


@dataclass(frozen=True)
class Submitted:
    """Answer to POST /avatar and POST /football."""

    task_id: str
    status: str
    credits_used: int
    credits_remaining: int
    estimated_time: str
    check_status: str

    @classmethod
    def from_json(cls, payload: Any) -> "Submitted":
        data = _object(payload)
        if data.get("success") is not True:
            raise MalformedPayload("success is not true")
        return cls(
            task_id=task_id_from(data),
            status=_text(data, "status"),
            credits_used=_integer(data, "credits_used"),
            credits_remaining=_integer(data, "credits_remaining"),
            estimated_time=str(data.get("estimated_time", "")),
            check_status=str(data.get("check_status", "")),
        )


@dataclass(frozen=True)
class TaskStatus:
    """Answer to GET /status/{task_id}. `created_at` is LUMIQ's own text, in no stated zone."""

    task_id: str
    status: str
    created_at: str

    @classmethod
    def from_json(cls, payload: Any) -> "TaskStatus":
        data = _object(payload)
        status = _text(data, "status")
        if status not in (PROCESSING, COMPLETED, FAILED):
            raise MalformedPayload(f"unknown status {status[:40]!r}")
        return cls(task_id_from(data), status, str(data.get("created_at", "")))


@dataclass(frozen=True)
class Account:
    """Answer to GET /account."""

    credits_balance: int
    email: str
    total_api_calls: int
    total_credits_spent: int

    @classmethod
    def from_json(cls, payload: Any) -> "Account":
        data = _object(payload)
        return cls(
            credits_balance=_integer(data, "credits_balance"),
            email=str(data.get("email", "")),
            total_api_calls=_integer(data, "total_api_calls"),
            total_credits_spent=_integer(data, "total_credits_spent"),
        )


@dataclass(frozen=True)
class Callback:
    """A webhook's body. Unsigned, so it is a hint; `video_url` is deliberately not read."""

    task_id: str
    status: str
    error: str

    @classmethod
    def from_json(cls, payload: Any) -> "Callback":
        data = _object(payload)
        status = _text(data, "status")
        if status not in (COMPLETED, FAILED):
            raise MalformedPayload(f"unknown status {status[:40]!r}")
        return cls(task_id_from(data), status, _storable(str(data.get("error") or ""))[:500])


def task_id_from(data: dict[str, Any]) -> str:
    task_id = _text(data, "task_id")
    if not TASK_ID.match(task_id):
        raise MalformedPayload("task_id has characters that no task id has")
    return task_id


def format_created_at(moment: datetime) -> str:
    """The form of `created_at`: "2026-06-14 10:30:00", in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def credits_for_avatar(duration_seconds: int) -> int:
    return AVATAR_CREDITS[duration_seconds]


def _object(payload: Any) -> dict[str, Any]:
    if not isinstance(payload, dict):
        raise MalformedPayload("not a JSON object")
    return payload


def _text(data: dict[str, Any], field: str) -> str:
    value = data.get(field)
    if not isinstance(value, str) or not value:
        raise MalformedPayload(f"{field} is missing or not a text")
    return value


def _storable(text: str) -> str:
    """JSON can carry what no database takes: halves of surrogate pairs, and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _integer(data: dict[str, Any], field: str) -> int:
    value = data.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedPayload(f"{field} is missing or not an integer")
    return value
