"""What a purchase writes down: its row, the lines of the ledger, when somebody looks again."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import ledger, purchases, stripe_gateway
from accounts.errors import (
    NotOnSale,
    PurchaseClosed,
    StripeAccountLost,
    StripeUnreachable,
    TooManyPurchases,
)
from accounts.models import CreditTransaction, Pack, Purchase, PurchaseDispute
from accounts.purchase_steps import StaleLook, apply
from tests.cast import give
from tests.fixtures.payments import build_pack, connect

pytestmark = pytest.mark.django_db

Status = Purchase.Status
Reason = Purchase.Reason
Trouble = Purchase.Trouble
POOL = 90_000
SOON = timedelta(minutes=1)
AGAIN = timedelta(minutes=5)
SELDOM = timedelta(hours=1)
LASTS = timedelta(minutes=30, seconds=30)


def test_a_purchase_says_who_bought_what_and_when_to_look(shop, cast):
    nonce, began = uuid.uuid4(), timezone.now()
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=nonce)
    purchase = Purchase.objects.get(pk=purchase.pk)
    assert (purchase.tenant, purchase.user, purchase.pack) == (cast.aurora, cast.alice, shop.pack)
    assert (purchase.nonce, purchase.is_top_up) == (nonce, False)
    assert (purchase.pack_name, purchase.credits) == ("Small pack", 600)
    assert (purchase.amount_minor, purchase.currency) == (1000, "usd")
    assert (purchase.livemode, purchase.stripe_account, purchase.fee_minor) == (False, "", 0)
    assert (purchase.status, purchase.tries, purchase.session_id) == (Status.OPEN, 0, None)
    assert near(purchase.expires_at, began + LASTS)
    assert purchase.due_at == purchase.expires_at + SOON


def test_a_connected_account_sells_and_the_platform_has_its_share(shop, cast):
    account = connect(shop, fee=250)
    purchase = purchases.start(
        type(cast.alice).objects.get(pk=cast.alice.pk), shop.pack.pk, nonce=uuid.uuid4()
    )
    assert (purchase.stripe_account, purchase.fee_minor) == (account, 25)
    open_checkout(purchase)
    purchase.refresh_from_db()
    session = shop.stripe.client().v1.checkout.sessions.retrieve(
        purchase.session_id, None, {"stripe_account": account}
    )
    assert session.client_reference_id == str(purchase.pk)
    shop.stripe.pay(purchase.session_id)
    purchases.settle(purchase.pk)
    purchases.refund(Purchase.objects.get(), 400, key=uuid.uuid4())
    [refund] = [call for call in shop.stripe.requests() if call["path"] == "/v1/refunds"]
    assert refund["idempotency_key"].startswith(f"refund-{purchase.pk}-")
    [fee] = shop.stripe.client().v1.application_fees.list().data
    assert (fee.amount, fee.amount_refunded) == (25, 10)


def test_each_try_begins_the_time_anew_and_is_counted(shop, cast):
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    Purchase.objects.update(expires_at=timezone.now(), due_at=timezone.now())
    for tries in (1, 2):
        began = timezone.now()
        shop.stripe.fault("error", times=1, calls="POST /v1/checkout")
        with pytest.raises(StripeUnreachable):
            open_checkout(purchase)
        purchase = Purchase.objects.get()
        assert purchase.tries == tries
        assert near(purchase.expires_at, began + LASTS)
        assert purchase.due_at == purchase.expires_at + SOON


def test_stripe_is_told_where_the_buyer_comes_back_to(shop, cast):
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    open_checkout(purchase)
    purchase.refresh_from_db()
    session = shop.stripe.client().v1.checkout.sessions.retrieve(purchase.session_id)
    assert (session.success_url, session.cancel_url) == (
        "https://aurora.example/ok", "https://aurora.example/no",
    )  # fmt: skip
    assert session.expires_at == int(purchase.expires_at.timestamp())
    assert not session.automatic_tax.enabled


def test_a_thousand_credits_are_written_so_that_they_can_be_read(shop, cast):
    pack = build_pack(cast.aurora, name="Big", credits=12_000, amount_minor=9000)
    purchase = shop.start(pack=pack)
    session = shop.stripe.client().v1.checkout.sessions.retrieve(
        purchase.session_id, {"expand": ["line_items"]}
    )
    assert session.line_items.data[0].description == "Big: 12,000 credits"


@pytest.mark.parametrize("way", ["paid", "expired", "late", "won", "lost", "refunded"])
def test_each_step_is_a_line_that_names_the_pack_and_its_price_and_no_person(shop, cast, way):
    purchase = shop.start()
    dispute = act(shop, purchase, way)
    pk = purchase.pk
    paid = [f"reserve:{pk}", f"purchase:{pk}"]
    assert (
        lines()
        == {
            "paid": paid,
            "expired": [f"reserve:{pk}", f"unreserve:{pk}"],
            "late": [f"reserve:{pk}", f"unreserve:{pk}", f"reserve-late:{pk}", f"purchase:{pk}"],
            "won": [*paid, f"dispute:{dispute}", f"dispute-won:{dispute}"],
            "lost": [*paid, f"dispute:{dispute}", f"dispute-lost:{dispute}"],
            "refunded": [*paid, f"refund:{pk}:2"],
        }[way]
    )
    made = CreditTransaction.objects.filter(note__startswith="Small pack")
    assert set(made.values_list("note", flat=True)) == {"Small pack, $10.00"}


def test_a_refund_that_the_bank_sends_back_is_a_refund_too(shop, cast):
    purchase = shop.buy()
    purchases.refund(purchase, 500, key=uuid.uuid4())
    shop.stripe.fail_refund(shop.stripe.client().v1.refunds.list().data[0].id)
    purchases.settle(purchase.pk)
    kinds = CreditTransaction.objects.filter(reference__startswith="refund:")
    assert list(kinds.order_by("pk").values_list("kind", "note")) == [
        ("refund", "Small pack, $10.00"),
        ("refund", "Small pack, $10.00"),
    ]


def test_disputes_write_their_own_kinds(shop):
    act(shop, shop.start(), "won")
    kinds = CreditTransaction.objects.filter(reference__startswith="dispute")
    assert list(kinds.order_by("pk").values_list("kind", flat=True)) == ["dispute", "dispute_won"]


def test_what_is_open_is_looked_at_after_its_checkout_has_closed(shop):
    purchase = shop.start()
    purchase = purchases.settle(purchase.pk)
    assert purchase.due_at == purchase.expires_at + AGAIN
    Purchase.objects.update(expires_at=timezone.now() - SELDOM)
    purchase = purchases.settle(purchase.pk)
    assert near(purchase.due_at, timezone.now() + AGAIN)


def test_what_waits_for_a_bank_is_looked_at_every_hour(shop):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id, delayed=True)
    purchase = purchases.settle(purchase.pk)
    assert near(purchase.due_at, timezone.now() + SELDOM)
    assert (purchase.status, purchase.paid_at, purchase.trouble) == ("pending", None, "")


def test_what_waits_for_credits_is_trouble_and_is_looked_at_every_hour(shop, cast):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    purchases.close(purchase.pk, Status.EXPIRED, Reason.TIME)
    give(cast.bob, POOL)
    purchase = purchases.settle(purchase.pk)
    assert near(purchase.due_at, timezone.now() + SELDOM)
    assert Purchase.objects.get().trouble == Trouble.SHORT
    ledger.allocate_to_tenant(cast.aurora, 600, reference="more")
    purchases.settle(purchase.pk)
    purchase.refresh_from_db()
    assert (purchase.trouble, purchase.due_at) == (Trouble.NONE, None)
    assert near(purchase.paid_at, timezone.now())


def test_beat_looks_at_nothing_before_it_is_due(shop):
    purchase = shop.start()
    asked = len(shop.stripe.requests())
    purchases.settle_if_due(purchase.pk)
    assert len(shop.stripe.requests()) == asked
    assert Purchase.objects.get().due_at == purchase.due_at


def test_beat_comes_back_in_five_minutes_where_stripe_was_away(shop):
    purchase = shop.start()
    Purchase.objects.update(due_at=timezone.now())
    shop.stripe.fault("error", times=3)
    with pytest.raises(StripeUnreachable):
        purchases.settle_if_due(purchase.pk)
    assert near(Purchase.objects.get().due_at, timezone.now() + AGAIN)


def test_a_session_that_is_not_the_one_that_was_sold_is_trouble_until_somebody_looked(shop, cast):
    purchase = shop.start()
    Purchase.objects.update(amount_minor=999)
    shop.stripe.pay(purchase.session_id)
    purchase = purchases.settle(purchase.pk)
    purchase.refresh_from_db()
    assert (purchase.status, purchase.reason) == (Status.FAILED, Reason.MISMATCH)
    assert (purchase.trouble, purchase.due_at) == (Trouble.MISMATCH, None)
    assert ledger.pool_of(cast.aurora) == POOL
    purchases.settle(purchase.pk)  # what was given back is not given back again
    assert ledger.pool_of(cast.aurora) == POOL
    other = shop.start()
    Purchase.objects.filter(pk=other.pk).update(trouble=Trouble.MISMATCH)
    purchases.end_trouble(purchase)
    assert Purchase.objects.get(pk=purchase.pk).trouble == Trouble.NONE
    assert Purchase.objects.get(pk=other.pk).trouble == Trouble.MISMATCH


def test_too_few_credits_are_no_trouble_that_a_look_ends(shop):
    purchase = shop.start()
    Purchase.objects.update(trouble=Trouble.SHORT)
    purchases.end_trouble(purchase)
    assert Purchase.objects.get().trouble == Trouble.SHORT


def test_a_session_that_stripe_does_not_know_is_given_up_when_its_time_is_over(shop, cast):
    purchase = shop.start()
    Purchase.objects.update(session_id="cs_of_nobody")
    assert purchases.settle(purchase.pk).status == Status.OPEN
    Purchase.objects.update(expires_at=timezone.now())
    purchases.settle(purchase.pk)
    purchase = Purchase.objects.get()
    assert (purchase.status, purchase.reason) == (Status.FAILED, Reason.ACCOUNT)
    assert (purchase.due_at, ledger.pool_of(cast.aurora)) == (None, POOL)
    assert purchases.settle(purchase.pk).status == Status.FAILED


def test_what_was_paid_stays_so_whatever_becomes_of_the_account(shop, cast):
    account = connect(shop)
    purchase = shop.buy(type(cast.alice).objects.get(pk=cast.alice.pk))
    shop.stripe.deauthorize(account)
    Purchase.objects.update(expires_at=timezone.now())
    assert purchases.settle(purchase.pk).status == Status.PAID
    with pytest.raises(StripeAccountLost):
        purchases.refund(purchase, 10, key=uuid.uuid4())


def test_a_session_belongs_to_one_account(shop):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    assert purchases.fulfil(purchase.session_id, account="acct_of_another") is None
    assert purchases.fulfil("cs_of_nobody", account="") is None
    assert Purchase.objects.get().status == Status.OPEN
    assert purchases.fulfil(purchase.session_id, account="").status == Status.PAID


def test_a_purchase_that_ended_before_its_checkout_opens_none(shop, cast):
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    ended = purchases.cancel(purchase)
    assert (ended.status, ended.reason) == (Status.EXPIRED, Reason.CANCELLED)
    assert Purchase.objects.get().due_at is None
    with pytest.raises(PurchaseClosed):
        open_checkout(purchase)
    assert Purchase.objects.get().tries == 0
    assert [c for c in shop.stripe.requests() if c["path"] == "/v1/checkout/sessions"] == []


def test_a_purchase_ends_once(shop, cast):
    purchase = purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    for reason in (Reason.CANCELLED, Reason.TIME):
        purchases.close(purchase.pk, Status.EXPIRED, reason)
    purchase.refresh_from_db()
    assert (purchase.reason, purchase.revision) == (Reason.CANCELLED, 1)
    assert ledger.pool_of(cast.aurora) == POOL


def test_a_page_that_was_paid_meanwhile_is_not_shown_again(shop):
    purchase = shop.start()
    shop.stripe.pay(purchase.session_id)
    with pytest.raises(PurchaseClosed):
        open_checkout(purchase)
    assert Purchase.objects.get().status == Status.PAID


def test_a_look_that_began_before_another_ended_counts_for_nothing(shop, cast):
    seen = shop.start()
    shop.stripe.pay(seen.session_id)
    payment = stripe_gateway.fetch_payment(seen.session_id, account="")
    purchases.settle(seen.pk)
    with pytest.raises(StaleLook):
        apply(seen, payment, reason=Reason.TIME)
    assert ledger.balance_of(cast.alice).available == 600
    assert Purchase.objects.get().revision == 1


def test_the_fourth_open_purchase_is_refused(shop, cast):
    for _ in range(3):
        purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    with pytest.raises(TooManyPurchases):
        purchases.start(cast.alice, shop.pack.pk, nonce=uuid.uuid4())
    assert ledger.reserved_of(cast.aurora) == 1800


def test_a_form_is_one_users_own(shop, cast):
    nonce = uuid.uuid4()
    first, second = (
        purchases.start(user, shop.pack.pk, nonce=nonce) for user in (cast.alice, cast.bob)
    )
    assert (first.user, second.user) == (cast.alice, cast.bob)


def test_a_pack_of_ones_own_shop_only(shop, cast):
    with pytest.raises(NotOnSale):
        purchases.start(cast.mallory, shop.pack.pk, nonce=uuid.uuid4())
    with pytest.raises(NotOnSale):
        purchases.start_top_up(cast.olga, shop.pack.pk, nonce=uuid.uuid4())
    assert Pack.objects.filter(pk=shop.pack.pk).exists()


def test_a_dispute_is_recorded_with_its_amount_and_its_end(shop):
    purchase = shop.buy()
    dispute = shop.stripe.dispute(purchase.session_id, amount=500)
    purchases.settle(purchase.pk)
    row = PurchaseDispute.objects.get()
    assert (row.purchase, row.dispute_id) == (purchase, dispute["id"])
    assert (row.state, row.amount_minor) == (PurchaseDispute.State.OPEN, 500)
    assert (row.credits, row.taken_credits, row.closed_at) == (300, 300, None)
    shop.stripe.win(dispute["id"])
    purchases.settle(purchase.pk)
    row.refresh_from_db()
    assert row.state == PurchaseDispute.State.WON
    assert near(row.closed_at, timezone.now())


def act(shop, purchase, way):
    if way == "expired":
        shop.stripe.expire(purchase.session_id)
    else:
        shop.stripe.pay(purchase.session_id)
    if way == "late":
        purchases.close(purchase.pk, Status.EXPIRED, Reason.TIME)
    purchases.settle(purchase.pk)
    if way == "refunded":
        purchases.refund(Purchase.objects.get(), 500, key=uuid.uuid4())
    if way not in ("won", "lost"):
        return None
    dispute = shop.stripe.dispute(purchase.session_id)
    purchases.settle(purchase.pk)
    (shop.stripe.win if way == "won" else shop.stripe.lose)(dispute["id"])
    purchases.settle(purchase.pk)
    return dispute["id"]


def lines():
    """The references of what purchases post, in their order."""
    own = ("reserve", "unreserve", "purchase", "dispute", "refund")
    posted = CreditTransaction.objects.order_by("pk").values_list("reference", flat=True)
    return [reference for reference in posted if reference.startswith(own)]


def near(time, expected):
    """As exact as a slow machine allows."""
    return abs(time - expected) < timedelta(seconds=40)


def open_checkout(purchase):
    return purchases.open_checkout(
        purchase, success_url="https://aurora.example/ok", cancel_url="https://aurora.example/no"
    )
