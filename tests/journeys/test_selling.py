"""A portal's staff connect its Stripe account and buy credits for its pool, in a real browser."""

import re

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from playwright.sync_api import expect

from accounts import ledger, packs
from accounts.models import StripeAccount, Tenant, User
from tests.cast import AURORA_HOST, PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def site(start_site, collected_static, local_stripe, portal_environment):
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


def test_staff_connect_an_account_and_top_the_pool_up(cast, site, open_browser):
    packs.make_pool_packs()
    # The site's processes don't know the quick hashes of the tests.
    password = PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-a-test-only-00")
    User.objects.filter(pk=cast.olga.pk).update(password=password)
    Tenant.objects.filter(pk=cast.aurora.pk).update(seller=Tenant.Seller.OWN, fee_basis_points=250)
    page = open_browser()
    page.goto(f"http://{AURORA_HOST}:{site}/admin/accounts/stripeaccount/")
    page.fill("[name=username]", "olga@example.org")
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Not begun")).to_be_visible()
    page.get_by_label("Country of your business").fill("de")
    page.get_by_role("button", name="Connect your Stripe account").click()
    expect(page).to_have_url(re.compile(r"/onboard/"))
    page.get_by_role("button", name=re.compile("later", re.I)).click()
    expect(page.get_by_text("Details are missing").first).to_be_visible()
    page.get_by_role("button", name="Go on at Stripe").click()
    page.get_by_role("button", name=re.compile("complete", re.I)).click()
    expect(page.get_by_text("Ready").first).to_be_visible()
    assert StripeAccount.objects.get(tenant=cast.aurora).is_ready
    page.get_by_role("link", name="Top-ups of the pool").first.click()
    page.get_by_role("button", name="Buy for $100.00").click()
    page.get_by_role("button", name=re.compile("^Pay 100.00")).click()
    expect(page.get_by_text("are in the pool")).to_be_visible()
    assert ledger.pool_of(cast.aurora) == 96_000
