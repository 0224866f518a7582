"""What everybody may find of a portal: public videos with an open link, page by page.

A page begins behind the video at which the one before it ended (keyset), so that it costs the same
wherever it lies, and nothing is shown twice because something new came. The position in an address
is that video's share code.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import Tenant
from generations.kits import KITS, Kit
from generations.models import Generation, ShareLink

PER_PAGE = 24


class Order(StrEnum):
    NEWEST = "newest"
    PLAYED = "played"


@dataclass(frozen=True)
class Card:
    """A public video as lists show it."""

    code: str
    team_left: str
    team_right: str
    duration_seconds: int
    caption: str
    fan: str
    finished_at: datetime
    has_poster: bool

    @property
    def left_kit(self) -> Kit | None:
        return KITS.get(self.team_left)

    @property
    def right_kit(self) -> Kit | None:
        return KITS.get(self.team_right)

    def get_absolute_url(self) -> str:
        return reverse("share", args=[self.code])


@dataclass(frozen=True)
class Page:
    """`newer` and `older` are the positions of the neighbouring pages; "" where there is none."""

    cards: tuple[Card, ...]
    newer: str = ""
    older: str = ""


def newest(tenant: Tenant, *, most: int) -> tuple[Card, ...]:
    return tuple(_card(row) for row in _rows(tenant, Q())[:most])


def read_page(
    tenant: Tenant,
    *,
    ends: Sequence[Q] = (Q(),),
    order: Order = Order.NEWEST,
    after: str = "",
    before: str = "",
) -> Page:
    """`ends` are conditions that exclude one another; each is read along an index of its own.

    A position that is unknown here begins at the first page.
    """
    position = _find(tenant, after or before, order)
    if position is None:
        return _first_page(tenant, ends, order)
    is_back = not after
    rows = _merge(tenant, ends, order, position, is_back=is_back)
    shown, has_more = rows[:PER_PAGE], len(rows) > PER_PAGE
    if not is_back and shown:
        return _page(shown, has_newer=True, has_older=has_more)
    if is_back and has_more:
        return _page(shown[::-1], has_newer=True, has_older=True)
    return _first_page(tenant, ends, order)  # whole, although fewer are before the position


def of_team(kit: Kit) -> tuple[Q, ...]:
    return Q(team_left=kit.team), Q(team_right=kit.team)


def of_match(left: Kit, right: Kit) -> tuple[Q, ...]:
    """From both ends of the stand."""
    return (
        Q(team_left=left.team, team_right=right.team),
        Q(team_left=right.team, team_right=left.team),
    )


_FIELDS = {Order.NEWEST: ("finished_at", "id"), Order.PLAYED: ("plays", "finished_at", "id")}
_Row = dict[str, Any]


def _first_page(tenant: Tenant, ends: Sequence[Q], order: Order) -> Page:
    rows = _merge(tenant, ends, order, None, is_back=False)
    return _page(rows[:PER_PAGE], has_newer=False, has_older=len(rows) > PER_PAGE)


def _page(rows: list[_Row], *, has_newer: bool, has_older: bool) -> Page:
    return Page(
        tuple(_card(row) for row in rows),
        newer=rows[0]["code"] if rows and has_newer else "",
        older=rows[-1]["code"] if rows and has_older else "",
    )


def _find(tenant: Tenant, code: str, order: Order) -> tuple[Any, ...] | None:
    """Also of a link that was revoked, or a video that was hidden, since the page was shown."""
    fields = [f"generation__{name}" for name in _FIELDS[order]]
    links = ShareLink.objects.filter(code=code, generation__tenant=tenant)
    row = links.exclude(generation__finished_at=None).values_list(*fields).first() if code else None
    return tuple(row) if row else None


def _merge(
    tenant: Tenant,
    ends: Sequence[Q],
    order: Order,
    position: tuple[Any, ...] | None,
    *,
    is_back: bool,
) -> list[_Row]:
    """One more than a page has room for, so that it is known whether there are more."""
    fields = _FIELDS[order]

    def read(end: Q) -> Iterator[_Row]:
        rows = _rows(tenant, end)
        if position is not None:
            rows = rows.filter(_beyond(fields, position, "gt" if is_back else "lt"))
        rows = rows.order_by(*((name if is_back else f"-{name}") for name in fields))
        return iter(rows[: PER_PAGE + 1])

    merged = heapq.merge(
        *map(read, ends), key=lambda row: tuple(row[name] for name in fields), reverse=not is_back
    )
    return list(islice(merged, PER_PAGE + 1))


def _beyond(fields: Sequence[str], position: Sequence[Any], side: str) -> Q:
    """Behind the position in the order of the fields. The first clause is for the index."""
    found, same = Q(), Q()
    for name, value in zip(fields, position, strict=True):
        found |= same & Q(**{f"{name}__{side}": value})
        same &= Q(**{name: value})
    return Q(**{f"{fields[0]}__{side}e": position[0]}) & found


def _rows(tenant: Tenant, end: Q) -> QuerySet[Generation, _Row]:
    links = ShareLink.objects.live().filter(generation=OuterRef("pk")).order_by("pk")
    return (
        Generation.objects.in_gallery(tenant)
        .filter(end)
        .annotate(code=Subquery(links.values("code")[:1]))
        .exclude(code=None)
        .values(
            *("id", "code", "finished_at", "plays", "team_left", "team_right"),
            *("duration_seconds", "caption", "poster", "user__display_name"),
        )
    )


def _card(row: _Row) -> Card:
    return Card(
        code=row["code"],
        team_left=row["team_left"],
        team_right=row["team_right"],
        duration_seconds=row["duration_seconds"],
        caption=row["caption"],
        fan=row["user__display_name"] or gettext("A fan"),
        finished_at=row["finished_at"],
        has_poster=bool(row["poster"]),
    )
