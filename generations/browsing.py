"""What everybody may find of a portal: public videos with an open link, page by page.

A page begins behind the video at which the one before it ended (keyset), so that it costs the same
wherever it lies, and nothing is shown twice because something new came. The position in an address
is that video's share code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet
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

    @property
    def poster_url(self) -> str:
        return reverse("share-poster", args=[self.code])


@dataclass(frozen=True)
class Page:
    """`newer` and `older` are the positions of the neighbouring pages; "" where there is none."""

    cards: tuple[Card, ...]
    newer: str = ""
    older: str = ""


def newest(tenant: Tenant, *, most: int) -> tuple[Card, ...]:
    return _cards(_with_codes(_rows(tenant, Q())[:most]))


def read_page(
    tenant: Tenant,
    *,
    which: Q,
    order: Order = Order.NEWEST,
    after: str = "",
    before: str = "",
) -> Page:
    """A position that is unknown here begins at the first page."""
    position = _find(tenant, after or before, order)
    rows = _with_codes(_read(tenant, which, order, position, is_back=not after))
    has_more, shown = len(rows) > PER_PAGE, rows[:PER_PAGE]
    if position is None:
        return _page(shown, has_newer=False, has_older=has_more)
    if after and shown:
        return _page(shown, has_newer=True, has_older=has_more)
    if before and has_more:
        return _page(shown[::-1], has_newer=True, has_older=True)
    return read_page(tenant, which=which, order=order)  # whole, although fewer are before it


def of_team(kit: Kit) -> Q:
    return Q(team_left=kit.team) | Q(team_right=kit.team)


def of_match(left: Kit, right: Kit) -> Q:
    """From both ends of the stand."""
    return Q(team_left=left.team, team_right=right.team) | Q(
        team_left=right.team, team_right=left.team
    )


_FIELDS = {Order.NEWEST: ("finished_at", "id"), Order.PLAYED: ("plays", "finished_at", "id")}
_Row = dict[str, Any]


def _page(rows: list[_Row], *, has_newer: bool, has_older: bool) -> Page:
    return Page(
        _cards(rows),
        newer=_position(rows[0]) if rows and has_newer else "",
        older=_position(rows[-1]) if rows and has_older else "",
    )


def _position(row: _Row) -> str:
    """The code of any link: a closed one is none to be followed, but a position all the same. One
    with a password or a limit is for whom it was sent to."""
    if row["code"]:
        return str(row["code"])
    links = ShareLink.objects.filter(generation=row["id"], password="", max_views=None)
    codes = links.values_list("code", flat=True)
    return codes.first() or ""


def _find(tenant: Tenant, code: str, order: Order) -> tuple[Any, ...] | None:
    """Also of a link that was revoked, or a video that was hidden, since the page was shown."""
    if not code.isalnum():  # PostgreSQL takes no NUL, even to find nothing
        return None
    fields = [f"generation__{name}" for name in _FIELDS[order]]
    links = ShareLink.objects.filter(code=code, generation__tenant=tenant)
    return links.exclude(generation__finished_at=None).values_list(*fields).first()


def _read(
    tenant: Tenant, which: Q, order: Order, position: tuple[Any, ...] | None, *, is_back: bool
) -> QuerySet[Generation, _Row]:
    """One more than a page has room for, so that it is known whether there are more."""
    fields = _FIELDS[order]
    is_back = is_back and position is not None
    rows = _rows(tenant, which)
    if position is not None:
        rows = rows.filter(_beyond(fields, position, "gt" if is_back else "lt"))
    rows = rows.order_by(*((name if is_back else f"-{name}") for name in fields))
    return rows[: PER_PAGE + 1]


def _beyond(fields: Sequence[str], position: Sequence[Any], side: str) -> Q:
    """Behind the position in the order of the fields. The first clause is for the index."""
    found, same = Q(), Q()
    for name, value in zip(fields, position, strict=True):
        found |= same & Q(**{f"{name}__{side}": value})
        same &= Q(**{name: value})
    return Q(**{f"{fields[0]}__{side}e": position[0]}) & found


def _rows(tenant: Tenant, which: Q) -> QuerySet[Generation, _Row]:
    rows: QuerySet[Generation, _Row] = (
        Generation.objects.in_gallery(tenant)
        .filter(which)
        .values(
            *("id", "finished_at", "plays", "team_left", "team_right", "duration_seconds"),
            *("caption", "poster", "user__display_name"),
        )
    )
    return rows


def _with_codes(rows: QuerySet[Generation, _Row]) -> list[_Row]:
    """Each with the code of its oldest open link; "" where it has none, so that it is not shown.

    As a second query: as a condition of the first it would be asked of all rows before the first
    of them are chosen. Hardly any public video is without an open link (sharing.py).
    """
    found = list(rows)
    links = ShareLink.objects.open_to_all().filter(generation__in=[row["id"] for row in found])
    codes = dict(links.order_by("-pk").values_list("generation_id", "code"))
    return [{**row, "code": codes.get(row["id"], "")} for row in found]


def _cards(rows: list[_Row]) -> tuple[Card, ...]:
    return tuple(
        Card(
            code=row["code"],
            team_left=row["team_left"],
            team_right=row["team_right"],
            duration_seconds=row["duration_seconds"],
            caption=row["caption"],
            fan=row["user__display_name"] or gettext("A fan"),
            finished_at=row["finished_at"],
            has_poster=bool(row["poster"]),
        )
        for row in rows
        if row["code"]
    )
