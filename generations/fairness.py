"""The arithmetic of the line: whose turn comes when. Pure; generations.line keeps the rows.

Portals take turns in virtual time: a turn takes SCALE divided by the portal's weight, and whoever's
position is smallest goes next. A portal that was away goes on at the present, so nothing adds up
for it meanwhile. Within a portal its users go round by round. docs/decisions/0008 says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass

# The length of a turn at weight 1: weights up to 16 divide it without a remainder.
SCALE = 720_720
MOST_WEIGHT = 100


@dataclass(frozen=True)
class Turn:
    """A turn that is taken: where it began, and where the portal's next one will."""

    began: int
    next_position: int


@dataclass(frozen=True)
class Standing:
    """A portal in the line, with the number of its videos that wait."""

    tenant_id: int
    position: int
    weight: int
    waiting: int


def take_turn(position: int, *, present: int, weight: int) -> Turn:
    """`present` is where the latest turn of all portals began."""
    began = max(position, present)
    return Turn(began, began + SCALE // weight)


def next_round(*, chosen_round: int, own_round: int) -> int:
    """The round of a user's new video: after the one that the portal is in, and after their own.

    `chosen_round` is the latest that a video of the portal was chosen in, `own_round` the latest
    that a video of the user waits for, 0 without one.
    """
    return max(chosen_round, own_round) + 1


def count_ahead(mine: Standing, place: int, others: Iterable[Standing], *, present: int) -> int:
    """How many videos of other portals go before the `place`th (from 1) of mine."""
    at = _position_of_turn(mine, place, present)
    return sum(_turns_before(other, (at, mine.tenant_id), present) for other in others)


def _position_of_turn(standing: Standing, place: int, present: int) -> int:
    if place == 1:
        return standing.position
    base = max(standing.position, present)
    return base + (place - 1) * (SCALE // standing.weight)


def _turns_before(other: Standing, mine: tuple[int, int], present: int) -> int:
    """Of equal positions the smaller tenant_id goes first, as generations.line chooses."""
    if (other.position, other.tenant_id) > mine:
        return 0
    at, tenant_id = mine
    distance = at - max(other.position, present)
    further, rest = divmod(distance, SCALE // other.weight)
    if rest == 0 and other.tenant_id > tenant_id:
        further -= 1
    return min(other.waiting, 1 + max(0, further))
