"""A fan buys credits on the site as `make run` starts it, spends them, and gets money back."""

import re

import pytest
from playwright.sync_api import expect

from generations.demo import PASSWORD
from tests.journeys.ordering import add_photo, agree

pytestmark = pytest.mark.timeout(600)

PHONE = {"viewport": {"width": 360, "height": 740}}
STAFF = "treasurer@platform.example"
READY_TIMEOUT = 240_000
GIVEN = ("Credits added", "+900", "900 left")


def test_a_fan_buys_a_pack_orders_a_video_and_is_refunded(embedded_site, open_browser):
    home = embedded_site.home("aurora")
    fan = open_browser(**PHONE)
    sign_in(fan, home, "fan@aurora.example")
    go_to_checkout(fan, home)
    expect(fan.get_by_text("Demo checkout: no money moves.")).to_be_visible()
    fan.get_by_role("button", name="Pay 10.00").click()
    expect(fan.get_by_role("heading", name="600 credits bought")).to_be_visible()
    number = fan.locator(".bill-number").inner_text()
    fan.get_by_role("link", name="See my wallet").click()
    bought = ("Credits bought", "+600", "1,500 left")
    assert lines_of(fan) == [bought, GIVEN]

    order_video(fan, home)
    held = ("Held for a video", "−90", "1,410 left")
    charged = ("Video charged", *held[1:])
    assert lines_of(fan, home)[0] in (held, charged)
    fan.go_back()
    expect(fan.locator("video")).to_be_attached(timeout=READY_TIMEOUT)
    assert lines_of(fan, home) == [charged, bought, GIVEN]

    refund_half(embedded_site, open_browser(), number)
    refunded = ("Refund: credits taken back", "−300", "1,110 left")
    assert lines_of(fan, home) == [refunded, charged, bought, GIVEN]
    fan.goto(f"{home}wallet/purchases/{number}/")
    expect(fan.get_by_text("Partly refunded")).to_be_visible()
    expect(fan.get_by_text("$5.00 · 300 credits")).to_be_visible()
    audit(embedded_site)


def test_a_card_is_declined_and_the_purchase_cancelled_and_nothing_is_charged(
    embedded_site, open_browser
):
    home = embedded_site.home("borealis")
    fan = open_browser(**PHONE)
    sign_in(fan, home, "fan@borealis.example")
    go_to_checkout(fan, home)
    fan.get_by_role("button", name="Pay with a card that is declined").click()
    expect(fan.get_by_text("The card was declined. Nothing was charged.")).to_be_visible()
    fan.get_by_role("button", name="Go back without paying").click()
    expect(fan.get_by_text("Not paid yet")).to_be_visible()
    expect(fan.get_by_text("Nothing was charged.")).to_be_visible()
    fan.get_by_role("button", name="Cancel this purchase").click()
    expect(fan.get_by_role("heading", name="Cancelled")).to_be_visible()
    expect(fan.get_by_text("Nothing was charged, and no credits were added.")).to_be_visible()
    fan.get_by_role("link", name="Buy credits").click()
    expect(fan.locator(".buy-rows").get_by_text("Not bought")).to_be_visible()
    assert lines_of(fan, home) == [GIVEN]
    audit(embedded_site)


def test_a_delayed_payment_is_credited_when_it_arrives(embedded_site, open_browser):
    home = embedded_site.home("borealis")
    owner = open_browser(**PHONE)
    sign_in(owner, home, "owner@borealis.example")
    session = go_to_checkout(owner, home)
    owner.get_by_role("button", name="Pay later by US bank account").click()
    expect(owner.get_by_role("heading", name="Your payment is on its way")).to_be_visible()
    purchase = owner.url
    assert lines_of(owner, home) == [GIVEN]
    embedded_site.stripe.settle(session)
    wait_for_heading(owner, purchase.partition("?")[0], "600 credits bought")
    assert lines_of(owner, home) == [("Credits bought", "+600", "1,500 left"), GIVEN]
    audit(embedded_site)


def test_credits_come_though_the_browser_never_comes_back(embedded_site, open_browser):
    home = embedded_site.home("aurora")
    owner = open_browser(**PHONE)
    sign_in(owner, home, "owner@aurora.example")
    session = go_to_checkout(owner, home)
    embedded_site.stripe.pay(session)
    owner.goto(f"{home}wallet/buy/")
    purchase = owner.locator(".buy-rows a").first.get_attribute("href")
    wait_for_heading(owner, f"{home.rstrip('/')}{purchase}", "600 credits bought")
    assert lines_of(owner, home)[0] == ("Credits bought", "+600", "1,500 left")


def sign_in(page, home, email, password=PASSWORD):
    page.goto(f"{home}account/sign-in/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("sign-in"))


def go_to_checkout(page, home):
    """Through the shop; returns the id of Stripe's session."""
    page.goto(f"{home}wallet/")
    page.get_by_role("link", name="Buy credits").click()
    page.get_by_role("button", name="Buy for $10.00").click()
    expect(page).to_have_url(re.compile(r"/pay/cs_test_"))
    return page.url.rpartition("/")[2]


def lines_of(page, home=None):
    """What the wallet says: label, signed amount and running balance, newest first."""
    if home:
        page.goto(f"{home}wallet/")
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    return [
        tuple(row.locator(part).inner_text() for part in ("b", ".amount", ".cell-second-end"))
        for row in page.locator("tr[id^=entry-]").all()
    ]


def order_video(page, home):
    page.goto(f"{home}create/football/?left=Brazil&right=France")
    add_photo(page)
    page.get_by_role("button", name="Next: teams").click()
    page.get_by_role("button", name="Next: consent").click()
    agree(page)
    page.get_by_role("button", name="Make my video · 90 credits").click()
    expect(page).to_have_url(re.compile(r"/videos/[0-9a-f-]{36}/"))


def refund_half(site, page, number):
    """As the platform's staff, in its admin."""
    password = "up-in-the-office"
    made = site.manage(
        *("createsuperuser", "--no-input", "--username", "treasurer", "--email", STAFF),
        DJANGO_SUPERUSER_PASSWORD=password,
    )
    assert made.returncode == 0, made.stderr
    page.goto(f"{site.home('platform')}admin/accounts/purchase/?q={number}")
    page.fill("[name=username]", STAFF)
    page.fill("[name=password]", password)
    page.get_by_role("button", name="Log in").click()
    page.locator("input[name=_selected_action]").check()
    page.locator("select[name=action]").select_option("refund")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("fan@aurora.example paid $10.00 for 600 credits")).to_be_visible()
    page.get_by_label("Amount in USD").fill("5.00")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Refund $5.00").click()
    expect(page.get_by_text("Refunded: $5.00. Credits taken back: 300.")).to_be_visible()


def wait_for_heading(page, address, words):
    """The event is on its way to a worker: look again, as people do."""
    heading = page.get_by_role("heading", name=words)
    for _ in range(60):
        page.goto(address)
        if heading.is_visible():
            return
        page.wait_for_timeout(500)
    expect(heading).to_be_visible()


def audit(site):
    audited = site.manage("audit_ledger")
    assert audited.returncode == 0, audited.stdout + audited.stderr
