"""Packs, purchases and refunds in the platform's admin."""

import re
import uuid

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from accounts import ledger, purchases
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
    assert staff.post(f"{PACKS}{shop.pack.pk}/change/", pack_form(price, 1200)).status_code == 302
    assert set(shop.pack.prices.values_list("amount_minor", flat=True)) == {1000, 1200}
    again = pack_form(price, 1) | {"prices-0-amount_minor": 7}
    answer = staff.post(f"{PACKS}{shop.pack.pk}/change/", again)
    assert "There is a price from that time on already." in answer.content.decode()
    price.refresh_from_db()
    assert price.amount_minor == 1000


@pytest.mark.parametrize(
    ("amount", "currency"), [(1205, "kwd"), (150, "isk"), (0, "usd"), (5, "US")]
)
def test_a_price_that_cannot_be_charged_is_refused(shop, staff, amount, currency):
    price = shop.pack.prices.get()
    answer = staff.post(f"{PACKS}{shop.pack.pk}/change/", pack_form(price, amount, currency))
    assert answer.status_code == 200
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
    page = staff.post(PURCHASES, act(purchase))
    body = page.content.decode()
    assert page.status_code == 200
    assert "paid $10.00 for 600 credits" in body
    assert purchase_of(purchase).refunded_minor == 0
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', body)[1]
    for _ in range(2):
        answer = staff.post(PURCHASES, act(purchase, amount_minor=500, key=key), follow=True)
    assert "Credits taken back: 300" in answer.content.decode()
    assert purchase_of(purchase).refunded_minor == 500
    assert ledger.balance_of(cast.alice).available == 300
    assert "Refunded 500 usd." in LogEntry.objects.first().change_message


@pytest.mark.parametrize("amount", [0, 1001, "x", ""])
def test_a_refund_of_an_odd_amount_is_asked_again(shop, staff, amount):
    purchase = shop.buy()
    answer = staff.post(PURCHASES, act(purchase, amount_minor=amount, key=uuid.uuid4()))
    assert answer.status_code == 200
    assert "Refund" in answer.content.decode()
    assert purchase_of(purchase).refunded_minor == 0


def test_a_refund_that_stripe_refuses_is_told(shop, staff):
    purchase = shop.buy()
    shop.stripe.dispute(purchase.session_id)
    purchases.settle(purchase.pk)
    wish = act(purchase, amount_minor=500, key=uuid.uuid4())
    assert "Stripe refuses the refund" in staff.post(PURCHASES, wish, follow=True).content.decode()


def test_a_refund_without_an_answer_is_told(shop, staff):
    purchase = shop.buy()
    shop.stripe.fault("reset", times=2, calls="POST /v1/refunds")
    wish = act(purchase, amount_minor=500, key=uuid.uuid4())
    assert "Stripe does not answer" in staff.post(PURCHASES, wish, follow=True).content.decode()


def test_what_was_not_paid_cannot_be_refunded(shop, staff):
    answer = staff.post(PURCHASES, act(shop.start()), follow=True)
    assert "Nothing is left of it to refund" in answer.content.decode()


def test_staff_who_may_only_look_refund_nothing(shop, visit):
    looker = User.objects.create_user(
        tenant=None, email="looker@example.org", password=PASSWORD, is_staff=True
    )
    looker.user_permissions.add(Permission.objects.get(codename="view_purchase"))
    purchase = shop.buy()
    client = visit(looker, PLATFORM_HOST)
    assert client.get(PURCHASES).status_code == 200
    client.post(PURCHASES, act(purchase, amount_minor=500, key=uuid.uuid4()))
    assert purchase_of(purchase).refunded_minor == 0


def test_events_are_shown(shop, staff):
    event = StripeEvent.objects.create(event_id="evt_1", type="charge.refunded", payload={"a": 1})
    assert "charge.refunded" in staff.get("/admin/accounts/stripeevent/").content.decode()
    page = staff.get(f"/admin/accounts/stripeevent/{event.pk}/change/")
    assert "evt_1" in page.content.decode()
    assert staff.get("/admin/accounts/stripeaccount/").status_code == 200


def pack_form(price, amount, currency="usd"):
    pack = Pack.objects.get(pk=price.pack_id)
    return {
        "tenant": pack.tenant_id, "name": pack.name, "credits": pack.credits, "is_active": "on",
        "order": pack.order,
        "prices-TOTAL_FORMS": 2, "prices-INITIAL_FORMS": 1,
        "prices-0-id": price.pk, "prices-0-pack": pack.pk,
        "prices-1-pack": pack.pk, "prices-1-amount_minor": amount, "prices-1-currency": currency,
        "prices-1-effective_from_0": "2026-01-01", "prices-1-effective_from_1": "12:00:00",
    }  # fmt: skip


def act(purchase, **fields):
    return {"action": "refund", "_selected_action": [str(purchase.pk)]} | fields


def purchase_of(purchase):
    return Purchase.objects.get(pk=purchase.pk)
