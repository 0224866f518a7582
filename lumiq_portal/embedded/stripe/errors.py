"""What Stripe refuses, in the shape of its answers."""

from dataclasses import dataclass
from typing import Any

INVALID_REQUEST = "invalid_request_error"
IDEMPOTENCY = "idempotency_error"
API = "api_error"


@dataclass
class Refused(Exception):
    """`is_early`: before the call was begun, so that its idempotency key stays unused."""

    message: str
    param: str = ""
    code: str = ""
    http_status: int = 400
    kind: str = INVALID_REQUEST
    is_early: bool = False

    def as_json(self) -> dict[str, Any]:
        error = {"type": self.kind, "message": self.message, "param": self.param, "code": self.code}
        return {"error": {name: value for name, value in error.items() if value}}


def no_such(kind: str, wanted: str, *, param: str = "id") -> Refused:
    return Refused(f"No such {kind}: '{wanted}'", param, "resource_missing", http_status=404)


def invalid(message: str, param: str, code: str = "parameter_invalid") -> Refused:
    """A parameter that is wrong by itself, whatever the state."""
    return Refused(message, param, code, is_early=True)
