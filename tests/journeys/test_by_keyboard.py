"""What visitors do by the keyboard alone: past the head of the page, along the gallery, through the
menu and the share sheet. An order by keyboard is in test_creating."""

import pytest
from playwright.sync_api import expect

from generations import sharing
from generations.models import Generation, ShareLink
from tests.cast import AURORA_HOST, make_ready
from tests.clips import build_clip_bytes
from tests.journeys.visitors import tab_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def link(cast, tmp_path):
    video = make_ready(cast.alice, video=build_clip_bytes(tmp_path, seconds=2))
    sharing.set_visibility(video, Generation.Visibility.PUBLIC)
    return ShareLink.objects.get(generation=video)


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1440, 900)])
def test_a_visitor_finds_plays_and_shares_by_keyboard_only(
    link, live_server, redis, open_browser, width, height
):
    home = f"http://{AURORA_HOST}:{live_server.thread.port}"
    page = open_browser(viewport={"width": width, "height": height})
    page.goto(f"{home}/gallery/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("brazil v france")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{home}/match/brazil-v-france/")
    if width == 360:
        tab_to(page, "Menu")
        page.keyboard.press("Enter")
        expect(page.locator(".menu-panel")).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Gallery")
        page.keyboard.press("Escape")
        expect(page.locator(".menu-panel")).to_be_hidden()
        expect(page.locator("summary.menu-button")).to_be_focused()
    card = page.locator("a.card")
    tab_to(page, card.inner_text().strip())
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{home}/v/{link.code}/")

    tab_to(page, "Play")
    page.keyboard.press("Enter")
    expect(page.locator("video")).to_be_focused()
    tab_to(page, "Share")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog")
    expect(sheet.locator(":focus")).to_have_text("Close")
    tab_to(page, "QR code")
    assert sheet.locator(":focus").count() == 1, "the sheet keeps the focus"
    page.keyboard.press("Enter")
    expect(sheet.get_by_alt_text("QR code of the address")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.locator(":focus")).to_have_text("Share")
