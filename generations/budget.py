"""How often we may ask LUMIQ: never more than its limit in any 60 seconds and key, as it counts.

LUMIQ counts a request at some moment between its first byte and its answer. So a place is taken
before the request and given back 60 seconds after the answer, whatever the way took. Places are
rows of the database, taken under the key's lock and by the database's clock: shared by all hosts,
and no restart of Redis loses them (docs/decisions/0009). Fails closed: no row, no request.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Count, Min
from django.db.models.functions import Now

from generations.errors import BudgetSpent
from generations.models import LumiqKey, LumiqRequest
from generations.pace import Pace

logger = logging.getLogger(__name__)

# How long a request may last whose worker died: the client's longest patience.
LONGEST_QUESTION = timedelta(seconds=130)
# Who was refused is waited for this much longer than it was told to wait: workers may be busy.
GRACE = timedelta(seconds=10)
RANK_WAIT_SECONDS = 1.0
REMEMBER = timedelta(days=1)


class Lane(StrEnum):
    """In the order of rank: what is free beyond the floors goes to the first that wants it."""

    SUBMIT = "submit"
    DOWNLOAD = "download"
    CONFIRM = "confirm"
    POLL = "poll"
    ACCOUNT = "account"


# The share of the limit that a lane gets whenever it wants it, so that none starves: every video
# that is sent has to be fetched as well. A floor that nobody wants is free for all.
_FLOORS = {
    Lane.SUBMIT: 0.3,
    Lane.DOWNLOAD: 0.5,
    Lane.CONFIRM: 0.07,
    Lane.POLL: 0.07,
    Lane.ACCOUNT: 0.03,
}
_ENDPOINTS = {
    Lane.SUBMIT: "submit",
    Lane.DOWNLOAD: "download",
    Lane.CONFIRM: "status",
    Lane.POLL: "status",
    Lane.ACCOUNT: "account",
}
_RANKS = {lane: rank for rank, lane in enumerate(Lane)}


def may_go(lane: Lane, *, limit: int, used: Mapping[Lane, int], wanted: Collection[Lane]) -> bool:
    """Whether `lane` may have a place, given what is used and which other lanes wait for one."""
    free = limit - sum(used.values())
    if free < 1:
        return False
    if used.get(lane, 0) < _floor(lane, limit):
        return True
    others = [other for other in wanted if other != lane]
    owed = sum(max(0, _floor(other, limit) - used.get(other, 0)) for other in others)
    return free > owed and not any(_RANKS[other] < _RANKS[lane] for other in others)


class Place:
    """One request's place in the budget of its key."""

    def __init__(self, pk: int) -> None:
        self._pk: int | None = pk

    def answered(self) -> None:
        """LUMIQ has answered, so it has counted the request by now."""
        self._finish(delete=False)

    def unused(self) -> None:
        """Nothing was asked."""
        self._finish(delete=True)

    def _finish(self, *, delete: bool) -> None:
        if self._pk is None:
            return
        row = LumiqRequest.objects.filter(pk=self._pk)
        self._pk = None
        try:
            if delete:
                row.delete()
            else:
                row.update(counts_until=Now() + _window())
        except DatabaseError:
            # The place stays taken for as long as the request could have lasted.
            logger.warning("a place in the budget could not be given back")


@contextmanager
def request(key: LumiqKey, lane: Lane) -> Iterator[Place]:
    """A place for the request that is made inside. Raises BudgetSpent; never waits."""
    place = take(key, lane)
    try:
        yield place
    finally:
        place.answered()


def take(key: LumiqKey, lane: Lane) -> Place:
    """As `request`, for those who call `answered` or `unused` themselves. Not inside a transaction:
    the place must be everybody's knowledge before the request begins."""
    with transaction.atomic(durable=True):
        locked = LumiqKey.objects.select_for_update(no_key=True).get(pk=key.pk)
        now = _now(key)
        use = _use(key, now)
        used = {lane: count for lane, (count, _) in use.items()}
        is_free = _ENDPOINTS[lane] in settings.LUMIQ_UNCOUNTED_ENDPOINTS
        limit = settings.LUMIQ_REQUESTS_PER_MINUTE
        wanted = [Lane(name) for name, until in locked.wanted.items() if until > now.timestamp()]
        is_resting = locked.rests_until is not None and locked.rests_until > now
        may = is_free or may_go(lane, limit=limit, used=used, wanted=wanted)
        if may and not is_resting:
            row = LumiqRequest.objects.create(
                key=key, lane=lane, began_at=now, counts_until=now + _longest(lane) + _window()
            )
            if lane in locked.wanted:  # it waits no more; if others in it do, they will say so
                _note_wanted(locked, lane, until=None)
            return Place(row.pk)
        wait_seconds = _wait_seconds(locked, use, now)
        _note_wanted(locked, lane, until=now + timedelta(seconds=wait_seconds) + GRACE)
    raise BudgetSpent(min(wait_seconds, _window().total_seconds()))


@dataclass(frozen=True)
class Outlook:
    """`next_seconds` until one more is free than now; None where all are."""

    free: int
    next_seconds: float | None

    @property
    def wait_seconds(self) -> float:
        """Until there is a place at all."""
        return 0.0 if self.free or self.next_seconds is None else self.next_seconds


def look(key: LumiqKey) -> Outlook:
    """What is free at this moment; no promise."""
    now = _now(key)
    if key.rests_until is not None and key.rests_until > now:
        return Outlook(0, (key.rests_until - now).total_seconds())
    use = _use(key, now)
    free = settings.LUMIQ_REQUESTS_PER_MINUTE - sum(count for count, _ in use.values())
    first = min((first for _, first in use.values()), default=None)
    next_seconds = None if first is None else max(0.0, (first - now).total_seconds())
    return Outlook(max(0, free), next_seconds)


def rest(key: LumiqKey, seconds: float) -> None:
    """LUMIQ said 429: nobody asks it with this key for so long."""
    LumiqKey.objects.filter(pk=key.pk).update(rests_until=Now() + timedelta(seconds=seconds))


def forget() -> int:
    """Drop the places that count no more; returns how many."""
    old, _ = LumiqRequest.objects.filter(counts_until__lt=Now() - REMEMBER).delete()
    return old


def _wait_seconds(key: LumiqKey, use: dict[Lane, tuple[int, datetime]], now: datetime) -> float:
    if key.rests_until is not None and key.rests_until > now:
        return (key.rests_until - now).total_seconds()
    if sum(count for count, _ in use.values()) < settings.LUMIQ_REQUESTS_PER_MINUTE:
        return RANK_WAIT_SECONDS  # a place is free, and kept for another lane
    return (min(first for _, first in use.values()) - now).total_seconds()


def _note_wanted(locked: LumiqKey, lane: Lane, *, until: datetime | None) -> None:
    wanted = {name: moment for name, moment in locked.wanted.items() if name != lane}
    if until is not None:
        wanted[lane.value] = until.timestamp()
    LumiqKey.objects.filter(pk=locked.pk).update(wanted=wanted)


def _window() -> timedelta:
    pace: Pace = settings.LUMIQ_PACE
    return pace.budget_window + pace.budget_margin


def _counted_lanes() -> list[Lane]:
    uncounted = settings.LUMIQ_UNCOUNTED_ENDPOINTS
    return [lane for lane, endpoint in _ENDPOINTS.items() if endpoint not in uncounted]


def _floor(lane: Lane, limit: int) -> int:
    return max(1, int(limit * _FLOORS[lane]))


def _longest(lane: Lane) -> timedelta:
    """How long after its beginning a request may still be counted."""
    if lane is Lane.SUBMIT:
        lease: timedelta = settings.LUMIQ_PACE.submit_lease
        return max(lease, LONGEST_QUESTION)
    return LONGEST_QUESTION


def _now(key: LumiqKey) -> datetime:
    """The database's clock; a statement of its own, as it stands still within one that waits."""
    now: datetime = LumiqKey.objects.filter(pk=key.pk).values_list(Now(), flat=True).get()
    return now


def _use(key: LumiqKey, now: datetime) -> dict[Lane, tuple[int, datetime]]:
    """Lane → how many places are taken, and when the first of them is free again."""
    rows = (
        LumiqRequest.objects.filter(key=key, counts_until__gt=now, lane__in=_counted_lanes())
        .order_by()
        .values_list("lane")
        .annotate(count=Count("pk"), first=Min("counts_until"))
    )
    return {Lane(lane): (count, first) for lane, count, first in rows}
