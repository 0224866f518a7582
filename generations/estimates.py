"""When a video will be there: how many go before it, and how long the last ones took.

Everything here is an estimate for people to read; nothing is decided by it. What all ask for is
kept for some seconds in each process's cache.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar, cast

from django.conf import settings
from django.core.cache import cache
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from generations import line
from generations.fairness import Standing, count_ahead
from generations.models import Generation, SubmitAttempt
from generations.states import Phase, Status

# What LUMIQ's documentation promises, until the portal has seen enough of its own.
DOCUMENTED_SECONDS = {
    Generation.Product.FOOTBALL: (180, 300),
    Generation.Product.AVATAR: (180, 480),
}
FEWEST_SAMPLES = 5
MOST_SAMPLES = 50
SAMPLES_OF = timedelta(days=1)
# A submission and a download.
REQUESTS_A_VIDEO = 2
DEPARTURES = 100
DEPARTURES_OF = timedelta(hours=1)
# Past its end by more than this, or with nothing leaving the line for so long, a video is late.
GRACE_SECONDS = 30
STANDSTILL_SECONDS = 180

_Found = TypeVar("_Found")

_STANDINGS_SECONDS, _LONG_STANDINGS_SECONDS = 1, 15
_LONG_LINE = 1_000
_PACE_SECONDS = 15
_MAKING_SECONDS = 60


@dataclass(frozen=True)
class Estimate:
    """From now, `low_seconds` to `high_seconds`; `position` is 1 for the next, None once sent.

    With `is_late` it takes longer than all that is known says, and the seconds mean little.
    """

    position: int | None
    low_seconds: int
    high_seconds: int
    is_late: bool = False


@dataclass(frozen=True)
class Departure:
    """A video that left the line for good."""

    joined_at: datetime
    left_at: datetime


def expect(generation: Generation) -> Estimate:
    """For a video that is queued or being made."""
    making = making_seconds(generation)
    now = timezone.now()
    if generation.status == Status.QUEUED and not generation.is_test:
        departures = _keep("departures", _fetch_departures, _PACE_SECONDS)
        still_since = max([generation.status_at, *(row.left_at for row in departures[:1])])
        return expect_in_line(
            find_position(generation),
            making,
            pace_seconds=pace_of(departures) or budget_pace(),
            still_seconds=(now - still_since).total_seconds(),
        )
    sent_at = generation.attempts.order_by("-number").values_list("started_at", flat=True).first()
    return expect_being_made(making, (now - (sent_at or generation.status_at)).total_seconds())


def expect_new(user: User, product: Generation.Product, duration_seconds: int) -> Estimate:
    """For a video that the user might order now."""
    assert user.tenant is not None, "the platform's staff order nothing"
    now = timezone.now()
    return expect(
        Generation(
            tenant=user.tenant,
            user=user,
            product=product,
            duration_seconds=duration_seconds,
            round=line.next_round(user.tenant.pk, user.pk),
            created_at=now,
            status_at=now,
        )
    )


def making_seconds(generation: Generation) -> tuple[int, int]:
    """From leaving the line to ready: what is usual, and what nine of ten need at most."""
    return usual_seconds(Generation.Product(generation.product), generation.duration_seconds)


def usual_seconds(product: Generation.Product, duration_seconds: int) -> tuple[int, int]:
    """As `making_seconds`, for any video of this kind."""
    key = f"making:{product}:{duration_seconds}"
    samples = _keep(key, lambda: _fetch_samples(product, duration_seconds), _MAKING_SECONDS)
    return range_of(samples) or DOCUMENTED_SECONDS[product]


def find_position(generation: Generation) -> int:
    """In the order in which the videos of all portals will be chosen, as it looks now."""
    place = line.place_within_portal(generation)
    standings, present = _standings()
    by_tenant = {standing.tenant_id: standing for standing in standings}
    mine = by_tenant.pop(generation.tenant_id, None)
    if mine is None:  # the portal's first order, since the standings were read
        return place + sum(1 for standing in by_tenant.values() if standing.waiting)
    return place + count_ahead(mine, place, by_tenant.values(), present=present)


def expect_in_line(
    position: int, making: tuple[int, int], *, pace_seconds: float, still_seconds: float
) -> Estimate:
    """`still_seconds`: for how long nothing has left the line while this video was in it."""
    low, high = making
    return Estimate(
        position,
        low_seconds=round((position - 1) * pace_seconds + low),
        high_seconds=math.ceil(position * pace_seconds + high),
        is_late=still_seconds > max(STANDSTILL_SECONDS, 5 * pace_seconds),
    )


def expect_being_made(making: tuple[int, int], elapsed_seconds: float) -> Estimate:
    low, high = making
    return Estimate(
        None,
        low_seconds=max(0, round(low - elapsed_seconds)),
        high_seconds=max(0, math.ceil(high - elapsed_seconds)),
        is_late=elapsed_seconds > high + GRACE_SECONDS,
    )


def pace_of(departures: Sequence[Departure]) -> float | None:
    """Seconds from one video leaving the line to the next; newest first.

    Only where the later one was waiting when the earlier one left: other gaps tell how often people
    order. None where there are too few.
    """
    gaps = [
        (later.left_at - earlier.left_at).total_seconds()
        for later, earlier in pairwise(departures)
        if later.joined_at <= earlier.left_at
    ]
    return statistics.fmean(gaps) if len(gaps) >= FEWEST_SAMPLES else None


def budget_pace() -> float:
    return 60 * REQUESTS_A_VIDEO / settings.LUMIQ_REQUESTS_PER_MINUTE


def range_of(samples: Sequence[float]) -> tuple[int, int] | None:
    """Median and 90th percentile. None where there are too few."""
    if len(samples) < FEWEST_SAMPLES:
        return None
    ninth_of_ten = statistics.quantiles(samples, n=10, method="inclusive")[-1]
    return round(statistics.median(samples)), math.ceil(ninth_of_ten)


def in_lumiqs_words(estimate: Estimate) -> str:
    """As LUMIQ's API says it: "3-5 minutes"."""
    low = round(estimate.low_seconds / 60)
    high = round(estimate.high_seconds / 60)
    return f"{low}-{max(high, low + 1)} minutes"


def _fetch_samples(product: Generation.Product, duration_seconds: int) -> list[float]:
    accepted = SubmitAttempt.objects.filter(generation=OuterRef("pk"), phase=Phase.ACCEPTED)
    delivered = Generation.objects.filter(
        status=Status.READY,
        is_test=False,
        product=product,
        duration_seconds=duration_seconds,
        finished_at__gt=timezone.now() - SAMPLES_OF,
    )
    sent_at = Subquery(accepted.order_by("-number").values("started_at")[:1])
    times = delivered.order_by("-finished_at").values_list(sent_at, "finished_at")
    return [
        (finished_at - sent_at).total_seconds()
        for sent_at, finished_at in times[:MOST_SAMPLES]
        if sent_at and finished_at
    ]


def _fetch_departures() -> list[Departure]:
    newest = (
        SubmitAttempt.objects.filter(generation__is_test=False)
        .order_by("-pk")
        .values_list("phase", F("generation__created_at"), "started_at")
    )
    oldest = timezone.now() - DEPARTURES_OF
    return [
        Departure(joined_at, left_at)
        for phase, joined_at, left_at in newest[:DEPARTURES]
        if phase == Phase.ACCEPTED and left_at > oldest
    ]


def _standings() -> tuple[list[Standing], int]:
    """A short line is counted quickly and must be right; of a long one nobody sees the units."""
    kept: tuple[list[Standing], int] | None = cache.get("estimates:standings")
    if kept is None:
        kept = line.standings()
        is_long = sum(standing.waiting for standing in kept[0]) > _LONG_LINE
        seconds = _LONG_STANDINGS_SECONDS if is_long else _STANDINGS_SECONDS
        cache.set("estimates:standings", kept, seconds)
    return kept


def _keep(key: str, fetch: Callable[[], _Found], seconds: int) -> _Found:
    return cast(_Found, cache.get_or_set(f"estimates:{key}", fetch, seconds))
