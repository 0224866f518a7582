"""The arithmetic of a match's fans."""

import pytest

from generations import matches
from generations.kits import KITS, KITS_BY_SLUG

BRAZIL, FRANCE = KITS["Brazil"], KITS["France"]


def test_a_match_is_the_same_in_either_order():
    assert matches.pair(FRANCE, BRAZIL) == matches.pair(BRAZIL, FRANCE)
    assert matches.pair(FRANCE, BRAZIL).slug == "brazil-v-france"


def test_every_match_is_found_by_its_address():
    for one in KITS.values():
        for other in KITS.values():
            if one != other:
                slug = matches.pair(one, other).slug
                assert set(matches.parse(slug, KITS_BY_SLUG)) == {one, other}


@pytest.mark.parametrize(
    ("left", "right", "percent", "drawn"),
    [
        (251, 161, (61, 39), 61),
        (1, 299, (1, 99), 25),
        (299, 1, (99, 1), 75),
        (20, 0, (100, 0), 75),
        (0, 20, (0, 100), 25),
        (0, 0, (50, 50), 50),
        (1, 1, (50, 50), 50),
        (1, 2, (33, 67), 33),
    ],
)
def test_shares_come_to_a_hundred_and_both_sides_are_drawn(left, right, percent, drawn):
    match = matches.Match(BRAZIL, FRANCE, left, right)
    assert (match.left_percent, match.right_percent) == percent
    assert match.drawn_percent == drawn


def test_percents_begin_with_twenty_fans():
    assert not matches.Match(BRAZIL, FRANCE, 10, 9).is_in_percent
    assert matches.Match(BRAZIL, FRANCE, 10, 10).is_in_percent
