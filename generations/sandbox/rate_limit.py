"""30 requests a minute and key, in any sliding minute. Every endpoint counts, refusals don't."""

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0


class RateLimit:
    def __init__(self, limit: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._admitted: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, key: str) -> int | None:
        """None where the request may pass, else the whole seconds until one would."""
        with self._lock:
            now = self._clock()
            admitted = self._admitted[key]
            while admitted and admitted[0] <= now - WINDOW_SECONDS:
                admitted.popleft()
            if len(admitted) < self._limit:
                admitted.append(now)
                return None
            return max(1, math.ceil(admitted[0] + WINDOW_SECONDS - now))
