"""30 requests a minute and key; every endpoint counts.

The documentation leaves open whether the minute slides or begins anew with each minute of the
clock, and whether a refused request counts as well; either is an option.
"""

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_SECONDS = 60.0
SLIDING, FIXED = "sliding", "fixed"
WINDOWS = (SLIDING, FIXED)

_EPOCH = time.time() - time.monotonic()


def steady_time() -> float:
    """Epoch seconds that never jump."""
    return _EPOCH + time.monotonic()


@dataclass(frozen=True)
class Admission:
    """When a request was looked at, and the whole seconds until one would pass if it may not."""

    at: float
    wait_seconds: int | None


class RateLimit:
    def __init__(
        self,
        limit: int,
        *,
        window: str = SLIDING,
        counts_refused: bool = False,
        seconds: float = WINDOW_SECONDS,
        clock: Callable[[], float] = steady_time,
    ) -> None:
        self._limit = limit
        self._window = window
        self._counts_refused = counts_refused
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._counted: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, key: str) -> Admission:
        with self._lock:
            now = self._clock()
            counted = self._counted[key]
            while counted and self._is_over(counted[0], now):
                counted.popleft()
            is_admitted = len(counted) < self._limit
            if is_admitted or self._counts_refused:
                counted.append(now)
            return Admission(now, None if is_admitted else self._wait_seconds(counted, now))

    def _is_over(self, moment: float, now: float) -> bool:
        if self._window == FIXED:
            return moment // self._seconds < now // self._seconds
        return moment <= now - self._seconds

    def _wait_seconds(self, counted: deque[float], now: float) -> int:
        if self._window == FIXED:
            ends_at = (now // self._seconds + 1) * self._seconds
        elif self._limit:
            # Room comes when the last but `limit` of them has left the window.
            ends_at = counted[-self._limit] + self._seconds
        else:
            ends_at = now + self._seconds
        return max(1, math.ceil(ends_at - now))
