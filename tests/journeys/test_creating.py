"""The steps to a video in a real browser: with a camera, by keyboard only, and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from accounts import ledger
from generations.models import Consent, Draft, Generation
from tests.cast import build_photo_bytes, give
from tests.clips import build_clip_bytes
from tests.journeys.ordering import add_photo, agree, pick
from tests.journeys.visitors import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def site(cast, start_web, collected_static):
    return f"http://aurora.localhost:{start_web()}/"


@pytest.fixture
def alice(cast):
    give(cast.alice, 180)
    return cast.alice


def test_a_photo_is_taken_with_the_camera_and_moved(site, alice, open_browser):
    page = open_browser(**PHONE, permissions=["camera"])
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/?left=Brazil&right=France")
    expect(page.get_by_text("Step 1 of 4")).to_be_visible()
    page.get_by_role("button", name="Take a photo").click()
    page.get_by_role("button", name="In 3 seconds").click()
    expect(page.locator("[data-camera-count]")).to_have_text("2")
    expect(page.get_by_text("This is what is sent")).to_be_visible()
    before = Draft.objects.get().photo_id
    sideways = page.get_by_label("Sideways")
    sideways.focus()
    page.keyboard.press("End")
    drag(page, page.locator("[data-photo-box]"), by=40)
    page.get_by_role("button", name="Next: teams").click()
    expect(page.get_by_text("Step 2 of 4")).to_be_visible()
    draft = Draft.objects.get()
    assert draft.photo_id != before
    assert 0 < draft.crop_left < draft.source.width - draft.crop_width


def test_a_camera_that_is_not_allowed_is_told(site, alice, open_browser):
    page = open_browser(**PHONE)  # without the permission
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/photo/")
    page.get_by_role("button", name="Take a photo").click()
    expect(page.get_by_role("alert").filter(has_text="not allowed here")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a photo")).to_be_visible()


def test_sending_a_photo_can_be_stopped(site, alice, open_browser):
    page = open_browser()
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/photo/")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    add_photo(page, build_photo_bytes(1600, 1000))
    expect(page.locator("progress")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopped. Nothing was kept")).to_be_visible()
    assert not Draft.objects.exists()


def test_answers_survive_back_and_reload_and_too_few_credits(site, cast, open_browser):
    page = open_browser(**PHONE)
    sign_in(page, site, cast.bob)
    page.goto(f"{site}create/football/?left=Brazil&right=France")
    add_photo(page)
    page.get_by_role("button", name="Next: teams").click()
    page.get_by_role("button", name="Swap sides").click()
    pick(page, "Italy")
    page.get_by_role("button", name="Next: consent").click()
    agree(page)
    expect(page.get_by_role("heading", name="Italy v Brazil")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("I am", exact=True)).to_be_checked()
    page.go_back()
    expect(page.locator("[data-name=left]")).to_have_text("Italy")
    page.go_forward()
    page.go_forward()
    page.reload()
    expect(page.get_by_role("heading", name="Italy v Brazil")).to_be_visible()
    expect(page.get_by_text("You need 90 more").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    give(cast.bob, 90)
    page.reload()
    page.get_by_role("button", name="Make my video · 90 credits").dblclick()
    expect(page).to_have_url(re.compile(r"/videos/[0-9a-f-]{36}/"))
    assert Generation.objects.count() == 1
    assert ledger.balance_of(cast.bob) == ledger.Balance(available=0, held=90)


def test_a_typo_is_understood(site, alice, open_browser):
    page = open_browser()
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/teams/")
    search = page.get_by_role("searchbox")
    search.fill("Itly")
    expect(page.get_by_text("No team called “Itly”. Did you mean")).to_be_visible()
    page.get_by_role("button", name="Italy", exact=True).click()
    expect(page.locator("[data-name=left]")).to_have_text("Italy")
    for alias, team in {
        "usa": "United States", "turkiye": "Turkey", "Türkiye": "Turkey", "Holland": "Netherlands",
        "Côte d’Ivoire": "Ivory Coast", "cote d'ivoire": "Ivory Coast", "emirates": "UAE",
        "Korea Republic": "South Korea",
    }.items():  # fmt: skip
        search.fill(alias)
        expect(page.locator(".shirt-name:visible")).to_have_text([team])


def test_an_order_by_keyboard_only(site, alice, open_browser):
    page = open_browser(reduced_motion="reduce")
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/photo/")
    add_photo(page)
    tab_to(page, "Next: teams")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Step 2 of 4")).to_be_visible()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("brazil")
    page.keyboard.press("Enter")
    expect(page.locator("[data-choosing]")).to_have_text("Choosing the other side")
    page.keyboard.press("Tab")  # into the radios
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-name=right]")).not_to_have_text("Choose")
    tab_to(page, "Next: consent")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Step 3 of 4")).to_be_visible()
    page.get_by_label("I am", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, "Next: review")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Step 4 of 4")).to_be_visible()
    tab_to(page, "Make my video · 90 credits")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/videos/[0-9a-f-]{36}/"))
    assert Consent.objects.get().purpose == "making"


def test_an_order_without_scripts(site, alice, open_browser):
    page = open_browser(**PHONE, java_script_enabled=False)
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/photo/")
    photo = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": build_photo_bytes(800, 1000)}
    page.set_input_files("input[type=file]", files=[photo])
    page.get_by_role("button", name="Use this photo").click()
    page.get_by_role("button", name="Next: teams").click()
    page.get_by_label("Your team").select_option("Brazil")
    page.get_by_label("Other side").select_option("Brazil")
    page.get_by_role("button", name="Next: consent").click()
    expect(page.get_by_role("link", name="Both sides are the same team.")).to_be_visible()
    page.get_by_label("Other side").select_option("France")
    page.get_by_role("button", name="Next: consent").click()
    agree(page)
    page.get_by_role("button", name="Make my video · 90 credits").click()
    expect(page).to_have_url(re.compile(r"/videos/[0-9a-f-]{36}/"))


def test_an_avatar_shows_its_clip_and_its_price_at_once(site, alice, open_browser, tmp_path):
    page = open_browser(**PHONE)
    sign_in(page, site, alice)
    page.goto(f"{site}create/avatar/")
    add_photo(page)
    page.get_by_role("button", name="Next: clip").click()
    page.get_by_label("20 seconds").check()
    expect(page.locator(".cost:visible")).to_contain_text("180 credits")
    clip = {"name": "c.mp4", "mimeType": "video/mp4", "buffer": build_clip_bytes(tmp_path)}
    page.set_input_files("input[type=file]", files=[clip])
    expect(page.get_by_text("6.0 seconds · 160 × 120").first).to_be_visible()
    expect(page.get_by_text("Your clip lasts 6.0 seconds")).to_be_visible()
    expect(page.get_by_label("20 seconds")).to_be_checked()
    page.get_by_role("button", name="Next: consent").click()
    agree(page)
    page.get_by_role("button", name="Make my video · 180 credits").click()
    expect(page).to_have_url(re.compile(r"/videos/[0-9a-f-]{36}/"))
    assert ledger.balance_of(alice) == ledger.Balance(available=0, held=180)


def drag(page, thing, *, by):
    thing.scroll_into_view_if_needed()
    box = thing.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=4)
    page.mouse.up()


def tab_to(page, name):
    """By the Tab key alone; what has the focus is never hidden."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and focused.inner_text().strip() == name:
            return
    pytest.fail(f"Tab never reaches {name!r}")
