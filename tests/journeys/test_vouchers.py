"""A voucher's whole way in a real browser: made and printed by the staff, redeemed by a new fan."""

import pytest

from accounts import ledger
from accounts.models import User, VoucherBatch
from tests.cast import AURORA_HOST, PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def test_a_new_fan_redeems_what_the_staff_have_printed(cast, live_server, open_browser, redis):
    site = f"http://{AURORA_HOST}:{live_server.thread.port}"
    staff = open_browser()
    staff.goto(f"{site}/admin/accounts/voucherbatch/add/")
    staff.fill("[name=username]", "olga@example.org")
    staff.fill("[name=password]", PASSWORD)
    staff.locator("form").get_by_role("button", name="Sign in").click()
    for name, value in {"name": "Derby", "credits": "90", "codes": "9"}.items():
        staff.fill(f"[name={name}]", value)
    staff.get_by_role("button", name="Save").click()
    staff.get_by_role("row", name="Taken from the pool 810").wait_for()
    staff.get_by_role("button", name="Make the batch").click()
    staff.get_by_text("9 codes; 810 credits have left the pool.").wait_for()
    staff.get_by_role("link", name="Print").click()
    assert staff.locator(".qr svg").count() == 9
    assert staff.get_by_role("button", name="Print").is_visible()
    assert staff.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    code = staff.locator(".code").first.inner_text()

    fan = open_browser(viewport={"width": 360, "height": 800})
    fan.goto(f"{site}/wallet/voucher/?code={code}")
    fan.get_by_role("link", name="Create an account").last.click()
    fan.fill("[name=email]", "new@example.org")
    fan.fill("[name=password]", PASSWORD)
    fan.get_by_role("button", name="Create an account").click()
    fan.wait_for_url("**/wallet/voucher/**")
    assert fan.locator("[name=code]").input_value() == code
    fan.get_by_role("button", name="Redeem the voucher").click()
    fan.get_by_text("90 credits are yours, from the voucher “Derby”.").wait_for()
    assert ledger.balance_of(User.objects.get(email="new@example.org")).available == 90
    assert VoucherBatch.objects.get().uses_left == 8
