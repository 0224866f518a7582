"""What a portal's colours become, and which are refused."""

import re

import pytest

from accounts.brand_tokens import PALETTES
from accounts.branding import build_branding_css, build_palette, contrast_problems
from accounts.models import Tenant
from accounts.palette import EDGE_CONTRAST, TEXT_CONTRAST, contrast, nearest_passing

ODD_GROUNDS = ["#FFFFFF", "#000000", "#0A2540", "#F5E6C8", "#808080", "#7A1737", "#00FF00"]


def tenant(**fields):
    return Tenant(**{"name": "Test", "slug": "test", "style": "cut", "mode": "auto"} | fields)


def assert_readable(palette):
    grounds = [palette[name] for name in ("--ground", "--surface", "--raised")]
    for text in ("--ink", "--ink-2", "--good", "--warn", "--bad"):
        assert min(contrast(palette[text], ground) for ground in grounds) >= TEXT_CONTRAST, text
    assert min(contrast(palette["--link"], ground) for ground in grounds[:2]) >= TEXT_CONTRAST
    assert contrast(palette["--on-action"], palette["--action"]) >= TEXT_CONTRAST
    for edge in ("--line-strong", "--action", "--mark"):
        assert contrast(palette[edge], palette["--ground"]) >= EDGE_CONTRAST, edge


def test_black_on_white_has_the_highest_contrast():
    assert round(contrast("#000000", "#FFFFFF"), 1) == 21.0


def test_a_colour_that_passes_is_its_own_nearest():
    assert nearest_passing("#0C5539", "#FFFFFF", at_least=4.5) == "#0C5539"


@pytest.mark.parametrize(("style", "mode"), PALETTES)
def test_both_styles_are_readable_in_both_modes(style, mode):
    assert_readable(PALETTES[style, mode])


def test_the_default_mode_stands_first_and_the_other_stays_available():
    css = build_branding_css(tenant(style="knit", mode="dark"))
    assert css.index("--ground: #0F1F19") < css.index("--ground: #FADDD0")
    assert ':root[data-mode="light"]' in css
    assert "prefers-color-scheme" not in css


def test_auto_follows_the_device():
    css = build_branding_css(tenant(mode="auto"))
    assert css.index("--ground: #F1F3F6") < css.index("prefers-color-scheme: dark")


@pytest.mark.parametrize("style", ["cut", "knit"])
@pytest.mark.parametrize("ground", ODD_GROUNDS)
def test_all_tokens_derived_from_an_odd_ground_are_readable(style, ground):
    for mode in ("dark", "light"):
        own = tenant(style=style, mode=mode, ground_colour=ground)
        assert_readable(build_palette(own, mode))


def test_in_auto_an_own_ground_belongs_to_the_mode_of_its_lightness():
    own = tenant(mode="auto", ground_colour="#0A2540")
    assert build_palette(own, "dark")["--ground"] == "#0A2540"
    assert build_palette(own, "light") == PALETTES["cut", "light"]


def test_an_own_action_colour_gets_the_stronger_ink_and_marks_the_current_step():
    palette = build_palette(tenant(action_colour="#0055CC"), "light")
    assert palette["--on-action"] == "#FFFFFF"
    assert palette["--mark"] == palette["--link"] == "#0055CC"


def test_an_action_colour_that_does_not_stand_out_is_left_to_the_other_mode():
    own = tenant(mode="auto", action_colour="#FFE600")
    assert build_palette(own, "dark")["--action"] == "#FFE600"
    assert build_palette(own, "light")["--action"] == PALETTES["cut", "light"]["--action"]


def test_only_validated_colours_reach_the_style_sheet():
    css = build_branding_css(tenant(ground_colour="red;}*{x", action_colour='#12"'))
    assert "red" not in css.replace("prefers-reduced", "")
    assert set(re.findall(r"--ground: (\S+);", css)) == {"#0B0F16", "#F1F3F6"}


def test_a_weak_pair_is_refused_with_the_nearest_value_that_passes():
    [problem] = contrast_problems(style="cut", mode="light", ground="#FFFFFF", ink="#999999")
    nearest = problem.rsplit(" ", 1)[1].rstrip(".")
    assert "2.8" in problem
    assert not contrast_problems(style="cut", mode="light", ground="#FFFFFF", ink=nearest)


def test_a_faint_action_colour_is_refused():
    [problem] = contrast_problems(style="knit", mode="light", action="#FFC0AA")
    assert "needs 3" in problem


def test_the_styles_own_colours_have_no_problems():
    for style, mode in PALETTES:
        assert contrast_problems(style=style, mode=mode) == []


def test_malformed_colours_are_left_to_the_fields_validator():
    assert contrast_problems(style="cut", mode="dark", ground="blue") == []
