"""Packs, purchases and refunds in the hands of a portal's own staff."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import ledger, packs, purchases
from accounts.models import Pack, PackPrice, Purchase
from tests.cast import BOREALIS_HOST, build_user
from tests.fixtures.payments import build_pack, connect

pytestmark = pytest.mark.django_db

PACKS, PURCHASES = "/admin/accounts/pack/", "/admin/accounts/purchase/"


@pytest.fixture
def staff(cast, visit):
    return visit(cast.olga)


def test_staff_see_what_fans_see_at_what_price(shop, staff):
    build_pack(None, name="For portals")
    PackPrice.objects.create(
        pack=shop.pack, amount_minor=1250, effective_from=timezone.now() + timedelta(days=3)
    )
    page = staff.get(PACKS).content.decode()
    assert "600 credits · 6 videos of 10 s, 60 left over" in page
    assert "$10.00" in page
    assert "$12.50 from " in page
    assert "For portals" not in page


def test_the_list_of_packs_asks_as_often_however_many_there_are(
    shop, staff, django_assert_max_num_queries
):
    for number in range(12):
        build_pack(shop.cast.aurora, name=f"Pack {number}")
    with django_assert_max_num_queries(16):
        staff.get(PACKS)


def test_staff_add_a_pack_with_its_price(shop, staff, visit):
    form = pack_form(name="Match day", credits="180", order="5", price="3,50", currency="EUR")
    assert staff.post(f"{PACKS}add/", form).status_code == 302
    pack = Pack.objects.get(name="Match day")
    assert (pack.tenant, pack.credits, pack.is_active) == (shop.cast.aurora, 180, True)
    assert packs.packs_of(shop.cast.aurora).first().price_text == "€3.50"
    assert "Match day" in visit(shop.cast.alice).get("/wallet/buy/").content.decode()


def test_a_pack_without_a_price_is_not_on_sale(shop, staff):
    assert staff.post(f"{PACKS}add/", pack_form(name="Later")).status_code == 302
    assert "none: not on sale" in staff.get(PACKS).content.decode()
    assert not packs.packs_of(shop.cast.aurora).filter(name="Later").exists()


def test_what_was_sold_keeps_its_price_and_its_credits(shop, staff):
    sold = shop.buy()
    form = pack_form(shop.pack, name="Handful", credits="500", price="12.00")
    assert staff.post(f"{PACKS}{shop.pack.pk}/change/", form).status_code == 302
    sold.refresh_from_db()
    assert (sold.pack_name, sold.credits, sold.amount_minor) == ("Small pack", 600, 1000)
    assert shop.pack.prices.count() == 2
    now = packs.packs_of(shop.cast.aurora).get(pk=shop.pack.pk)
    assert (now.name, now.credits, now.price_text) == ("Handful", 500, "$12.00")
    assert "$10.00" in staff.get(f"{PACKS}{shop.pack.pk}/change/").content.decode()


def test_a_price_may_begin_later(shop, staff):
    later = timezone.now() + timedelta(days=7)
    form = pack_form(shop.pack, price="15", since=f"{later:%Y-%m-%dT%H:%M}")
    staff.post(f"{PACKS}{shop.pack.pk}/change/", form)
    assert packs.packs_of(shop.cast.aurora).get(pk=shop.pack.pk).price_text == "$10.00"
    assert shop.pack.prices.first().amount_minor == 1500


def test_a_pack_is_taken_off_sale(shop, staff):
    form = pack_form(shop.pack) | {"is_active": ""}
    staff.post(f"{PACKS}{shop.pack.pk}/change/", form)
    assert not packs.packs_of(shop.cast.aurora).filter(pk=shop.pack.pk).exists()
    assert staff.get(f"{PACKS}{shop.pack.pk}/delete/").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": "Large pack"}, "already exists"),
        ({"credits": "0"}, "greater than or equal to 1"),
        ({"price": "five"}, "digits only, as 5.00"),
        ({"price": "5", "currency": "€"}, "at least 3 characters"),
        ({"price": "5", "since": "2026-01-01T00:00"}, "That time is over"),
    ],
)
def test_a_wrong_pack_is_told_in_the_form(shop, staff, wrong, told):
    answer = staff.post(f"{PACKS}{shop.pack.pk}/change/", pack_form(shop.pack, **wrong))
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert shop.pack.prices.count() == 1


def test_a_closed_shop_says_so(shop, staff):
    assert "Your shop is closed" not in staff.get(PACKS).content.decode()
    connect(shop)
    shop.cast.aurora.stripe_accounts.update(state="review")
    assert "Your shop is closed" in staff.get(PACKS).content.decode()


def test_another_portals_packs_and_purchases_are_not_there(shop, staff, visit, cast):
    other = visit(
        build_user(cast.borealis, "boss@example.org", is_tenant_staff=True), BOREALIS_HOST
    )
    connect(shop)
    sold = shop.buy()
    for address in (
        f"{PACKS}{shop.pack.pk}/change/",
        f"{PURCHASES}{sold.pk}/change/",
        f"{PURCHASES}{sold.pk}/refund/",
    ):
        assert staff.get(address).status_code == 200
        assert other.get(address).status_code == 302
    assert other.post(f"{PURCHASES}{sold.pk}/refund/", wish_of("5")).status_code == 302
    assert other.post(f"{PACKS}{shop.pack.pk}/change/", pack_form(shop.pack, price="1")).status_code
    sold.refresh_from_db()
    assert (sold.refunded_minor, shop.pack.prices.count()) == (0, 1)


def test_purchases_are_listed_by_state_number_and_buyer(shop, staff, cast):
    paid, left = shop.buy(), shop.start(cast.bob)
    purchases.refund(paid, 500, key=uuid.uuid4())
    page = staff.get(PURCHASES).content.decode()
    for words in ("alice@example.org", "Partly refunded", "bob@example.org", "Not paid yet"):
        assert words in page
    for asked, found in [
        ({"state": "part_refunded"}, {paid}),
        ({"state": "open"}, {left}),
        ({"state": "paid"}, set()),
        ({"q": str(left.pk)}, {left}),
        ({"q": "alice"}, {paid}),
        ({"state": "nonsense"}, {paid, left}),
    ]:
        shown = staff.get(PURCHASES, asked).context["cl"].queryset
        assert set(shown) == found, asked


def test_each_state_finds_the_purchases_that_show_it(shop, cast):
    rows = [shop.buy(cast.alice) for _ in range(5)]
    for row, amount in zip(rows, (0, 1, 1000, 0, 0), strict=True):
        if amount:
            purchases.refund(row, amount, key=uuid.uuid4())
    for row in rows[3:]:
        dispute = shop.stripe.dispute(row.session_id)
        if row == rows[4]:
            shop.stripe.lose(dispute["id"])
        purchases.settle(row.pk)
    rows.append(shop.start())
    rows.append(purchases.cancel(shop.start()))
    states = ["paid", "part_refunded", "refunded", "disputed", "lost", "open", "expired"]
    for row, state in zip(rows, states, strict=True):
        assert Purchase.objects.get(pk=row.pk).shown_state == state
        assert set(Purchase.objects.in_state(state)) == {row}


def test_the_list_of_purchases_asks_as_often_however_many_there_are(
    shop, staff, cast, django_assert_num_queries
):
    shop.buy()
    expected = number_of_queries(staff, PURCHASES)
    for _ in range(4):
        shop.buy(cast.bob)
    with django_assert_num_queries(expected):
        staff.get(PURCHASES)


def test_a_purchase_says_what_happened_to_it(shop, staff, cast):
    connect(shop, fee=1000)
    sold = shop.buy()
    ledger.hold(cast.alice, 500, generation_id=uuid.uuid4())
    sold = purchases.refund(sold, 250, key=uuid.uuid4())
    page = staff.get(f"{PURCHASES}{sold.pk}/change/").content.decode()
    assert f'href="{sold.receipt_url}"' in page
    assert "$2.50; 150 credits were taken back" in page
    assert "$1.00" in page  # the fee
    assert f"{sold.revision} times" in page
    lines = re.findall(r"<td>([A-Z][a-z ]+)</td>((?:<td class=\"number\">[^<]+</td>)+)", page)
    assert [(what, *re.findall(r">([^<]+)<", cells)) for what, cells in lines] == [
        ("Promised to a purchase", "—", "—", "−600"),
        ("Credits bought", "+600", "—", "—"),
        ("Refund", "−100", "+50", "+100"),
    ]


def test_a_dispute_is_shown_with_its_purchase(shop, staff):
    sold = shop.buy()
    shop.stripe.dispute(sold.session_id)
    purchases.settle(sold.pk)
    page = staff.get(f"{PURCHASES}{sold.pk}/change/").content.decode()
    assert "Payment contested" in page
    assert "Open: the credits are set aside" in page


def test_staff_refund_what_their_own_account_has_sold(shop, staff, cast):
    connect(shop, fee=1000)
    sold = shop.buy()
    ledger.hold(cast.alice, 400, generation_id=uuid.uuid4())
    address = f"{PURCHASES}{sold.pk}/refund/"
    assert f'href="{address}"' in staff.get(f"{PURCHASES}{sold.pk}/change/").content.decode()
    assert "paid $10.00 for 600 credits" in staff.get(address).content.decode()
    wish = wish_of("5.00", note="rained off")
    del wish["_confirmed"]
    shown = staff.post(address, wish).content.decode()
    for words in (
        "Refund $5.00?",
        "<td>300</td>",
        "<td>200</td>",
        "<td>100</td>",
        "platform’s fee",
    ):
        assert words in shown
    done = staff.post(address, {**wish, "_confirmed": "1"}, follow=True)
    assert "Refunded: $5.00. Credits taken back: 300." in done.content.decode()
    balance = ledger.balance_of(cast.alice)
    assert (balance.wallet, balance.owed) == (0, 100)
    told = LogEntry.objects.get()
    assert told.user == cast.olga
    assert told.change_message == "Refunded $5.00. The buyer asked for it. rained off"
    assert "rained off" in staff.get(f"{PURCHASES}{sold.pk}/history/").content.decode()


def test_what_the_platforms_account_took_the_platform_refunds(shop, staff):
    sold = shop.buy()
    connect(shop)  # who sells now has no say in it
    page = staff.get(f"{PURCHASES}{sold.pk}/change/").content.decode()
    assert "so the platform gives it back" in page
    assert f"{PURCHASES}{sold.pk}/refund/" not in page
    answer = staff.post(f"{PURCHASES}{sold.pk}/refund/", wish_of("5"), follow=True)
    assert "so the platform gives it back" in answer.content.decode()
    sold.refresh_from_db()
    assert sold.refunded_minor == 0


def test_a_refund_of_an_account_that_is_gone_is_told(shop, staff):
    account = connect(shop)
    sold = shop.buy()
    shop.stripe.deauthorize(account)
    answer = staff.post(f"{PURCHASES}{sold.pk}/refund/", wish_of("5"), follow=True)
    assert "Nothing was refunded." in answer.content.decode()


def test_a_lost_dispute_of_a_top_up_has_its_words(shop, cast, staff):
    pack = build_pack(None, name="Pool", credits=600)
    row = purchases.start_top_up(cast.olga, pack.pk, nonce=uuid.uuid4())
    purchases.open_checkout(row, success_url="https://a.example/", cancel_url="https://a.example/")
    row.refresh_from_db()
    shop.stripe.pay(row.session_id)
    purchases.settle(row.pk)
    shop.stripe.lose(shop.stripe.dispute(row.session_id)["id"])
    purchases.settle(row.pk)
    assert "Charged back" in staff.get("/admin/accounts/topup/").content.decode()
    page = staff.get(f"/admin/accounts/topup/{row.pk}/change/").content.decode()
    assert "The bank gave the money back." in page


def pack_form(pack=None, *, price="", currency="usd", since="", **fields):
    existing = pack.prices.count() if pack else 0
    form = {
        "name": pack.name if pack else "New", "credits": pack.credits if pack else 600,
        "is_active": "on", "order": "1", "prices-TOTAL_FORMS": existing + 1,
        "prices-INITIAL_FORMS": existing, f"prices-{existing}-amount": price,
        f"prices-{existing}-currency": currency, f"prices-{existing}-effective_from": since,
    }  # fmt: skip
    for number, row in enumerate(pack.prices.all() if pack else []):
        form |= {f"prices-{number}-id": row.pk, f"prices-{number}-pack": pack.pk}
    return form | fields


def wish_of(amount, **fields):
    wish = {"amount": amount, "reason": "requested_by_customer", "note": "", "_confirmed": "1"}
    return wish | {"key": str(uuid.uuid4())} | fields


def number_of_queries(client, address):
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)
