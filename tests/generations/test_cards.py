"""Preview cards: their size and weight, that they are drawn once, and for whom."""

import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from generations import card_art, cards
from generations.kits import KITS
from tests.cast import AURORA_HOST, BOREALIS_HOST, build_tenant

pytestmark = pytest.mark.django_db

SHORT, LONG = ("Mali", "UAE"), ("Saudi Arabia", "United States")


def test_a_card_is_a_light_picture_of_the_usual_size(cast, visit):
    for host in (AURORA_HOST, BOREALIS_HOST):
        answer = visit(host=host).get("/cards/saudi-arabia-v-united-states.jpg")
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Cache-Control"] == "public, max-age=86400"
        data = b"".join(answer.streaming_content)
        assert Image.open(io.BytesIO(data)).size == (1200, 630)
        assert len(data) <= card_art.MOST_BYTES


def test_a_card_is_drawn_once(cast, visit):
    first = visit().head("/cards/brazil-v-japan.jpg")
    name = cards.fetch_card(cast.aurora, KITS["Brazil"], KITS["Japan"])
    changed = default_storage.get_modified_time(name)
    second = visit().head("/cards/brazil-v-japan.jpg")
    assert default_storage.get_modified_time(name) == changed
    assert first.headers["ETag"] == second.headers["ETag"]


def test_both_sides_and_both_portals_have_cards_of_their_own(cast):
    left, right = KITS["Brazil"], KITS["Japan"]
    found = {
        cards.version_of(tenant, *kits)
        for tenant in (cast.aurora, cast.borealis)
        for kits in ((left, right), (right, left), (None, None))
    }
    assert len(found) == 6


def test_a_new_look_gives_a_card_a_new_address(cast):
    before = cards.path_for(cast.aurora, KITS["Brazil"], KITS["Japan"])
    cast.aurora.action_colour = "#00C2FF"
    assert cards.path_for(cast.aurora, KITS["Brazil"], KITS["Japan"]) != before


@pytest.mark.parametrize("path", ["brazil-v-brazil", "brazil-v-atlantis", "x-v-y", "brazil"])
def test_there_is_no_card_of_what_is_no_pairing(cast, visit, path):
    assert visit().get(f"/cards/{path}.jpg").status_code == 404


def test_the_portal_has_a_card_without_teams(cast, visit):
    assert visit().head("/cards/portal.jpg").status_code == 200


@pytest.mark.parametrize("teams", [SHORT, LONG])
@pytest.mark.parametrize("style", ["cut", "knit"])
def test_names_stay_on_their_plate_and_the_plate_within_the_card(cast, teams, style):
    cast.aurora.style = style
    look = cards._look_of(cast.aurora)
    card = Image.open(io.BytesIO(cards._draw(look, *(KITS[team] for team in teams))))
    ground = look.colour("--ground")[:3]
    row = [card.getpixel((x, 440)) for x in range(1200)]
    on_plate = [x for x, pixel in enumerate(row) if near(pixel, ground)]
    assert min(on_plate) >= 40
    assert max(on_plate) <= 1200 - 40


def test_a_name_that_the_fonts_lack_is_told_in_latin(cast):
    tenant = build_tenant("نادي المشجعين", "fans.localhost", pool=0)
    tenant.slug = "fan-club"
    assert cards._look_of(tenant).name == "Fan-Club"
    assert card_art.can_be_set("Ångström FC, Αθήνα, Спартак – “A”")
    assert not card_art.can_be_set("日本")


def near(pixel, colour):
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))
