"""Credits that tenants buy from the platform for their pools: out of the supply, once, and back."""

import threading
import uuid

import pytest
import requests
from django.core.management import call_command
from django.db import close_old_connections
from django.utils import timezone

from accounts import jobs, ledger, packs, purchases
from accounts.errors import PoolBlocked, SoldOut, TooManyPurchases
from accounts.models import CreditTransaction, Pack, Purchase, PurchaseDispute, Tenant, User
from generations import beat
from generations.audit import audit_all
from tests.cast import AURORA_HOST, BOREALIS_HOST, SUPPLY, build_user, give
from tests.fixtures.payments import build_pack, connect

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/topup/"
POOL = 90_000
# Two portals have their pools out of it.
LEFT = SUPPLY - 2 * POOL


@pytest.fixture
def staff(cast, visit):
    return visit(cast.olga)


@pytest.fixture
def offer(shop):
    packs.make_pool_packs()
    return Pack.objects.for_pools().get(credits=6000)


@pytest.fixture
def start(shop, cast, offer):
    """start(user=olga) → an open top-up whose checkout is open."""

    def build(user=None, *, pack=None):
        row = purchases.start_top_up(user or cast.olga, (pack or offer).pk, nonce=uuid.uuid4())
        address = "https://aurora.example/"
        purchases.open_checkout(row, success_url=address, cancel_url=address)
        row.refresh_from_db()
        return row

    return build


@pytest.fixture
def bought(shop, start):
    row = start()
    shop.stripe.pay(row.session_id)
    return purchases.settle(row.pk)


def test_staff_buy_credits_for_the_pool(shop, cast, offer, staff):
    page = staff.get(LIST).content.decode()
    assert "Buy for $100.00" in page
    assert "90000 credits in the pool" in page.replace(",", "").replace("\xa0", "")
    answer = staff.post(f"{LIST}purchase/", {"pack": offer.pk, "nonce": uuid.uuid4()})
    assert answer.headers["Location"].startswith(f"{shop.stripe.url}/pay/")
    row = Purchase.objects.get()
    assert (row.is_top_up, row.tenant, row.user) == (True, cast.aurora, cast.olga)
    assert standing(cast) == (LEFT - 6000, 6000, POOL, 0)
    paid = requests.post(
        answer.headers["Location"], {"choice": "pay"}, allow_redirects=False, timeout=10
    )
    back = paid.headers["Location"]
    assert back.startswith(f"http://{AURORA_HOST}{LIST}{row.pk}/change/?s=cs_test_")
    page = staff.get(back.removeprefix(f"http://{AURORA_HOST}")).content.decode()
    assert "are in the pool" in page
    assert f"{shop.stripe.url}/receipts/" in page
    assert standing(cast) == (LEFT - 6000, 0, POOL + 6000, 0)
    assert "Paid" in staff.get(LIST).content.decode()
    assert audit_all().problems == []


def test_a_top_up_is_paid_to_the_platform_whatever_sells_the_packs(shop, cast, start):
    connect(shop, fee=250)
    row = start()
    shop.stripe.pay(row.session_id)
    row = purchases.settle(row.pk)
    assert (row.status, row.stripe_account, row.fee_minor) == ("paid", "", 0)
    assert len(shop.stripe.client().v1.charges.list().data) == 1


def test_it_is_credited_once_however_often_it_is_looked_at(cast, bought):
    for _ in range(3):
        purchases.settle(bought.pk)
    assert standing(cast) == (LEFT - 6000, 0, POOL + 6000, 0)
    assert CreditTransaction.objects.filter(reference=f"purchase:{bought.pk}").count() == 1


@pytest.mark.parametrize("how", ["expired", "cancelled", "declined"])
def test_what_is_not_paid_goes_back_to_the_supply(shop, cast, start, how):
    row = start()
    if how == "expired":
        shop.stripe.expire(row.session_id)
    elif how == "declined":
        shop.stripe.pay(row.session_id, delayed=True)
        assert purchases.settle(row.pk).status == "pending"
        shop.stripe.fail(row.session_id)
    row = purchases.cancel(row) if how == "cancelled" else purchases.settle(row.pk)
    assert row.reason == {"expired": "time"}.get(how, how)
    assert standing(cast) == (LEFT, 0, POOL, 0)
    assert audit_all().problems == []


def test_the_supply_promises_nothing_twice(shop, cast, start):
    otto = build_user(cast.borealis, "otto@example.org", is_tenant_staff=True)
    all_of_it = build_pack(None, name="All", credits=LEFT, amount_minor=100_000)
    row = start(pack=all_of_it)
    with pytest.raises(SoldOut):
        start(otto)
    purchases.cancel(row)
    start(otto, pack=all_of_it)
    with pytest.raises(SoldOut):
        start()


@pytest.mark.django_db(transaction=True)
def test_of_parallel_buyers_of_the_last_credits_one_gets_them(shop, cast):
    otto = build_user(cast.borealis, "otto@example.org", is_tenant_staff=True)
    last = build_pack(None, name="All", credits=LEFT, amount_minor=100_000)
    barrier, told = threading.Barrier(6), []

    def buy(user):
        try:
            barrier.wait()
            purchases.start_top_up(user, last.pk, nonce=uuid.uuid4())
            told.append("bought")
        except SoldOut:
            told.append("sold out")
        finally:
            close_old_connections()

    users = [User.objects.select_related("tenant").get(pk=u.pk) for u in (cast.olga, otto) * 3]
    threads = [threading.Thread(target=buy, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["bought"] + ["sold out"] * 5
    assert ledger.supply_left() == 0
    assert audit_all().problems == []


def test_a_portal_has_three_open_ones_at_most_whoever_of_its_staff_buys(cast, start):
    other = build_user(cast.aurora, "otto@example.org", is_tenant_staff=True)
    for user in (cast.olga, other, cast.olga):
        start(user)
    with pytest.raises(TooManyPurchases):
        start(other)


def test_paid_after_it_was_given_up_it_comes_out_of_the_supply_again(shop, cast, start):
    row = start()
    purchases.close(row.pk, Purchase.Status.EXPIRED, Purchase.Reason.TIME)
    shop.stripe.pay(row.session_id)
    assert purchases.settle(row.pk).status == "paid"
    assert standing(cast) == (LEFT - 6000, 0, POOL + 6000, 0)


def test_paid_too_late_it_waits_for_a_supply_that_is_enough(shop, cast, start):
    row = start()
    purchases.close(row.pk, Purchase.Status.EXPIRED, Purchase.Reason.TIME)
    shop.stripe.pay(row.session_id)
    ledger.record_supply(2 * POOL + 5999, reference="shrunk")
    row = purchases.settle(row.pk)
    assert (row.status, row.trouble) == ("expired", "short")
    assert ledger.supply_left() == 5999
    ledger.record_supply(SUPPLY, reference="grown")
    row = purchases.settle(row.pk)
    assert (row.status, row.trouble) == ("paid", "")


def test_a_refund_takes_them_out_of_the_pool_in_proportion(cast, bought):
    row = purchases.refund(bought, 5000, key=uuid.uuid4())
    assert row.refunded_credits == 3000
    assert standing(cast) == (LEFT - 3000, 0, POOL + 3000, 0)
    assert audit_all().problems == []


def test_what_has_left_the_pool_is_owed_and_blocks_it_until_it_is_paid(
    shop, cast, bought, start, staff, visit
):
    give(cast.alice, POOL + 4000)
    purchases.refund(bought, 10_000, key=uuid.uuid4())
    assert standing(cast) == (LEFT - 6000 + 2000, 0, 0, 4000)
    assert audit_all().problems == []
    assert "owes the platform" in staff.get(LIST).content.decode()
    ledger.take_back(
        cast.alice, 1000, reference="x", kind=CreditTransaction.Kind.ALLOCATION,
        into=ledger.Pot.POOL,
    )  # fmt: skip
    with pytest.raises(PoolBlocked):
        give(cast.bob, 1)
    form = {"credits": "1", "nonce": str(uuid.uuid4())}
    page = staff.post(f"/admin/accounts/user/{cast.bob.pk}/allocation/", form).content.decode()
    assert "owes the platform 4000 credits" in page
    with pytest.raises(SoldOut):
        purchases.start(cast.bob, shop.pack.pk, nonce=uuid.uuid4())
    assert "Sold out now" in visit(cast.bob).get("/wallet/buy/").content.decode()
    assert beat.run_pass(inline=True)["debts_collected"] == 1
    assert standing(cast) == (LEFT - 3000, 0, 0, 3000)
    again = start()
    shop.stripe.pay(again.session_id)
    purchases.settle(again.pk)
    assert standing(cast) == (LEFT - 6000, 0, 3000, 0)
    give(cast.bob, 1)
    assert audit_all().problems == []


def test_an_allocation_by_the_platform_pays_what_is_owed_first(cast, bought):
    give(cast.alice, POOL + 6000)
    purchases.refund(bought, 10_000, key=uuid.uuid4())
    assert ledger.owed_by(cast.aurora) == 6000
    call_command("allocate_credits", "--tenant", "aurora", "7000")
    assert standing(cast) == (LEFT - 7000, 0, 1000, 0)
    assert audit_all().problems == []


@pytest.mark.parametrize("spent", [0, POOL + 2000])
@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_sets_them_aside_until_it_ends(shop, cast, bought, end, spent):
    if spent:
        give(cast.alice, spent)
    dispute = shop.stripe.dispute(bought.session_id)["id"]
    row = purchases.settle(bought.pk)
    left = min(6000, POOL + 6000 - spent)
    assert row.shown_state == "disputed"
    assert standing(cast) == (LEFT - 6000, left, POOL + 6000 - spent - left, 6000 - left)
    assert audit_all().problems == []
    {"won": shop.stripe.win, "lost": shop.stripe.lose}[end](dispute)
    purchases.settle(bought.pk)
    if end == "won":
        assert standing(cast) == (LEFT - 6000, 0, POOL + 6000 - spent, 0)
    else:
        assert standing(cast) == (LEFT - 6000 + left, 0, POOL + 6000 - spent - left, 6000 - left)
    assert PurchaseDispute.objects.get().state == end
    assert audit_all().problems == []


def test_a_refund_that_the_bank_sends_back_fills_the_pool_again(shop, cast, bought):
    purchases.refund(bought, 10_000, key=uuid.uuid4())
    shop.stripe.fail_refund(shop.stripe.client().v1.refunds.list().data[0].id)
    assert purchases.settle(bought.pk).refunded_credits == 0
    assert standing(cast) == (LEFT - 6000, 0, POOL + 6000, 0)
    assert audit_all().problems == []


def test_beat_finishes_what_nobody_told_us_of(shop, cast, start):
    row = start()
    shop.stripe.pay(row.session_id)
    Purchase.objects.update(due_at=timezone.now())
    jobs.purchase(str(row.pk))
    assert standing(cast)[2] == POOL + 6000


def test_a_fan_of_the_portal_buys_none_and_sees_none(cast, bought, visit):
    fan = visit(cast.alice)
    assert fan.get(LIST).status_code == 404
    assert fan.post(f"{LIST}purchase/", {"pack": 1, "nonce": uuid.uuid4()}).status_code == 404
    staff = visit(cast.olga)
    assert staff.get(f"/wallet/purchases/{bought.pk}/").status_code == 404
    assert str(bought.pk) not in staff.get("/wallet/buy/").content.decode()


def test_a_pack_of_the_portals_own_shop_is_not_for_its_pool(shop, cast, offer, staff, visit):
    for client, address, pack in (
        (staff, f"{LIST}purchase/", shop.pack),
        (visit(cast.alice), "/wallet/purchases/", offer),
    ):
        client.post(address, {"pack": pack.pk, "nonce": uuid.uuid4()})
    assert not Purchase.objects.exists()


def test_another_portals_staff_do_nothing_with_it(cast, start, visit):
    row = start()
    build_user(cast.borealis, "otto@example.org", is_tenant_staff=True)
    other = visit(User.objects.get(email="otto@example.org"), BOREALIS_HOST)
    assert str(row.pk) not in other.get(LIST).content.decode()
    for end in ("checkout/", "cancellation/", f"change/?s={row.session_id}"):
        other.post(f"{LIST}{row.pk}/{end}")
        other.get(f"{LIST}{row.pk}/{end}")
    row.refresh_from_db()
    assert row.status == "open"


def test_staff_cancel_or_pay_what_is_open(shop, cast, start, staff):
    row = start()
    page = staff.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "Nothing was charged." in page
    answer = staff.post(f"{LIST}{row.pk}/checkout/")
    assert answer.headers["Location"].startswith(f"{shop.stripe.url}/pay/")
    page = staff.post(f"{LIST}{row.pk}/cancellation/", follow=True).content.decode()
    assert "Cancelled" in page
    assert standing(cast) == (LEFT, 0, POOL, 0)


def test_while_stripe_is_away_the_page_says_so_and_nothing_is_lost(shop, cast, offer, staff):
    shop.stripe.fault("reset", times=2, calls="POST /v1/checkout")
    page = staff.post(
        f"{LIST}purchase/", {"pack": offer.pk, "nonce": uuid.uuid4()}, follow=True
    ).content.decode()
    assert "We could not reach Stripe. Nothing was charged" in page
    row = Purchase.objects.get()
    assert staff.post(f"{LIST}{row.pk}/checkout/").headers["Location"].startswith(shop.stripe.url)


@pytest.mark.parametrize("sent", [{}, {"pack": "x"}, {"pack": "999", "nonce": "8d8ac610"}])
def test_what_is_no_pack_is_told(shop, staff, sent):
    page = staff.post(f"{LIST}purchase/", sent, follow=True).content.decode()
    assert "not on sale any more" in page
    assert not Purchase.objects.exists()


def test_new_portals_and_the_first_price_list_come_together(db):
    call_command("create_tenant", "North", "--host", "n.localhost", "--owner", "o@example.org")
    offered = [(pack.credits, pack.price_text) for pack in Pack.objects.for_pools().on_sale()]
    assert offered == [(600, "$10.00"), (6000, "$100.00")]
    Pack.objects.for_pools().filter(credits=600).update(name="Starter")
    call_command("create_tenant", "South", "--host", "s.localhost", "--owner", "o@example.org")
    assert Pack.objects.for_pools().count() == 2
    assert Pack.objects.filter(tenant__isnull=False).count() == 4


def standing(cast):
    """Supply, what is promised or set aside, the pool, and what the portal owes."""
    tenant = Tenant.objects.get(pk=cast.aurora.pk)
    return (
        ledger.supply_left(), ledger.reserved_of(tenant), ledger.pool_of(tenant),
        ledger.owed_by(tenant),
    )  # fmt: skip
