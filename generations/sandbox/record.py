"""What arrived: the log by which tests audit how a client used the sandbox."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from generations.sandbox.rate_limit import WINDOW_SECONDS, steady_time

MAX_ARRIVALS = 50_000


@dataclass
class Arrival:
    """`at` is when the rate limiter looked; `is_admitted` and `http_status` are None until then.

    `http_status` stays None where the connection was dropped.
    """

    key: str
    at: float
    endpoint: str = ""
    is_admitted: bool | None = None
    scenario: str = ""
    http_status: int | None = None


class Record:
    """Of this run only, and of the last 50,000 requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrivals: deque[Arrival] = deque(maxlen=MAX_ARRIVALS)

    def begin(self, key: str) -> Arrival:
        arrival = Arrival(key[:100], steady_time())
        with self._lock:
            self._arrivals.append(arrival)
        return arrival

    def as_json(self) -> dict[str, Any]:
        """`counted` are the admitted requests, `sent` all that came with the key."""
        with self._lock:
            arrivals = sorted(self._arrivals, key=lambda arrival: arrival.at)
        times: defaultdict[str, dict[str, list[float]]] = defaultdict(
            lambda: {"counted": [], "sent": []}
        )
        for arrival in arrivals:
            times[arrival.key]["sent"].append(arrival.at)
            if arrival.is_admitted:
                times[arrival.key]["counted"].append(arrival.at)
        return {
            "arrivals": [asdict(arrival) for arrival in arrivals],
            "busiest_minute": {
                key: {name: most_in_a_minute(moments) for name, moments in kinds.items()}
                for key, kinds in times.items()
            },
        }


def most_in_a_minute(moments: Iterable[float], seconds: float = WINDOW_SECONDS) -> int:
    """The largest number of the (sorted) moments within any minute, which a test may shorten."""
    window: deque[float] = deque()
    most = 0
    for moment in moments:
        window.append(moment)
        while window[0] <= moment - seconds:
            window.popleft()
        most = max(most, len(window))
    return most
