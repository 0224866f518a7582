"""What a fan's search words mean: teams by any of their names, and the rest for the captions.

Pure but for the reader's language, in which teams have names too.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from django.db.models import Q
from django.utils.translation import get_language, gettext

from generations import team_names
from generations.kits import KITS, Kit

LONGEST = 80
MOST_TERMS = 6
_BETWEEN_TEAMS = frozenset(("v", "vs", "versus"))
_SHORTEST_BEGINNING = 3
_SHORTEST_TYPO = 4
_LEAST_LIKENESS = 0.7


@dataclass(frozen=True)
class Term:
    """A word, or a team's name; `teams` are those that it may mean."""

    words: str
    teams: tuple[str, ...] = ()
    is_team: bool = False


@dataclass(frozen=True)
class Search:
    terms: tuple[Term, ...]

    @property
    def kits(self) -> tuple[Kit, ...]:
        """The teams that it is about and nothing else; none where other words stand beside them."""
        if not all(term.is_team for term in self.terms):
            return ()
        return tuple(KITS[team] for team in dict.fromkeys(term.teams[0] for term in self.terms))

    @property
    def condition(self) -> Q:
        condition = Q()
        for term in self.terms:
            condition &= (
                Q(caption__icontains=term.words)
                | Q(team_left__in=term.teams)
                | Q(team_right__in=term.teams)
            )
        return condition


def read(text: str) -> Search:
    """ "brasil v Korea Republic", "row 14 japan" """
    words = _fold(text[:LONGEST].replace("\0", " ")).split()
    return Search(tuple(_terms(words))[:MOST_TERMS])


def find_team(text: str) -> Kit | None:
    """By its whole name or code, in any way that a fan may write it."""
    team = _names(get_language() or "").get(_fold(text))
    return KITS[team] if team else None


def suggest(search: Search) -> str:
    """The same search with the nearest teams in place of words that are none; "" without any."""
    names = _names(get_language() or "")
    mended = []
    for term in search.terms:
        near = term.teams[:1] or _nearest(term.words, names)
        mended += [team_names.shown_name(team) for team in near]
    return f" {gettext('v')} ".join(mended[:2])


def _terms(words: list[str]) -> Iterator[Term]:
    names = _names(get_language() or "")
    longest = max(len(name.split()) for name in names)
    while words:
        for count in range(min(longest, len(words)), 0, -1):
            name = " ".join(words[:count])
            if name in names:
                yield Term(name, (names[name],), is_team=True)
                words = words[count:]
                break
        else:
            word, words = words[0], words[1:]
            if word not in _BETWEEN_TEAMS | {_fold(gettext("v"))}:
                yield Term(word, tuple(_beginning(word, names)))


def _beginning(word: str, names: dict[str, str]) -> Iterable[str]:
    if len(word) < _SHORTEST_BEGINNING:
        return ()
    parts = ((part, team) for name, team in names.items() for part in (name, *name.split()))
    return dict.fromkeys(team for part, team in parts if part.startswith(word))


def _nearest(word: str, names: dict[str, str]) -> list[str]:
    if len(word) < _SHORTEST_TYPO:
        return []
    return [names[name] for name in difflib.get_close_matches(word, names, 1, _LEAST_LIKENESS)]


@cache
def _names(language: str) -> dict[str, str]:
    """Each name and code, folded, and its team. A name of one's own goes before another's code."""
    names: dict[str, str] = {}
    for team, kit in KITS.items():
        for name in (*team_names.search_words(team).split("|"), kit.code):
            names.setdefault(_fold(name), team)
    return names


def _fold(text: str) -> str:
    """Without accents, case and punctuation: "Côte d'Ivoire" is "cote d ivoire"."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.findall(r"\w+", bare))
