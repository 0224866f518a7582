"""The style guide: every component of the look, from the pages' own templates, for staff."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.utils.translation import override

from generations.style_guide.components import COMPONENTS, ON_EVERY_PAGE
from tests.test_arabic_pages import english_in

pytestmark = pytest.mark.django_db

ROOT = Path(settings.BASE_DIR)
SLUGS = [component.slug for component in COMPONENTS]
# The components that the look is made of, and its tokens.
LOOK = (
    "Header", "Hero", "Shirts", "Cloth", "Scarves", "Pairing list", "Pairing", "Team slot and swap",
    "Team picker", "Poster card", "Match card", "Player frame", "Step bar", "Photo step",
    "Cost line", "Status", "Owner", "Share sheet", "Public page", "Tables", "Forms", "Buttons",
    "State words", "Toast", "Note", "Empty", "Failure", "Made with AI", "Colours", "Type", "Space",
)  # fmt: skip
# What people wrote, and the names of tokens, classes and files.
SAMPLE_WORDS = re.compile(r"Robin|Maximiliane|row fourteen|The club|Old one|^ ?v ?$")


def frame(client, slug, **query):
    return client.get(f"/styleguide/{slug}/", query)


@pytest.fixture
def staff(cast, visit):
    return visit(cast.olga)


def test_the_guide_names_every_component_of_the_look(staff):
    titles = re.findall(r"<h2 id=[^>]+>([^<]+)</h2>", staff.get("/styleguide/").content.decode())
    for name in LOOK:
        assert any(title.startswith(name) for title in titles), name


def test_each_component_stands_in_a_light_a_dark_and_a_right_to_left_frame(staff):
    page = staff.get("/styleguide/").content.decode()
    for slug in SLUGS:
        found = re.findall(rf'<iframe src="/styleguide/{slug}/\?([^"]*)"', page)
        assert found[:2] == ["mode=light", "mode=dark"]
        assert "dir=rtl" in found[2]


def test_the_guide_and_its_frames_fit_together_in_the_content_policy(staff):
    guide, part = staff.get("/styleguide/"), frame(staff, "buttons")
    assert "frame-src 'self'" in guide.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in guide.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in part.headers["Content-Security-Policy"]
    assert part.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_each_component_renders_without_a_video_or_an_id_twice(
    staff, django_assert_max_num_queries
):
    for slug in SLUGS:
        with django_assert_max_num_queries(3) as asked:  # session, user, portal
            page = frame(staff, slug, mode="dark").content.decode()
        assert not [row for row in asked.captured_queries if "generation" in row["sql"].lower()]
        assert 'dir="ltr" data-mode="dark"' in page
        reader = Ids()
        reader.feed(page)
        assert sorted(reader.ids) == sorted(set(reader.ids)), slug
        assert reader.wanted - set(reader.ids) == set(), slug


def test_each_component_stands_in_arabic_from_right_to_left(staff):
    for slug in SLUGS:
        page = frame(staff, slug, mode="light", dir="rtl").content.decode()
        assert 'lang="ar" dir="rtl" data-mode="light"' in page
        assert [text for text in english_in(page) if not SAMPLE_WORDS.search(text)] == [], slug


def test_a_frame_in_another_language_does_not_change_the_readers(staff):
    answer = frame(staff, "buttons", dir="rtl")
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies
    assert "Make my video" in frame(staff, "buttons").content.decode()


@pytest.mark.parametrize("path", ["/styleguide/", "/styleguide/buttons/", "/styleguide/owner/"])
def test_strangers_and_fans_find_nothing(cast, visit, path):
    assert visit().get(path).status_code == 404
    assert visit(cast.alice).get(path).status_code == 404


def test_everybody_may_look_while_debugging(cast, visit, settings):
    settings.DEBUG = True
    assert visit().get("/styleguide/").status_code == 200
    assert frame(visit(), "status-being-made").status_code == 200


def test_no_component_is_found_by_another_name(staff):
    assert frame(staff, "nothing").status_code == 404


def test_the_files_that_the_guide_names_are_there():
    for component in COMPONENTS:
        for name in component.files:
            assert (ROOT / name).is_file(), name
        for script in component.own_scripts:
            assert (ROOT / "static" / script).is_file(), script


def test_a_component_is_drawn_by_the_templates_that_it_names():
    for component in COMPONENTS:
        source = (ROOT / "templates" / component.template).read_text()
        if component.parts and not component.has_header:
            assert f'include "{component.parts[0]}"' in source, component.slug


def test_the_style_sheets_of_every_page_are_known():
    loaded = get_template("partials/_styles.html").template.source
    found = set(re.findall(r"css/(components/\w+)\.css", loaded)) - {"components/direction"}
    assert found == ON_EVERY_PAGE


def test_titles_are_in_the_readers_language():
    with override("ar"):
        assert str(COMPONENTS[0].title) == "الألوان"


class Ids(HTMLParser):
    """The ids of a page, and those that its labels and descriptions name."""

    def __init__(self):
        super().__init__()
        self.ids, self.wanted = [], set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        for name in ("for", "aria-describedby", "aria-labelledby", "form"):
            self.wanted |= set((given.get(name) or "").split())
