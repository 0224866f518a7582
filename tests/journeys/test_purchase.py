"""A fan buys a pack at the demo's checkout, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from accounts import ledger, packs
from accounts.models import Purchase, User
from tests.cast import AURORA_HOST, PASSWORD
from tests.fixtures.site import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def site(start_site, run_manage, local_stripe, portal_environment):
    collected = run_manage("collectstatic", "--no-input", timeout=120)
    assert collected.returncode == 0, collected.stderr
    portal_environment |= {
        "STRIPE_SECRET_KEY": local_stripe.secret_key,
        "STRIPE_API_BASE": local_stripe.url,
        "STRIPE_WEBHOOK_SECRET": local_stripe.webhook_secret,
        "STRIPE_CONNECT_WEBHOOK_SECRET": local_stripe.connect_webhook_secret,
    }
    port, _ = start_site(outbound=True)
    base = f"http://127.0.0.1:{port}/hooks/stripe/"
    local_stripe.send_events_to(base, connect=f"{base}connect/")
    return port


def test_a_fan_buys_a_pack_and_has_its_credits(cast, site, open_browser):
    packs.make_default_packs(cast.aurora)
    page = open_browser()
    fan = _sign_up(page, f"http://{AURORA_HOST}:{site}/", cast.aurora)
    page.goto(f"http://{AURORA_HOST}:{site}/wallet/")
    page.get_by_role("link", name="Buy credits").click()
    page.get_by_role("button", name="Buy for $10.00").click()
    expect(page).to_have_url(re.compile(r"/pay/cs_test_"))
    page.get_by_role("button", name=re.compile("Go back")).click()
    expect(page.get_by_text("Nothing was charged.")).to_be_visible()
    page.get_by_role("button", name="Pay $10.00").click()
    page.get_by_role("button", name=re.compile("^Pay 10.00")).click()
    expect(page.get_by_role("heading", name="600 credits bought")).to_be_visible()
    assert ledger.balance_of(fan).available == 600
    page.get_by_role("link", name="See my wallet").click()
    expect(page.get_by_text("Credits bought")).to_be_visible()


def test_credits_come_though_the_browser_never_comes_back(cast, site, open_browser, local_stripe):
    packs.make_default_packs(cast.aurora)
    page = open_browser()
    fan = _sign_up(page, f"http://{AURORA_HOST}:{site}/", cast.aurora)
    page.goto(f"http://{AURORA_HOST}:{site}/wallet/")
    page.get_by_role("link", name="Buy credits").click()
    page.get_by_role("button", name="Buy for $10.00").click()
    expect(page).to_have_url(re.compile(r"/pay/cs_test_"))
    page.close()
    local_stripe.pay(Purchase.objects.get().session_id)
    wait_until(lambda: Purchase.objects.get().status == "paid", "the event has no effect")
    assert ledger.balance_of(fan).available == 600


def _sign_up(page, home, tenant):
    page.goto(f"{home}account/sign-up/")
    page.fill("[name=email]", "fan@example.org")
    page.fill("[name=display_name]", "Robin")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Create an account").click()
    expect(page).to_have_url(re.compile(r"/create/football/"))
    return User.objects.get_by_email(tenant=tenant, email="fan@example.org")
