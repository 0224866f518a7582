"""Packs, purchases and refunds in the platform's admin."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts import ledger, purchases, refunds
from accounts.models import Pack, PackPrice, Purchase, StripeEvent, User
from tests.cast import PASSWORD, PLATFORM_HOST

pytestmark = pytest.mark.django_db

PACKS, PURCHASES = "/admin/accounts/pack/", "/admin/accounts/purchase/"


@pytest.fixture
def staff(cast, visit):
    return visit(User.objects.create_superuser("staff@example.org", PASSWORD), PLATFORM_HOST)


def test_the_staff_see_what_is_sold_at_what_price(shop, staff):
    page = staff.get(PACKS).content.decode()
    assert "$10.00" in page
    assert "$100.00" in page


def test_a_new_price_is_added_and_the_old_one_stays(shop, staff):
    price = shop.pack.prices.get()
    address = f"{PACKS}{shop.pack.pk}/change/"
    later = f"{timezone.now() + timedelta(days=30):%Y-%m-%dT%H:%M}"
    assert staff.post(address, pack_form(price, "12.00", since=later)).status_code == 302
    assert set(shop.pack.prices.values_list("amount_minor", flat=True)) == {1000, 1200}
    again = pack_form(price, "13", since=later) | {"prices-0-amount": "0.07"}
    answer = staff.post(address, again)
    assert "There is a price from that time on already." in answer.content.decode()
    price.refresh_from_db()
    assert price.amount_minor == 1000
    assert staff.post(address, pack_form(price, "14")).status_code == 302
    assert Pack.objects.on_sale().get(pk=shop.pack.pk).price_text == "$14.00"


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        ("1.205", "kwd", "only multiples of 0.010"),
        ("1.50", "isk", "only multiples of 1.00"),
        ("0", "usd", "more than nothing"),
        ("1000000.00", "usd", "no more than $999,999.99"),
        ("1,000.00", "usd", "digits only, as 5.00"),
        ("1,000", "usd", "2 decimals"),
        ("1.5", "jpy", "no decimals"),
        ("ten", "usd", "digits only"),
        ("5", "US", "at least 3 characters"),
    ],
)
def test_a_price_that_cannot_be_charged_is_refused(shop, staff, amount, currency, told):
    price = shop.pack.prices.get()
    form = pack_form(price, amount, currency)
    answer = staff.post(f"{PACKS}{shop.pack.pk}/change/", form)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert PackPrice.objects.filter(pack=shop.pack).count() == 1


def test_no_price_begins_in_the_past(shop, staff):
    form = pack_form(shop.pack.prices.get(), "12", since="2026-01-01T12:00")
    answer = staff.post(f"{PACKS}{shop.pack.pk}/change/", form)
    assert "That time is over." in answer.content.decode()
    assert PackPrice.objects.filter(pack=shop.pack).count() == 1


def test_purchases_are_shown_and_cannot_be_changed(shop, staff):
    purchase = shop.buy()
    for path in (PURCHASES, f"{PURCHASES}{purchase.pk}/change/"):
        body = staff.get(path).content.decode()
        assert "Small pack" in body
        assert 'name="_save"' not in body
    assert staff.get(f"{PURCHASES}add/").status_code == 403


def test_a_refund_is_confirmed_before_it_is_made(shop, cast, staff):
    purchase = shop.buy()
    ledger.hold(cast.alice, 400, generation_id=uuid.uuid4())
    page = staff.post(PURCHASES, act(purchase), follow=True)
    assert page.redirect_chain == [(refund_of(purchase), 302)]
    body = page.content.decode()
    assert "paid $10.00 for 600 credits" in body
    assert 'value="10.00"' in body
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', body)[1]
    wish = {"amount": "5.00", "reason": "duplicate", "note": "twice that evening", "key": key}
    shown = staff.post(refund_of(purchase), wish).content.decode()
    assert facts_of(shown) == {
        "Goes back to the buyer": "$5.00", "Was paid": "$10.00", "Credits taken back": "300",
        "Of these out of the wallet": "200", "Owed from then on": "100",
    }  # fmt: skip
    assert purchase_of(purchase).refunded_minor == 0
    for _ in range(2):
        done = staff.post(refund_of(purchase), {**wish, "_confirmed": "1"}, follow=True)
    assert "Refunded: $5.00. Credits taken back: 300." in done.content.decode()
    assert purchase_of(purchase).refunded_minor == 500
    balance = ledger.balance_of(cast.alice)
    assert (balance.available, balance.owed) == (0, 100)
    told = LogEntry.objects.first().change_message
    assert told == "Refunded $5.00. It was paid twice. twice that evening"
    [made] = shop.stripe.client().v1.refunds.list().data
    assert (made.amount, made.reason) == (500, "duplicate")


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0", "A refund of nothing"), ("10.01", "Only $10.00 is left"), ("x", "digits only"),
        ("", "This field is required"), ("-5", "digits only"), ("5.001", "2 decimals"),
        ("500 USD", "digits only"),
    ],
)  # fmt: skip
def test_a_refund_of_an_odd_amount_is_asked_again(shop, staff, amount, told):
    purchase = shop.buy()
    answer = staff.post(refund_of(purchase), wish_of(amount))
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert purchase_of(purchase).refunded_minor == 0


@pytest.mark.parametrize("amount", ["5", "5.0", "5,00", " 5.00 "])
def test_an_amount_is_taken_as_people_write_it(shop, staff, amount):
    purchase = shop.buy()
    staff.post(refund_of(purchase), wish_of(amount))
    assert purchase_of(purchase).refunded_minor == 500


def test_a_preview_says_what_a_refund_then_takes(shop, cast, staff):
    """Step by step, with what was refunded and contested before."""
    purchase = shop.buy()
    ledger.hold(cast.alice, 450, generation_id=uuid.uuid4())
    for amount in (333, 1, 400, 266):
        purchase, before = purchase_of(purchase), ledger.balance_of(cast.alice)
        seen = refunds.preview(purchase, amount)
        after = purchases.refund(purchase, amount, key=uuid.uuid4())
        balance = ledger.balance_of(cast.alice)
        assert seen.credits == after.refunded_credits - purchase.refunded_credits
        assert seen.from_wallet == before.wallet - balance.wallet
        assert seen.owed == balance.owed - before.owed
    assert after.refunded_credits == 600


def test_a_refund_that_stripe_refuses_is_told(shop, staff):
    purchase = shop.buy()
    shop.stripe.dispute(purchase.session_id)
    purchases.settle(purchase.pk)
    answer = staff.post(refund_of(purchase), wish_of("5"), follow=True)
    assert "Stripe refuses the refund" in answer.content.decode()


def test_a_refund_without_an_answer_is_told(shop, staff):
    purchase = shop.buy()
    shop.stripe.fault("reset", times=2, calls="POST /v1/refunds")
    answer = staff.post(refund_of(purchase), wish_of("5"), follow=True)
    assert "Stripe does not answer" in answer.content.decode()


def test_what_was_not_paid_cannot_be_refunded(shop, staff):
    answer = staff.post(PURCHASES, act(shop.start()), follow=True)
    assert "Nothing is left of it to refund" in answer.content.decode()
    assert staff.get(f"{PURCHASES}{uuid.uuid4()}/refund/").status_code == 302


def test_staff_who_may_only_look_refund_nothing(shop, visit):
    looker = User.objects.create_user(
        tenant=None, email="looker@example.org", password=PASSWORD, is_staff=True
    )
    purchase = shop.buy()
    client = visit(looker, PLATFORM_HOST)
    assert client.get(refund_of(purchase)).status_code == 403
    looker.user_permissions.add(Permission.objects.get(codename="view_purchase"))
    assert client.get(PURCHASES).status_code == 200
    answer = client.post(refund_of(purchase), wish_of("5"), follow=True)
    assert "You may look at purchases only." in answer.content.decode()
    assert purchase_of(purchase).refunded_minor == 0


def test_events_are_shown(shop, staff):
    event = StripeEvent.objects.create(event_id="evt_1", type="charge.refunded", payload={"a": 1})
    assert "charge.refunded" in staff.get("/admin/accounts/stripeevent/").content.decode()
    page = staff.get(f"/admin/accounts/stripeevent/{event.pk}/change/")
    assert "evt_1" in page.content.decode()
    assert staff.get("/admin/accounts/stripeaccount/").status_code == 200


def pack_form(price, amount, currency="usd", *, since=""):
    pack = Pack.objects.get(pk=price.pack_id)
    return {
        "tenant": pack.tenant_id, "name": pack.name, "credits": pack.credits, "is_active": "on",
        "order": pack.order,
        "prices-TOTAL_FORMS": 2, "prices-INITIAL_FORMS": 1,
        "prices-0-id": price.pk, "prices-0-pack": pack.pk,
        "prices-1-pack": pack.pk, "prices-1-amount": amount, "prices-1-currency": currency,
        "prices-1-effective_from": since,
    }  # fmt: skip


def act(purchase):
    return {"action": "refund", "_selected_action": [str(purchase.pk)]}


def refund_of(purchase):
    return f"{PURCHASES}{purchase.pk}/refund/"


def wish_of(amount):
    """As the page that asks for confirmation sends it."""
    wish = {"amount": amount, "reason": "requested_by_customer", "note": "", "_confirmed": "1"}
    return wish | {"key": str(uuid.uuid4())}


def facts_of(body):
    return dict(re.findall(r"<th[^>]*>([^<]+)</th><td[^>]*>([^<]+)</td>", body))


def purchase_of(purchase):
    return Purchase.objects.get(pk=purchase.pk)
