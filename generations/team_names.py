"""Other names by which fans look for a team. Data for the search of the team picker."""

import unicodedata
from collections.abc import Iterable
from typing import Protocol

from django.utils.translation import gettext

_ALIASES: dict[str, tuple[str, ...]] = {
    "Algeria": ("Algérie", "Al-Jazair"),
    "Australia": ("Aussie",),
    "Austria": ("Österreich",),
    "Belgium": ("Belgique", "België"),
    "Brazil": ("Brasil",),
    "Cameroon": ("Cameroun",),
    "Croatia": ("Hrvatska",),
    "Denmark": ("Danmark",),
    "Egypt": ("Misr",),
    "Germany": ("Deutschland",),
    "Iran": ("IR Iran", "Persia"),
    "Italy": ("Italia",),
    "Ivory Coast": ("Côte d'Ivoire",),
    "Japan": ("Nippon", "Nihon"),
    "Mexico": ("México",),
    "Morocco": ("Maroc", "Al-Maghrib"),
    "Netherlands": ("Holland", "Nederland"),
    "New Zealand": ("Aotearoa",),
    "Panama": ("Panamá",),
    "Poland": ("Polska",),
    "Saudi Arabia": ("KSA", "Saudi"),
    "Senegal": ("Sénégal",),
    "South Korea": ("Korea Republic", "Hanguk"),
    "Spain": ("España",),
    "Sweden": ("Sverige",),
    "Switzerland": ("Schweiz", "Suisse", "Svizzera"),
    "Tunisia": ("Tunisie",),
    "Turkey": ("Türkiye",),
    "UAE": ("United Arab Emirates", "Emirates"),
    "Ukraine": ("Ukraina",),
    "United States": ("USA", "US", "America", "United States of America"),
    "Uzbekistan": ("O'zbekiston",),
}


def shown_name(team: str) -> str:
    """The team's name in the reader's language."""
    return gettext(team) if team else ""


class Titled(Protocol):
    @property
    def team_left(self) -> str: ...
    @property
    def team_right(self) -> str: ...
    @property
    def duration_seconds(self) -> int: ...


def title_of(video: Titled) -> str:
    """A video's title in the reader's language, as plain text."""
    if not video.team_left:
        return gettext("Avatar video, %(seconds)s s") % {"seconds": video.duration_seconds}
    return f"{shown_name(video.team_left)} {gettext('v')} {shown_name(video.team_right)}"


def search_words(team: str) -> str:
    """All names and the code, separated by bars."""
    return "|".join((shown_name(team), team, *_ALIASES.get(team, ())))


def in_order(teams: Iterable[str]) -> list[str]:
    """Of the reader's language, accents aside: "Égypte" stands with E."""
    return sorted(teams, key=lambda team: _plain(shown_name(team)))


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
