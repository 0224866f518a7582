"""What search words mean, without any video."""

import pytest

from generations import search
from generations.kits import KITS


@pytest.mark.parametrize(
    ("words", "teams"),
    [
        ("brazil", ["Brazil"]),
        ("BRASIL", ["Brazil"]),
        ("holland", ["Netherlands"]),
        ("united states of america", ["United States"]),
        ("usa", ["United States"]),
        ("côte d’ivoire", ["Ivory Coast"]),
        ("cote divoire", []),
        ("Korea Republic v Côte d'Ivoire", ["South Korea", "Ivory Coast"]),
        ("new zealand vs saudi arabia", ["New Zealand", "Saudi Arabia"]),
        ("BRA FRA", ["Brazil", "France"]),
        ("brazil brazil", ["Brazil"]),
        ("brazil row 14", []),
        ("v", []),
        ("", []),
    ],
)
def test_names_in_any_spelling_mean_their_team(words, teams):
    assert [kit.team for kit in search.read(words).kits] == teams


def test_each_team_is_found_by_its_name_and_its_code():
    for team, kit in KITS.items():
        assert search.find_team(team) == kit
        assert search.read(team).kits == (kit,)
        assert search.read(kit.code).kits == (kit,)


def test_the_beginning_of_a_name_may_mean_several_teams():
    [term] = search.read("uni").terms
    assert {"United States", "UAE"} <= set(term.teams)
    assert not term.is_team
    assert search.read("un").terms[0].teams == ()


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("Brasl", "Brazil"),
        ("Itly", "Italy"),
        ("Argentna", "Argentina"),
        ("Swizerland", "Switzerland"),
        ("Brasl v Frnce", "Brazil v France"),
        ("xqzzy", ""),
        ("it", ""),
        ("", ""),
    ],
)
def test_a_typo_suggests_the_nearest_team(words, meant):
    assert search.suggest(search.read(words)) == meant


def test_few_words_are_looked_at_however_many_are_sent():
    assert len(search.read("a b c d e f g h i j").terms) == search.MOST_TERMS
    assert len(search.read("x" * 5000).terms[0].words) == search.LONGEST
