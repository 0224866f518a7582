"""The owner's list of videos: what it can be narrowed to, and the rows that were chosen in it."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from generations.kits import KITS
from generations.models import Generation
from generations.models.generation import GenerationQuerySet
from generations.states import SHOWN, Shown

PER_PAGE = 24
# Of one page there are fewer; against a list made by hand.
MOST_CHOSEN = 100


@dataclass(frozen=True)
class Filter:
    state: str = ""
    product: str = ""
    team: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.state or self.product or self.team)


def read_filter(query: Mapping[str, str]) -> Filter:
    """What is unknown narrows nothing."""
    state, product, team = (query.get(name, "") for name in ("state", "product", "team"))
    return Filter(
        state if state in Shown.values else "",
        product if product in Generation.Product.values else "",
        team if team in KITS else "",
    )


def find(user: User, wanted: Filter) -> GenerationQuerySet:
    rows = Generation.objects.for_user(user)
    if wanted.state:
        rows = rows.filter(status__in=[s for s, shown in SHOWN.items() if shown == wanted.state])
    if wanted.product:
        rows = rows.filter(product=wanted.product)
    if wanted.team:
        rows = rows.filter(Q(team_left=wanted.team) | Q(team_right=wanted.team))
    return rows


def teams_of(user: User) -> list[str]:
    pairs = Generation.objects.for_user(user).order_by().values_list("team_left", "team_right")
    return sorted({team for pair in pairs.distinct() for team in pair if team})


def find_chosen(user: User, ids: Iterable[str]) -> list[Generation]:
    """The user's own of them; anything else is passed over."""
    wanted = list(dict.fromkeys(filter(None, map(_read_id, ids))))[:MOST_CHOSEN]
    return list(Generation.objects.for_user(user).filter(pk__in=wanted))


def _read_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
