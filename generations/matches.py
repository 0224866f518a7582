"""The fans of a match, and of which side: counted from the public videos of one portal.

Whatever is counted here can be counted in the gallery as well, so that no number tells of a video
that its fan keeps private. A fan counts once for a side, however many videos they made.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Tenant
from generations.browsing import Card, Which, of_match, of_team
from generations.kits import KITS, Kit
from generations.models import Generation
from generations.statements import Statement, given

FEWEST_FOR_PERCENT = 20
_LEAST_DRAWN = 25
_SEPARATOR = "-v-"
_ALL = Which(~Q(team_left=""), "all")
_STATEMENTS: dict[str, Statement] = {}


@dataclass(frozen=True)
class Match:
    """Two teams in the order of the alphabet, whichever of them a fan stands with."""

    left: Kit
    right: Kit
    left_fans: int = 0
    right_fans: int = 0

    @property
    def slug(self) -> str:
        return f"{self.left.slug}{_SEPARATOR}{self.right.slug}"

    @property
    def fans(self) -> int:
        return self.left_fans + self.right_fans

    @property
    def is_in_percent(self) -> bool:
        """Of a few fans each would weigh too much."""
        return self.fans >= FEWEST_FOR_PERCENT

    @property
    def left_percent(self) -> int:
        """A side with a fan is never 0 %, nor the other one 100 %."""
        if not self.left_fans or not self.right_fans:
            return 100 if self.left_fans else 0 if self.right_fans else 50
        return min(max(round(100 * self.left_fans / self.fans), 1), 99)

    @property
    def right_percent(self) -> int:
        return 100 - self.left_percent

    @property
    def drawn_percent(self) -> int:
        """Where the seam lies: both sides stay to be seen, whatever the numbers say."""
        return min(max(self.left_percent, _LEAST_DRAWN), 100 - _LEAST_DRAWN)


def pair(one: Kit, other: Kit) -> Match:
    left, right = sorted((one, other), key=lambda kit: kit.slug)
    return Match(left, right)


def parse(slug: str, kits: dict[str, Kit]) -> tuple[Kit, Kit] | None:
    """The teams of "brazil-v-france", in either order; None where it names no match."""
    one, _, other = slug.partition(_SEPARATOR)
    if one not in kits or other not in kits or one == other:
        return None
    return kits[one], kits[other]


def count_fans(tenant: Tenant, match: Match, *, shown: Sequence[Card] = ()) -> Match:
    """`shown`: see `rank`."""
    found = _count_lately(tenant, of_match(match.left, match.right), shown)
    return next(iter(found), match)


def rank(tenant: Tenant, *, kit: Kit | None = None, shown: Sequence[Card] = ()) -> list[Match]:
    """The matches of one team, or of all, those with the most fans first.

    Beside `shown`, videos of the same matches, they are counted once a minute, and anew when other
    videos are shown: what is hidden of a page is not counted on it.
    """
    return list(_count_lately(tenant, of_team(kit) if kit else _ALL, shown))


def count_by_team(found: Iterable[Match]) -> dict[str, int]:
    """How many fans stand with each team."""
    fans: dict[str, int] = defaultdict(int)
    for match in found:
        fans[match.left.team] += match.left_fans
        fans[match.right.team] += match.right_fans
    return dict(fans)


def _count_lately(tenant: Tenant, which: Which, shown: Sequence[Card]) -> tuple[Match, ...]:
    if not shown:
        return _count(tenant, which)
    minute = int(time.monotonic() // 60)
    return _count_once(minute, tuple(card.code for card in shown), tenant, which)


@lru_cache(maxsize=500)
def _count_once(
    minute: int, codes: tuple[str, ...], tenant: Tenant, which: Which
) -> tuple[Match, ...]:
    return _count(tenant, which)


def _count(tenant: Tenant, which: Which) -> tuple[Match, ...]:
    statement = _STATEMENTS.setdefault(which.name, Statement(lambda: _rows(which.condition)))
    fans: dict[Match, dict[str, int]] = defaultdict(dict)
    for team, other, count in statement.read(tenant=tenant.pk, **dict(which.values)):
        if team in KITS and other in KITS:
            fans[pair(KITS[team], KITS[other])][team] = count
    found = [
        Match(match.left, match.right, of.get(match.left.team, 0), of.get(match.right.team, 0))
        for match, of in fans.items()
    ]
    return tuple(sorted(found, key=lambda match: (-match.fans, match.slug)))


def _rows(condition: Q) -> QuerySet[Generation, Any]:
    return (
        Generation.objects.in_gallery(given(Generation, "tenant"))
        .filter(condition)
        .order_by()
        .values_list("team_left", "team_right")
        .annotate(fans=Count("user", distinct=True))
    )
