"""What the teams are called in the reader's language, and by which other names fans look for them.

LUMIQ gets its own names, letter for letter: they are the keys here and everywhere in the code.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Protocol

from babel import Locale
from django.conf import settings
from django.utils.translation import get_language, gettext, gettext_noop, override, to_locale

from generations.kits import KITS

# The catalogues name these: CLDR has no name for a part of a country, or one that is long.
_BY_HAND = {
    "England": gettext_noop("England"),
    "Saudi Arabia": gettext_noop("Saudi Arabia"),
    "UAE": gettext_noop("UAE"),
}
_TERRITORIES = {
    "Algeria": "DZ", "Argentina": "AR", "Australia": "AU", "Austria": "AT", "Belgium": "BE",
    "Brazil": "BR", "Cameroon": "CM", "Canada": "CA", "Chile": "CL", "Colombia": "CO",
    "Costa Rica": "CR", "Croatia": "HR", "Denmark": "DK", "Ecuador": "EC", "Egypt": "EG",
    "France": "FR", "Germany": "DE", "Iran": "IR", "Iraq": "IQ", "Italy": "IT",
    "Ivory Coast": "CI", "Jamaica": "JM", "Japan": "JP", "Mali": "ML", "Mexico": "MX",
    "Morocco": "MA", "Netherlands": "NL", "New Zealand": "NZ", "Nigeria": "NG", "Panama": "PA",
    "Paraguay": "PY", "Poland": "PL", "Portugal": "PT", "Qatar": "QA", "Senegal": "SN",
    "South Korea": "KR", "Spain": "ES", "Sweden": "SE", "Switzerland": "CH", "Tunisia": "TN",
    "Turkey": "TR", "Ukraine": "UA", "United States": "US", "Uruguay": "UY", "Uzbekistan": "UZ",
}  # fmt: skip
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
    "Ivory Coast": ("Côte d'Ivoire", "كوت ديفوار"),
    "Japan": ("Nippon", "Nihon"),
    "Mexico": ("México",),
    "Morocco": ("Maroc", "Al-Maghrib"),
    "Netherlands": ("Holland", "Nederland", "هولندا"),
    "New Zealand": ("Aotearoa",),
    "Panama": ("Panamá",),
    "Poland": ("Polska",),
    "Saudi Arabia": ("KSA", "Saudi", "المملكة العربية السعودية"),
    "Senegal": ("Sénégal",),
    "South Korea": ("Korea Republic", "Hanguk", "كوريا"),
    "Spain": ("España",),
    "Sweden": ("Sverige",),
    "Switzerland": ("Schweiz", "Suisse", "Svizzera"),
    "Tunisia": ("Tunisie",),
    "Turkey": ("Türkiye",),
    "UAE": ("United Arab Emirates", "Emirates", "الإمارات العربية المتحدة"),
    "Ukraine": ("Ukraina",),
    "United States": ("USA", "US", "America", "United States of America", "أمريكا"),
    "Uzbekistan": ("O'zbekiston",),
}


def shown_name(team: str) -> str:
    """The team's name in the reader's language."""
    return _names_in(get_language() or settings.LANGUAGE_CODE).get(team, team)


def name_pairing(left: str, right: str) -> str:
    """ "Brazil v France", in the reader's language, as plain text."""
    return f"{shown_name(left)} {gettext('v')} {shown_name(right)}"


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
    return name_pairing(video.team_left, video.team_right)


def read_title(text: str) -> str:
    """A title that was recorded in English, in the reader's language; other text as it is."""
    left, _v, right = text.partition(" v ")
    return name_pairing(left, right) if left in KITS and right in KITS else text


def search_words(team: str) -> str:
    """All names, in every language of the site, separated by bars; the reader's own comes first."""
    names = (_names_in(code)[team] for code, _name in settings.LANGUAGES)
    return "|".join(dict.fromkeys((shown_name(team), team, *names, *_ALIASES.get(team, ()))))


def in_order(teams: Iterable[str]) -> list[str]:
    """Of the reader's alphabet, accents aside: "Égypte" stands with E, "ألمانيا" with "ا"."""
    bare = _bare_names_in(get_language() or settings.LANGUAGE_CODE)
    return sorted(teams, key=lambda team: bare[team])


@cache
def _bare_names_in(language: str) -> dict[str, str]:
    return {team: _bare(name) for team, name in _names_in(language).items()}


@cache
def _names_in(language: str) -> dict[str, str]:
    # In English by LUMIQ's names: CLDR's are Côte d’Ivoire and Türkiye, which also find them.
    if language.partition("-")[0] == "en":
        return {team: team for team in KITS}
    territories = Locale.parse(to_locale(language)).territories
    with override(language):
        by_hand = {team: gettext(name) for team, name in _BY_HAND.items()}
    return by_hand | {team: territories[code] for team, code in _TERRITORIES.items()}


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
