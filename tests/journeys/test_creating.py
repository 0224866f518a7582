"""The steps to a video in a real browser: with a camera, from right to left, by keyboard only, and
without scripts."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from PIL import Image
from playwright.sync_api import expect

from accounts import ledger
from accounts.models import User
from generations.models import Consent, Draft, Generation
from lumiq_portal.font_finder import build_missing
from tests.cast import AURORA_HOST, PASSWORD, build_photo_bytes, give
from tests.clips import build_clip_bytes
from tests.journeys.ordering import add_photo, agree, pick
from tests.journeys.visitors import sign_in, tab_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PHONE = {"viewport": {"width": 360, "height": 740}}
# Of the photo, in its own pixels: what lies within the box.
VISIBLE_PART = """() => {
    const box = document.querySelector("[data-photo-box]").getBoundingClientRect();
    const picture = document.querySelector("[data-crop]");
    const whole = picture.getBoundingClientRect();
    const across = picture.dataset.sourceWidth / whole.width;
    const down = picture.dataset.sourceHeight / whole.height;
    return [
        (box.left - whole.left) * across, (box.top - whole.top) * down,
        box.width * across, box.height * down,
    ];
}"""


@pytest.fixture
def site(live_server, redis):
    """Nothing is made here; the files of static/ are served as they are."""
    build_missing(Path(settings.VAR_DIR) / "fonts")  # before the clock of the first page runs
    return f"http://{AURORA_HOST}:{live_server.thread.port}/"


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


@pytest.mark.parametrize(
    ("size", "orientation"), [((600, 300), 1), ((300, 1500), 1), ((1600, 1000), 6)]
)
def test_the_part_that_is_shown_is_the_part_that_is_sent(
    site, alice, open_browser, size, orientation
):
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = open_browser(**PHONE)
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/photo/")
    add_photo(page, build_photo_bytes(*size, exif=exif))
    expect(page.locator(".is-movable")).to_be_visible()
    for slider, key in {"Closer": "End", "Sideways": "Home", "Up and down": "End"}.items():
        if page.get_by_label(slider).is_visible():
            page.get_by_label(slider).press(key)
    left, top, width, height = page.evaluate(VISIBLE_PART)
    page.get_by_role("button", name="Next: teams").click()
    expect(page.get_by_text("Step 2 of 4")).to_be_visible()
    draft = Draft.objects.get()
    sent = [draft.crop_left, draft.crop_top, draft.photo.width, draft.photo.height]
    assert [left, top, width, height] == pytest.approx(sent, abs=2)


def test_an_order_from_right_to_left_with_the_camera(site, alice, open_browser):
    page = open_browser(**PHONE, locale="ar", permissions=["camera"])
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/")
    assert page.evaluate("document.dir") == "rtl"
    press(page, in_arabic("Take a photo"))
    press(page, in_arabic("Take it now"))
    expect(page.get_by_text(in_arabic("This is what is sent"))).to_be_visible()
    assert_no_sideways_scroll(page)
    go_on(page)
    for team in ("البرازيل", "فرنسا"):
        page.get_by_role("searchbox").fill(team)
        page.keyboard.press("Enter")
    yours, other = (page.locator(f"[data-name={side}]") for side in ("left", "right"))
    expect(yours).to_have_text("البرازيل")
    assert yours.bounding_box()["x"] > other.bounding_box()["x"]  # where reading begins
    press(page, in_arabic("Swap sides"))
    expect(yours).to_have_text("فرنسا")
    assert_no_sideways_scroll(page)
    go_on(page)
    page.locator("[name=relation][value=self]").check()
    page.locator("[name=making]").check()
    assert_no_sideways_scroll(page)
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("فرنسا")
    assert_no_sideways_scroll(page)
    go_on(page)
    expect(page).to_have_url(re.compile(r"/videos/[0-9a-f-]{36}/"))
    assert page.evaluate("document.dir") == "rtl"
    assert_no_sideways_scroll(page)
    video = Generation.objects.get()
    assert (video.team_left, video.team_right) == ("France", "Brazil")
    assert ledger.balance_of(alice) == ledger.Balance(available=90, held=90)


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


def test_a_photo_is_sent_again_after_the_connection_broke(site, alice, open_browser):
    page = open_browser(**PHONE)
    sign_in(page, site, alice)
    page.goto(f"{site}create/football/photo/")
    page.context.set_offline(True)
    add_photo(page, build_photo_bytes(800, 1000))
    expect(page.get_by_role("alert").filter(has_text="the connection broke")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert").filter(has_text="the connection broke")).to_be_visible()
    assert not Draft.objects.exists()
    page.context.set_offline(False)  # it goes on by itself
    expect(page.get_by_text("This is what is sent")).to_be_visible()
    assert Draft.objects.get().photo is not None


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


def test_a_newcomer_signs_up_and_orders_an_avatar_without_scripts(
    site, cast, open_browser, tmp_path
):
    page = open_browser(**PHONE, java_script_enabled=False)
    page.goto(f"{site}create/avatar/")
    page.get_by_role("main").get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill("new@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_text("Step 1 of 4")).to_be_visible()
    fan = User.objects.get(email="new@example.org")
    give(fan, 180)
    photo = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": build_photo_bytes(800, 1000)}
    page.set_input_files("input[type=file]", files=[photo])
    page.get_by_role("button", name="Use this photo").click()
    page.get_by_role("button", name="Next: clip").click()
    page.get_by_label("20 seconds").check()
    clip = {"name": "c.mp4", "mimeType": "video/mp4", "buffer": build_clip_bytes(tmp_path)}
    page.set_input_files("input[type=file]", files=[clip])
    page.get_by_role("button", name="Use this clip").click()
    page.get_by_role("button", name="Next: consent").click()
    agree(page)
    page.get_by_role("button", name="Make my video · 180 credits").click()
    expect(page).to_have_url(re.compile(r"/videos/[0-9a-f-]{36}/"))
    assert ledger.balance_of(fan) == ledger.Balance(available=0, held=180)

    page.goto(f"{site}wallet/")
    expect(page.get_by_text("180 credits held")).to_be_visible()
    page.get_by_role("link", name="Change which mails you get").click()
    page.get_by_label("My credits run low").uncheck()
    page.get_by_label("A video of mine is ready").uncheck()
    page.get_by_role("button", name="Save").click()
    fan.refresh_from_db()
    assert (fan.wants_balance_mails, fan.wants_ready_mails) == (False, False)


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


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def go_on(page):
    """Whatever the step calls it."""
    page.locator(".dock-row:visible button.button-primary").click()


def in_arabic(text):
    with translation.override("ar"):
        return translation.gettext(text)


def assert_no_sideways_scroll(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
