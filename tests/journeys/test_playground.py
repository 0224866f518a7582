"""Requests of the API from the account's page, in a real browser."""

import pytest
from playwright.sync_api import expect

from accounts.models import ApiKey
from generations.models import Generation
from tests.cast import build_photo_bytes, give
from tests.journeys.visitors import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def open_as_alice(cast, open_browser):
    """open_as_alice(home, **options) → the page of the playground in a browser of hers."""

    def build(home, **options):
        page = open_browser(**options)
        sign_in(page, home, cast.alice)
        page.goto(f"{home}account/api/")
        return page

    return build


@pytest.fixture
def home(start_site, collected_static):
    port, _ = start_site()
    return f"http://aurora.localhost:{port}/"


def test_a_user_plays_requests_and_the_key_stays_in_its_field(cast, home, open_as_alice):
    give(cast.alice, 180)
    key = ApiKey.issue(user=cast.alice, name="test")[1]
    page = open_as_alice(home)
    page.get_by_label("API key").fill(key)

    page.get_by_label("Operation").select_option("get-account")
    page.get_by_role("button", name="Send the request").click()
    answer = page.locator("[data-answer]")
    expect(answer).to_contain_text("200 OK")
    expect(answer).to_contain_text('"credits_balance": 180')
    expect(answer).to_contain_text("ratelimit-remaining")

    page.get_by_label("Operation").select_option("post-football")
    photo = {"name": "it's me.jpg", "mimeType": "image/jpeg", "buffer": build_photo_bytes()}
    page.locator("#post-football-photo").set_input_files(photo)
    page.locator("#post-football-metadata").fill('{"order": "1042"}')
    expect(page.locator("[data-curl]")).to_contain_text(r"-F 'photo=@it'\''s me.jpg'")
    page.get_by_role("button", name="Send the request").click()
    expect(answer).to_contain_text('"credits_used": 90')
    assert Generation.objects.get().metadata == {"order": "1042"}

    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    assert key not in page.evaluate(stored)
    assert key not in page.locator("[data-curl]").text_content()
    assert key not in page.url


def test_it_warns_of_live_keys(home, open_as_alice):
    page = open_as_alice(home)
    page.get_by_label("API key").fill("aurora_live_something")
    expect(page.get_by_text("This is a live key.")).to_be_visible()
    page.get_by_label("API key").fill("aurora_test_something")
    expect(page.get_by_text("nothing is charged")).to_be_visible()
    expect(page.get_by_text("This is a live key.")).to_be_hidden()


def test_without_javascript_there_are_the_samples(home, open_as_alice):
    page = open_as_alice(home, java_script_enabled=False)
    expect(page.get_by_text("which is off here")).to_be_visible()
    expect(page.get_by_text("curl -X POST").first).to_be_visible()
    page.goto(f"{home}api/docs")
    sample = page.locator("#post-football .sample").first
    sample.get_by_text("Python").click()
    expect(sample.get_by_text("import requests")).to_be_visible()
    expect(sample.get_by_text("curl -X POST")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 360, 768, 1440])
def test_the_documentation_fits_its_screen(home, open_browser, width):
    page = open_browser(viewport={"width": width, "height": 740})
    page.goto(f"{home}api/docs")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("#post-football").get_by_text("JavaScript").first.click()
    expect(page.locator("#get-account").get_by_text("await fetch")).to_be_visible()
    if width < 992:
        page.get_by_text("On this page").click()
        page.get_by_role("link", name="Errors", exact=True).click()
        expect(page.locator("details.contents")).not_to_have_attribute("open", "")
        expect(page.locator("#errors")).to_be_in_viewport()
