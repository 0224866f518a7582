import re

import pytest
from django.conf import settings
from django.utils.translation import override

from accounts.money import format_amount
from accounts.numbers import format_change, format_number
from generations import team_names
from generations.kits import KITS
from generations.lumiq.contract import TEAMS
from generations.templatetags.kits import in_credits

ARABIC = re.compile(r"[\u0600-\u06ff ]+")


def test_english_readers_see_lumiqs_names():
    with override("en"):
        assert [team_names.shown_name(team) for team in TEAMS] == list(TEAMS)


def test_arabic_readers_see_every_team_in_arabic():
    with override("ar"):
        names = [team_names.shown_name(team) for team in KITS]
    assert len(set(names)) == len(KITS)
    assert [name for name in names if not ARABIC.fullmatch(name)] == []


@pytest.mark.parametrize(
    ("team", "name"),
    [("England", "إنجلترا"), ("UAE", "الإمارات"), ("Saudi Arabia", "السعودية"),
     ("Ivory Coast", "ساحل العاج"), ("South Korea", "كوريا الجنوبية")],
)  # fmt: skip
def test_names_that_need_care(team, name):
    with override("ar"):
        assert team_names.shown_name(team) == name


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES])
def test_a_team_is_found_by_its_names_in_every_language(code):
    with override(code):
        words = team_names.search_words("Ivory Coast").split("|")
        assert words[0] == team_names.shown_name("Ivory Coast")
    assert {"Ivory Coast", "Côte d'Ivoire", "ساحل العاج"} <= set(words)
    assert len(words) == len(set(words))


def test_teams_stand_in_the_order_of_the_readers_alphabet():
    with override("ar"):
        assert team_names.in_order(["Egypt", "Tunisia", "Spain", "Brazil", "Germany"]) == [
            "Spain", "Brazil", "Germany", "Tunisia", "Egypt",
        ]  # fmt: skip
    with override("en"):
        assert team_names.in_order(["Spain", "Brazil"]) == ["Brazil", "Spain"]


def test_a_title_that_was_recorded_reads_in_the_readers_language():
    with override("ar"):
        assert team_names.read_title("Brazil v France") == "البرازيل ضد فرنسا"
        assert team_names.read_title("Atlantis v France") == "Atlantis v France"
        assert team_names.read_title("") == ""


def test_numbers_and_money_follow_the_language():
    with override("en"):
        assert (format_number(12345), format_change(-1234)) == ("12,345", "−1,234")
        assert format_amount(123456, "usd") == "$1,234.56"
    with override("ar"):
        assert (format_number(12345), format_change(90)) == ("12,345", "+90")
        assert format_amount(123456, "usd") == "\u200f1,234.56\u00a0$"


def test_arabic_counts_in_six_ways():
    with override("ar"):
        assert [in_credits(number) for number in (0, 1, 2, 3, 90, 100)] == [
            "0 رصيد", "رصيد واحد", "رصيدان", "3 أرصدة", "90 رصيدًا", "100 رصيد",
        ]  # fmt: skip
