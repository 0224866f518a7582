"""Buying a pack: reserved, paid at a local Stripe, credited once, or given back to the pool."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import ledger, purchases
from accounts.errors import (
    NotOnSale,
    PurchaseClosed,
    SoldOut,
    StripeNotConfigured,
    StripeRefused,
    StripeUnreachable,
    TooManyPurchases,
)
from accounts.models import CreditTransaction, PackPrice, Purchase
from generations.audit import audit_all
from tests.cast import give
from tests.fixtures.payments import build_pack

pytestmark = pytest.mark.django_db

Status = Purchase.Status
Reason = Purchase.Reason
POOL = 90_000


def test_a_paid_pack_is_credited_out_of_the_reservation(shop, cast):
    purchase = shop.start()
    assert standing(cast) == (POOL - 600, 600, 0)
    shop.stripe.pay(purchase.session_id)
    purchase = purchases.settle(purchase.pk)
    assert standing(cast) == (POOL - 600, 0, 600)
    assert (purchase.status, purchase.due_at) == (Status.PAID, None)
    assert purchase.payment_intent.startswith("pi_")
    assert purchase.receipt_url.startswith(shop.stripe.url)
    assert audit_all().problems == []


def test_a_form_that_is_sent_twice_buys_once(shop, cast):
    nonce = uuid.uuid4()
    first, again = (purchases.start(cast.alice, shop.pack.pk, nonce=nonce) for _ in range(2))
    assert first == again
    assert standing(cast) == (POOL - 600, 600, 0)


def test_a_checkout_that_is_opened_again_is_the_same_page(shop):
    purchase = shop.start()
    page = open_checkout(purchase)
    assert page == open_checkout(Purchase.objects.get(pk=purchase.pk))
    assert page.startswith(f"{shop.stripe.url}/pay/")
    assert len(calls(shop, "POST", "/v1/checkout/sessions")) == 1


def test_a_user_has_three_open_purchases_at_most(shop, cast):
    for _ in range(purchases.MOST_OPEN):
        shop.start()
    with pytest.raises(TooManyPurchases):
        shop.start()
    shop.start(cast.bob)
    purchases.cancel(Purchase.objects.filter(user=cast.alice).last())
    shop.start()


def test_what_is_promised_to_one_buyer_is_not_promised_to_another(shop, cast):
    big = build_pack(cast.aurora, name="All of it", credits=POOL, amount_minor=100_000)
    purchase = shop.start(pack=big)
    with pytest.raises(SoldOut):
        shop.start(cast.bob)
    purchases.cancel(purchase)
    shop.start(cast.bob)


def test_a_pack_that_is_not_on_sale_cannot_be_bought(shop, cast):
    theirs = build_pack(cast.borealis)
    unpriced = build_pack(cast.aurora, name="Later")
    unpriced.prices.update(effective_from=timezone.now() + timedelta(hours=1))
    retired = build_pack(cast.aurora, name="Earlier")
    type(retired).objects.filter(pk=retired.pk).update(is_active=False)
    for pack in (theirs, unpriced, retired):
        with pytest.raises(NotOnSale):
            shop.start(pack=pack)
    assert standing(cast) == (POOL, 0, 0)


def test_a_purchase_keeps_the_price_that_it_was_sold_at(shop):
    PackPrice.objects.create(pack=shop.pack, amount_minor=1200, currency="eur")
    purchase = shop.start()
    PackPrice.objects.create(pack=shop.pack, amount_minor=9900, currency="gbp")
    shop.pack.credits, shop.pack.name = 1, "Something else"
    shop.pack.save(update_fields=["credits", "name"])
    shop.stripe.pay(purchase.session_id)
    purchase = purchases.settle(purchase.pk)
    assert (purchase.amount_text, purchase.credits) == ("€12.00", 600)
    assert purchase.pack_name == "Small pack"
    assert purchase.status == Status.PAID


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("jpy", 1500, "¥1,500"), ("kwd", 4500, "4.500 KWD"), ("isk", 120_000, "1,200.00 ISK")],
)
def test_packs_are_sold_in_currencies_of_any_decimals(shop, cast, currency, amount, shown):
    pack = build_pack(cast.aurora, amount_minor=amount, currency=currency)
    purchase = shop.buy(pack=pack)
    assert (purchase.status, purchase.amount_text) == (Status.PAID, shown)


def test_a_delayed_payment_keeps_the_reservation_until_it_comes(shop, cast):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id, delayed=True)
    purchase = purchases.settle(purchase.pk)
    assert purchase.status == Status.PENDING
    assert purchase.due_at > timezone.now()
    assert standing(cast) == (POOL - 600, 600, 0)
    shop.stripe.settle(purchase.session_id)
    assert purchases.settle(purchase.pk).status == Status.PAID
    assert standing(cast) == (POOL - 600, 0, 600)


def test_a_delayed_payment_that_fails_gives_the_credits_back_to_the_pool(shop, cast):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id, delayed=True)
    purchases.settle(purchase.pk)
    shop.stripe.fail(purchase.session_id)
    purchase = purchases.settle(purchase.pk)
    assert (purchase.status, purchase.reason) == (Status.FAILED, Reason.DECLINED)
    assert standing(cast) == (POOL, 0, 0)


def test_a_checkout_that_closes_unpaid_gives_the_credits_back_to_the_pool(shop, cast):
    purchase = shop.start()
    shop.stripe.expire(purchase.session_id)
    purchase = purchases.settle(purchase.pk)
    assert (purchase.status, purchase.reason) == (Status.EXPIRED, Reason.TIME)
    assert standing(cast) == (POOL, 0, 0)


def test_a_cancelled_purchase_cannot_be_paid_any_more(shop, cast):
    purchase = shop.start()
    page = open_checkout(purchase)
    purchase = purchases.cancel(purchase)
    assert (purchase.status, purchase.reason) == (Status.EXPIRED, Reason.CANCELLED)
    assert standing(cast) == (POOL, 0, 0)
    with pytest.raises(PurchaseClosed):
        open_checkout(purchase)
    session = shop.stripe.client().v1.checkout.sessions.retrieve(page.rpartition("/")[2])
    assert session.status == "expired"


def test_cancelling_what_was_paid_meanwhile_leaves_it_paid(shop, cast):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    assert purchases.cancel(purchase).status == Status.PAID
    assert standing(cast) == (POOL - 600, 0, 600)


@pytest.mark.parametrize(
    ("fault", "times"), [("error", 1), ("rate-limited", 1), ("reset", 2), ("timeout", 2)]
)
def test_a_stripe_that_is_away_loses_nothing(shop, cast, fault, times):
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    shop.stripe.fault(fault, times=times, calls="POST /v1/checkout", seconds=0.1)
    with pytest.raises(StripeUnreachable):
        open_checkout(purchase)
    purchase.refresh_from_db()
    assert (purchase.status, purchase.session_id) == (Status.OPEN, None)
    assert standing(cast) == (POOL - 600, 600, 0)
    open_checkout(purchase)
    keys = {call["idempotency_key"] for call in calls(shop, "POST", "/v1/checkout/sessions")}
    assert keys == {f"purchase-{purchase.pk}-1", f"purchase-{purchase.pk}-2"}


def test_an_answer_that_gets_lost_leaves_one_checkout(shop, cast):
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    shop.stripe.fault("lost", calls="POST /v1/checkout")
    assert open_checkout(purchase).startswith(shop.stripe.url)
    assert len(shop.stripe.client().v1.checkout.sessions.list().data) == 1


def test_a_checkout_that_was_never_opened_ends_with_its_time(shop, cast):
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    Purchase.objects.update(due_at=timezone.now())
    purchases.settle_if_due(purchase.pk)
    assert Purchase.objects.get().status == Status.OPEN
    Purchase.objects.update(due_at=timezone.now(), expires_at=timezone.now())
    purchases.settle_if_due(purchase.pk)
    purchase.refresh_from_db()
    assert (purchase.status, purchase.reason) == (Status.EXPIRED, Reason.TIME)
    assert standing(cast) == (POOL, 0, 0)


def test_a_price_that_stripe_does_not_take_ends_the_purchase(shop, cast):
    cheap = build_pack(cast.aurora, credits=10, amount_minor=1)
    purchase = purchases.start(cast.alice, cheap.pk, nonce=uuid.uuid4())
    with pytest.raises(StripeRefused):
        open_checkout(purchase)
    purchase.refresh_from_db()
    assert (purchase.status, purchase.reason) == (Status.FAILED, Reason.REFUSED)
    assert standing(cast) == (POOL, 0, 0)


def test_without_a_key_nothing_is_on_sale(shop, cast, settings):
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(NotOnSale):
        shop.start()
    Purchase.objects.all().delete()
    settings.STRIPE_SECRET_KEY = shop.stripe.secret_key
    purchase = shop.start()
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(StripeNotConfigured):
        purchases.settle(purchase.pk)


def test_a_payment_that_comes_after_we_gave_up_is_credited_all_the_same(shop, cast):
    purchase = shop.start()
    Purchase.objects.update(expires_at=timezone.now())
    shop.stripe.pay(purchase.session_id)
    purchases.close(purchase.pk, Status.EXPIRED, Reason.TIME)
    assert standing(cast) == (POOL, 0, 0)
    purchase = purchases.settle(purchase.pk)
    assert (purchase.status, purchase.reason) == (Status.PAID, Reason.NONE)
    assert standing(cast) == (POOL - 600, 0, 600)


def test_a_late_payment_waits_for_a_pool_that_is_too_small(shop, cast):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    purchases.close(purchase.pk, Status.EXPIRED, Reason.TIME)
    give(cast.bob, POOL - 599)
    purchase = purchases.settle(purchase.pk)
    assert purchase.status == Status.EXPIRED
    assert purchase.due_at > timezone.now()
    assert standing(cast)[2] == 0
    ledger.allocate_to_tenant(cast.aurora, 1, reference="one more")
    assert purchases.settle(purchase.pk).status == Status.PAID
    assert standing(cast) == (0, 0, 600)


def test_a_purchase_is_credited_once_however_often_it_is_looked_at(shop, cast):
    purchase = shop.buy()
    for _ in range(3):
        purchases.settle(purchase.pk)
        purchases.fulfil(purchase.session_id, account="")
    assert standing(cast) == (POOL - 600, 0, 600)
    assert CreditTransaction.objects.filter(kind="purchase").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_purchase_is_credited_once_by_parallel_looks(shop, cast):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    in_parallel(8, lambda _: purchases.settle(purchase.pk))
    assert standing(cast) == (POOL - 600, 0, 600)
    assert Purchase.objects.get().status == Status.PAID


@pytest.mark.django_db(transaction=True)
def test_parallel_clicks_open_one_checkout_that_can_be_paid(shop, cast):
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())

    def click(_):
        while True:
            try:
                return open_checkout(Purchase.objects.get(pk=purchase.pk))
            except StripeUnreachable:  # a slow one: the same call is at work for another click
                continue

    pages = in_parallel(4, click)
    assert len(set(pages)) == 1
    sessions = shop.stripe.client().v1.checkout.sessions.list({"status": "open"})
    assert [session.id for session in sessions] == [pages[0].rpartition("/")[2]]


@pytest.mark.django_db(transaction=True)
def test_parallel_starts_are_no_more_than_one_may_have(shop, cast):
    def begin(_):
        try:
            return purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
        except TooManyPurchases:
            return None

    begun = [purchase for purchase in in_parallel(8, begin) if purchase]
    assert len(begun) == purchases.MOST_OPEN
    assert standing(cast) == (POOL - 1800, 1800, 0)


def test_the_order_names_the_purchase_and_nothing_more(shop, cast):
    purchase = shop.start()
    session = shop.stripe.client().v1.checkout.sessions.retrieve(
        purchase.session_id, {"expand": ["line_items"]}
    )
    assert session.client_reference_id == str(purchase.pk)
    assert session.metadata.to_dict() == {
        "purchase": str(purchase.pk), "tenant": str(cast.aurora.pk),
    }  # fmt: skip
    assert session.customer_email == cast.alice.email
    [item] = session.line_items.data
    assert (item.description, item.amount_total) == ("Small pack: 600 credits", 1000)
    lasts = session.expires_at - session.created
    assert 30 * 60 <= lasts <= 31 * 60


def test_tax_is_part_of_the_price_where_stripe_adds_it(shop, settings):
    settings.STRIPE_AUTOMATIC_TAX = True
    purchase = shop.buy()
    session = shop.stripe.client().v1.checkout.sessions.retrieve(purchase.session_id)
    assert session.automatic_tax.enabled
    assert (session.amount_total, purchase.status) == (1000, Status.PAID)


def standing(cast):
    """Aurora's pool, what it has promised, alice's wallet."""
    return (
        ledger.pool_of(cast.aurora),
        ledger.reserved_of(cast.aurora),
        ledger.balance_of(cast.alice).available,
    )


def open_checkout(purchase):
    return purchases.open_checkout(
        purchase, success_url="https://aurora.example/ok", cancel_url="https://aurora.example/no"
    )


def calls(shop, method, path):
    return [c for c in shop.stripe.requests() if (c["method"], c["path"]) == (method, path)]


def in_parallel(number, act):
    found = []

    def run(which):
        try:
            found.append(act(which))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(which,)) for which in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == number
    return found
