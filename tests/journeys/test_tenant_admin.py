"""A portal's staff at work in a real browser: the boxes of a list, and credits for a fan."""

import pytest

from accounts import api_keys, ledger
from accounts.models import ApiKey
from tests.cast import AURORA_HOST, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_revoke_all_keys_of_a_page_and_give_credits(cast, live_server, open_browser):
    for user in (cast.alice, cast.bob):
        api_keys.issue(user, name="Screen")
    page = open_browser(viewport={"width": 360, "height": 800})
    site = f"http://{AURORA_HOST}:{live_server.thread.port}"
    page.goto(f"{site}/admin/accounts/apikey/")
    page.fill("[name=username]", "olga@example.org")
    page.fill("[name=password]", PASSWORD)
    page.locator("form").get_by_role("button", name="Sign in").click()
    page.locator("#action-toggle").click()
    page.get_by_text("2 of 2 selected").wait_for()
    page.get_by_label("Action:").select_option("revoke")
    page.get_by_role("button", name="Go").click()
    page.get_by_text("Keys revoked: 2.").wait_for()
    assert not ApiKey.objects.live().exists()

    page.goto(f"{site}/admin/accounts/user/{cast.alice.pk}/change/")
    page.get_by_role("link", name="Give credits").click()
    page.get_by_label("Credits:").fill("90")
    page.get_by_role("button", name="Give credits").click()
    page.get_by_text("has 90 credits more").wait_for()
    assert ledger.balance_of(cast.alice).available == 90
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
