"""What everybody may find of a portal: public videos with an open link, page by page.

A page begins behind the video at which the one before it ended (keyset), so that it costs the same
wherever it lies, and nothing is shown twice because something new came. The position in an address
is that video's share code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Tenant
from generations.kits import KITS, Kit
from generations.models import Generation, ShareLink
from generations.statements import Statement, given

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


@dataclass(frozen=True)
class Which:
    """Which of a portal's videos. The SQL of those with a name is made once: their condition has
    `given` places, which `values` fill."""

    condition: Q = field(compare=False)
    name: str = ""
    values: tuple[tuple[str, str], ...] = ()


EVERYTHING = Which(Q(), "everything")


def of_team(kit: Kit) -> Which:
    return Which(_OF_TEAM, "team", (("team", kit.team),))


def of_match(left: Kit, right: Kit) -> Which:
    """From both ends of the stand."""
    return Which(_OF_MATCH, "match", (("left", left.team), ("right", right.team)))


def newest(tenant: Tenant, *, most: int) -> tuple[Card, ...]:
    return _cards(_read(tenant, EVERYTHING, Order.NEWEST, most=most))


def read_page(
    tenant: Tenant,
    *,
    which: Which,
    order: Order = Order.NEWEST,
    after: str = "",
    before: str = "",
) -> Page:
    """A position that is unknown here begins at the first page."""
    position = _find(tenant, after or before, order)
    side = "" if position is None else "lt" if after else "gt"
    # One more than a page has room for, so that it is known whether there are more.
    rows = _read(tenant, which, order, side, position or (), most=PER_PAGE + 1)
    has_more, shown = len(rows) > PER_PAGE, rows[:PER_PAGE]
    if position is None:
        return _page(shown, has_newer=False, has_older=has_more)
    if after and shown:
        return _page(shown, has_newer=True, has_older=has_more)
    if before and has_more:
        return _page(shown[::-1], has_newer=True, has_older=True)
    return read_page(tenant, which=which, order=order)  # whole, although fewer are before it


_TEAM, _LEFT, _RIGHT = (given(Generation, "team_left", name) for name in ("team", "left", "right"))
_OF_TEAM = Q(team_left=_TEAM) | Q(team_right=_TEAM)
_OF_MATCH = Q(team_left=_LEFT, team_right=_RIGHT) | Q(team_left=_RIGHT, team_right=_LEFT)
_STATEMENTS: dict[tuple[str, Order, str, int], Statement] = {}
_FIELDS = {Order.NEWEST: ("finished_at", "id"), Order.PLAYED: ("plays", "finished_at", "id")}


class _Row(NamedTuple):
    """What is read of a video; `code` is that of its oldest open link, and None without one."""

    id: UUID
    finished_at: datetime
    plays: int
    team_left: str
    team_right: str
    duration_seconds: int
    caption: str
    poster: str
    user__display_name: str
    code: str | None


def _page(rows: list[_Row], *, has_newer: bool, has_older: bool) -> Page:
    return Page(
        _cards(rows),
        newer=_position(rows[0]) if rows and has_newer else "",
        older=_position(rows[-1]) if rows and has_older else "",
    )


def _position(row: _Row) -> str:
    """The code of any link: a closed one is none to be followed, but a position all the same. One
    with a password or a limit is for whom it was sent to."""
    if row.code:
        return row.code
    links = ShareLink.objects.filter(generation=row.id, password="", max_views=None)
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
    tenant: Tenant,
    which: Which,
    order: Order,
    side: str = "",
    position: Sequence[Any] = (),
    *,
    most: int,
) -> list[_Row]:
    """Those on one side of the position ("lt" or "gt"), the nearest first."""
    at = dict(zip(_FIELDS[order], position, strict=True)) if side else {}
    values = {**dict(which.values), **at, "tenant": tenant.pk, "now": timezone.now()}
    rows = _statement(which, order, side, most).read(**values)
    return [_Row(*row) for row in rows]


def _statement(which: Which, order: Order, side: str, most: int) -> Statement:
    statement = Statement(lambda: _rows(which.condition, order, side)[:most])
    if not which.name:
        return statement
    return _STATEMENTS.setdefault((which.name, order, side, most), statement)


def _rows(condition: Q, order: Order, side: str) -> QuerySet[Generation, Any]:
    """The code is looked up for the rows that are chosen. As a condition it would be asked of all
    rows before the first of them are; hardly any public video is without one (sharing.py)."""
    fields = _FIELDS[order]
    links = ShareLink.objects.open_to_all(now=given(ShareLink, "expires_at", "now"))
    codes = links.filter(generation=OuterRef("pk")).order_by("pk").values("code")
    rows = Generation.objects.in_gallery(given(Generation, "tenant")).filter(condition)
    if side:
        rows = rows.filter(_beyond(fields, [given(Generation, name) for name in fields], side))
    rows = rows.order_by(*((name if side == "gt" else f"-{name}") for name in fields))
    return rows.annotate(code=Subquery(codes[:1])).values_list(*_Row._fields)


def _beyond(fields: Sequence[str], position: Sequence[Any], side: str) -> Q:
    """Behind the position in the order of the fields. The first clause is for the index."""
    found, same = Q(), Q()
    for name, value in zip(fields, position, strict=True):
        found |= same & Q(**{f"{name}__{side}": value})
        same &= Q(**{name: value})
    return Q(**{f"{fields[0]}__{side}e": position[0]}) & found


def _cards(rows: list[_Row]) -> tuple[Card, ...]:
    return tuple(
        Card(
            code=row.code,
            team_left=row.team_left,
            team_right=row.team_right,
            duration_seconds=row.duration_seconds,
            caption=row.caption,
            fan=row.user__display_name or gettext("A fan"),
            finished_at=row.finished_at,
            has_poster=bool(row.poster),
        )
        for row in rows
        if row.code
    )
