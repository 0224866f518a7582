"""Trouble on the way to this Stripe, ordered by the control side."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lumiq_portal.embedded.stripe.errors import API, Refused

KINDS = {
    "error": "500; nothing is done, and its idempotency key is answered so from then on",
    "unavailable": "503 before the call begins",
    "rate-limited": "429 before the call begins",
    "forbidden": "403 before the call begins, as a restricted key gets it",
    "reset": "the connection is dropped, nothing is done",
    "timeout": "nothing is done, no answer for `seconds`, then the connection is dropped",
    "slow": "done, and answered after `seconds`",
    "lost": "done, and the connection is dropped",
}


@dataclass
class Fault:
    """For calls whose `METHOD /path` begins with `calls`."""

    kind: str
    times: int = 1
    calls: str = ""
    seconds: float = 1.0

    def before(self) -> None:
        """On arrival."""
        if self.kind == "unavailable":
            raise Refused("The service is unavailable.", http_status=503, kind=API, is_early=True)
        if self.kind == "rate-limited":
            raise Refused(
                "Request rate limit exceeded. You can learn more about rate limits here "
                "https://stripe.com/docs/rate-limits.",
                code="rate_limit",
                http_status=429,
                is_early=True,
            )
        if self.kind == "forbidden":
            raise Refused(
                "The provided key does not have the required permissions for this endpoint.",
                http_status=403,
                is_early=True,
            )
        if self.kind == "timeout":
            time.sleep(self.seconds)
        if self.kind in ("reset", "timeout"):
            raise ConnectionError(self.kind)

    def instead(self) -> None:
        """As the call begins."""
        if self.kind == "error":
            raise Refused("An unknown error occurred.", http_status=500, kind=API)

    def after(self) -> None:
        """Between the deed and its answer."""
        if self.kind == "slow":
            time.sleep(self.seconds)
        if self.kind == "lost":
            raise ConnectionError(self.kind)


NONE = Fault("none")


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def order(self, wish: dict[str, Any]) -> None:
        """Raises ValueError for one that makes no sense."""
        checks: dict[str, Callable[[Any], bool]] = {
            "kind": lambda value: value in KINDS,
            "times": lambda value: type(value) is int and value > 0,
            "calls": lambda value: isinstance(value, str),
            "seconds": lambda value: type(value) in (int, float) and 0 <= value <= 600,
        }
        for name, value in wish.items():
            if name not in checks or not checks[name](value):
                raise ValueError(f"{name}={value!r} makes no sense; kinds: {', '.join(KINDS)}")
        if "kind" not in wish:
            raise ValueError(f"kind is missing: one of {', '.join(KINDS)}")
        with self._lock:
            self._waiting.append(Fault(**wish))

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, call: str) -> Fault:
        """The one that meets this call."""
        with self._lock:
            for fault in self._waiting:
                if call.startswith(fault.calls):
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return NONE
