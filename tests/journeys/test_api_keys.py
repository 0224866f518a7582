"""A key's way through the account's pages, with and without JavaScript, to the API itself."""

import pytest
import requests
from playwright.sync_api import expect

from accounts.models import ApiKey
from tests.cast import AURORA_HOST, PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

EMAIL = "fan@example.org"


@pytest.fixture
def site(cast, start_web, collected_static):
    return start_web()


@pytest.mark.parametrize("has_javascript", [True, False])
def test_a_key_is_made_used_rotated_and_revoked(site, open_browser, has_javascript):
    home = f"http://{AURORA_HOST}:{site}/"
    options = {"permissions": ["clipboard-read", "clipboard-write"]} if has_javascript else {}
    page = open_browser(java_script_enabled=has_javascript, **options)
    sign_up(page, home)
    page.goto(f"{home}wallet/")
    page.get_by_role("navigation", name="Account").get_by_text("API keys").click()
    page.get_by_label("Name").fill("Screen")
    page.get_by_label("Delete videos, make share links").uncheck()
    # Granian shows the client's address as it is, and takes no header's word for it.
    page.get_by_label("Networks").fill("127.0.0.1")
    page.get_by_role("button", name="Make the key").click()
    first = page.locator(".new-key-text").inner_text()
    assert account_of(site, first) == (200, EMAIL)
    if has_javascript:
        page.get_by_role("button", name="Copy the key").click()
        expect(page.get_by_text("Key copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == first
    page.reload()
    expect(page.get_by_text("shown once only")).to_be_visible()
    assert first not in page.content()

    page.get_by_role("link", name="Screen").click()
    page.get_by_role("button", name="Rotate the key").click()
    second = page.locator(".new-key-text").inner_text()
    assert account_of(site, first) == account_of(site, second) == (200, EMAIL)
    page.get_by_role("link", name="Done, to my keys").click()
    page.get_by_role("link", name="Screen").first.click()
    page.get_by_label("Networks").fill("10.0.0.0/8")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert account_of(site, second)[0] == 401
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_text("is revoked")).to_be_visible()
    assert ApiKey.objects.live().count() == 1


def sign_up(page, home):
    page.goto(f"{home}account/sign-up/")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Create an account").click()
    expect(page).to_have_url(f"{home}create/football/photo/")


def account_of(port, key):
    headers = {"Host": AURORA_HOST, "X-API-Key": key, "X-Forwarded-For": "10.0.0.1"}
    answer = requests.get(f"http://127.0.0.1:{port}/api/v1/account", headers=headers, timeout=10)
    return answer.status_code, answer.json().get("email")
