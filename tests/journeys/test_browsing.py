"""A signed-out visitor on a phone and on a desk: the gallery, a search, a team, a match."""

import pytest
from playwright.sync_api import expect

from generations.browsing import PER_PAGE
from tests.cast import AURORA_HOST, build_user
from tests.gallery import Gallery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1440, "height": 900}}


@pytest.fixture
def gallery(cast):
    return Gallery(cast.alice)


@pytest.fixture
def home(cast, start_web, collected_static):
    return f"http://{AURORA_HOST}:{start_web()}/"


@pytest.mark.parametrize("size", SIZES)
def test_a_visitor_scrolls_searches_and_finds_a_match(cast, gallery, home, open_browser, size):
    videos = gallery.fill(3 * PER_PAGE)
    rival = build_user(cast.aurora, "rival@example.org")
    gallery.add("France", "Brazil", user=rival)
    page = open_browser(viewport=SIZES[size])
    asked = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{home}gallery/")
    _fits(page)
    cards = page.locator("a.card")
    page.locator("[data-more]").scroll_into_view_if_needed()
    expect(cards).to_have_count(2 * PER_PAGE)
    wanted = cards.nth(PER_PAGE + 2)
    wanted.scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    wanted.click()
    expect(page).to_have_url(f"{home}v/{videos[PER_PAGE + 2].link.code}/")
    page.go_back()
    expect(cards.nth(2 * PER_PAGE - 1)).to_be_attached()
    page.wait_for_timeout(500)
    assert abs(page.evaluate("window.scrollY") - before) < 200, "the place is kept"

    page.goto(f"{home}gallery/")
    page.get_by_role("searchbox").fill("Brasl v Frnce")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    _fits(page)
    page.get_by_role("link", name="Brazil v France").click()
    expect(page).to_have_url(f"{home}match/brazil-v-france/")
    expect(page.get_by_text("1 with Brazil, 1 with France")).to_be_visible()
    _fits(page)
    page.get_by_role("link", name="All videos with France").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("France")
    _fits(page)
    page.get_by_role("link", name="All teams and matches").click()
    expect(page.get_by_role("link", name="Japan")).to_be_visible()
    _fits(page)
    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {home.split("/")[2]}


@pytest.mark.parametrize("size", SIZES)
def test_without_scripts_each_page_is_a_link_away(gallery, home, open_browser, size):
    gallery.fill(2 * PER_PAGE + 1, caption="Row 14")
    page = open_browser(viewport=SIZES[size], java_script_enabled=False)
    page.goto(f"{home}gallery/?q=row+14")
    cards = page.locator("a.card")
    for count in (PER_PAGE, PER_PAGE, 1):
        expect(cards).to_have_count(count)
        if count > 1:
            page.get_by_role("link", name="More videos").click()
    page.get_by_role("link", name="Newer videos").click()
    expect(cards).to_have_count(PER_PAGE)
    page.get_by_role("link", name="Most played").click()
    expect(page.get_by_role("link", name="Most played")).to_have_attribute("aria-current", "true")


def _fits(page):
    """No sideways scroll."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]
