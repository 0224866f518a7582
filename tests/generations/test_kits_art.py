"""Shirts, cloth and scarves as markup."""

import re
from xml.etree import ElementTree

import pytest
from django.template import Context, Template

from generations.kits import KITS, Pattern
from generations.kits_art import draw_cloth, draw_shirt, draw_shirt_parts
from generations.team_names import search_words


def render(source, **context):
    return Template("{% load kits %}" + source).render(Context(context))


@pytest.mark.parametrize("team", KITS)
def test_each_team_has_a_well_formed_shirt_and_cloth(team):
    for art in (draw_shirt(KITS[team]), draw_cloth(KITS[team], scale=4.2)):
        ElementTree.fromstring(art)  # noqa: S314 - our own text
        assert KITS[team].body in art
        assert 'aria-hidden="true"' in art
        assert "style=" not in art


def test_patterns_have_ids_of_their_own():
    art = "".join(draw_shirt(kit) + draw_cloth(kit) for kit in KITS.values())
    ids = re.findall(r'id="(\w+)"', art)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#(\w+)\)", art)) == set(ids)


def test_shirts_refer_to_parts_that_are_there():
    parts = draw_shirt_parts()
    ElementTree.fromstring(parts)  # noqa: S314 - our own text
    used = re.findall(r'href="#([\w-]+)"', "".join(map(draw_shirt, [*KITS.values(), None])))
    assert set(used) <= set(re.findall(r'id="([\w-]+)"', parts))


def test_a_plain_shirt_needs_no_pattern_and_its_cloth_has_a_band():
    brazil = KITS["Brazil"]
    assert brazil.pattern is Pattern.PLAIN
    assert "<pattern" not in draw_shirt(brazil)
    assert brazil.collar in draw_cloth(brazil)
    assert brazil.collar not in draw_cloth(brazil, has_band=False)


def test_no_team_is_an_empty_dashed_shirt():
    assert "stroke-dasharray" in draw_shirt(None)
    assert "is-empty" in render('{% shirt "" "l" %}')


def test_the_scarf_is_split_at_the_share_but_never_drawn_thinner_than_a_quarter():
    assert 'width="61%"' in render('{% scarf "Brazil" "France" 61 %}')
    assert 'width="75%"' in render('{% scarf "Brazil" "France" 97 %}')


def test_the_growing_scarf_shows_its_progress():
    assert 'id="scarf-grown" width="45%"' in render('{% progress_scarf "Brazil" "France" 45 %}')
    assert '<svg width="62.50%"' in render('{% progress_scarf "Brazil" "France" 80 %}')


@pytest.mark.parametrize(
    ("number", "words"),
    [(180, "180 credits · 2 videos"), (90, "90 credits · 1 video"), (1, "1 credit · 0 videos")],
)
def test_credits_are_shown_with_the_videos_they_pay_for(number, words):
    assert render("{{ number|with_videos }}", number=number) == words


def test_amounts_carry_a_sign():
    assert render("{{ 90|signed }} {{ minus|signed }}", minus=-1200) == "+90 −1,200"


def test_options_are_all_teams_with_one_chosen():
    options = render('{% team_options "Japan" %}')
    assert options.count("<option") == 48
    assert '<option value="Japan" selected>Japan</option>' in options


def test_a_team_is_found_by_its_other_names():
    assert "Holland" in search_words("Netherlands").split("|")


def test_the_outline_of_a_ratio_keeps_its_shape():
    assert 'width="15.8" height="28.0"' in render('{% ratio_sign "9:16" %}')
