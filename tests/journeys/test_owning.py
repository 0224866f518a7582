"""What an owner does with finished videos: narrow the list, name, show, delete, get a story."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import expect

from generations.models import Generation, Story
from tests.cast import AURORA_HOST, PASSWORD, make_ready, queue_video
from tests.clips import build_clip_bytes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def site(cast, start_site, collected_static):
    # The site's own processes don't know the tests' cheap hashes.
    cast.alice.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
    cast.alice.save(update_fields=["password"])
    port, _ = start_site()
    return f"http://{AURORA_HOST}:{port}/"


@pytest.fixture
def videos(cast, tmp_path):
    """Three of alice's."""
    clip = build_clip_bytes(tmp_path, seconds=1, size=(320, 180), with_sound=True)
    pairs = [("Japan", "Italy"), ("Brazil", "France"), ("Mali", "Japan")]
    return [make_ready(cast.alice, video=clip, left=left, right=right) for left, right in pairs]


@pytest.mark.parametrize("options", [PHONE, {}], ids=["phone", "desk"])
def test_an_owner_narrows_names_shows_and_deletes(videos, site, open_browser, options):
    page = open_browser(**options)
    _sign_in(page, site)
    page.goto(f"{site}videos/")
    expect(page.locator(".my-video")).to_have_count(3)
    expect(page.locator("#chosen")).to_be_hidden()
    page.get_by_label("Team").select_option("Japan")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".my-video")).to_have_count(2)

    page.locator(".my-video", has_text="Mali").get_by_role("link", name="Rename").click()
    page.get_by_label(re.compile("Name of this video")).fill("Row 14")
    page.get_by_role("button", name="Save the name").click()
    expect(page.locator(".own-name")).to_have_text("Row 14")

    page.goto(f"{site}videos/?team=Japan")
    for box in page.locator(".pick input").all():
        box.check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_label("Who can see them").select_option("public")
    page.get_by_role("button", name="Change who can see them").click()
    expect(page.get_by_text("Everybody can see 2 videos now.")).to_be_visible()
    expect(page).to_have_url(f"{site}videos/?team=Japan")

    page.locator(".pick input").first.check()
    page.locator("#chosen").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("This cannot be undone.")).to_be_visible()
    page.get_by_role("button", name="Delete 1 video for good").click()
    expect(page.get_by_text("1 video deleted.")).to_be_visible()
    expect(page.locator(".my-video")).to_have_count(2)
    assert Generation.objects.filter(deleted_at=None).count() == 2


def test_the_same_works_without_scripts(videos, site, open_browser):
    page = open_browser(java_script_enabled=False)
    _sign_in(page, site)
    page.goto(f"{site}videos/")
    for box in page.locator(".pick input").all()[:2]:
        box.check()
    page.locator("#chosen").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 2 videos for good").click()
    expect(page.locator(".my-video")).to_have_count(1)
    page.locator(".my-video .card").click()
    page.get_by_role("button", name="Story version").click()
    expect(page.get_by_text(re.compile("is being made|Story version")).first).to_be_visible()
    assert Story.objects.count() == 1


def test_a_story_is_made_while_its_owner_looks_on(videos, site, open_browser):
    page = open_browser(**PHONE)
    _sign_in(page, site)
    page.goto(f"{site}videos/{videos[0].pk}/")
    page.get_by_role("button", name="Story version").click()
    link = page.get_by_role("link", name="Story version")
    expect(link).to_be_visible(timeout=120_000)
    with page.expect_download() as started:
        link.click()
    assert started.value.suggested_filename == "Japan v Italy, story version.mp4"
    assert Path(started.value.path()).read_bytes()[4:8] == b"ftyp"


def test_a_video_in_line_is_cancelled_and_a_failed_one_costs_nothing(cast, site, open_browser):
    waiting = queue_video(cast.alice)
    Generation.objects.filter(pk=waiting.pk).update(due_at="2100-01-01T00:00Z")
    page = open_browser(**PHONE)
    _sign_in(page, site)
    page.goto(f"{site}videos/{waiting.pk}/")
    page.get_by_role("button", name="Cancel and get 90 credits back").click()
    expect(page.get_by_role("heading", name="You cancelled this video")).to_be_visible()
    expect(page.get_by_text("You were not charged: 90 credits are back")).to_be_visible()
    page.locator(".ledger a").first.click()
    expect(page.locator("tr:target")).to_contain_text("Returned: not charged")


def _sign_in(page, site):
    page.goto(f"{site}account/sign-in/")
    page.fill("[name=username]", "alice@example.org")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("sign-in"))
