"""Refunds and disputes: what is taken back, from whom, and what is owed."""

import uuid

import pytest

from accounts import ledger, purchases
from accounts.errors import PurchaseClosed, StripeRefused
from accounts.models import CreditTransaction, Purchase, PurchaseDispute
from generations.audit import audit_all
from tests.cast import give

pytestmark = pytest.mark.django_db

POOL = 90_000
State = PurchaseDispute.State


@pytest.fixture
def purchase(shop):
    return shop.buy()


def test_half_a_refund_takes_half_of_the_credits(cast, purchase):
    purchase = purchases.refund(purchase, 500, key=uuid.uuid4())
    assert (purchase.refunded_minor, purchase.refunded_credits) == (500, 300)
    assert purchase.shown_state == "part_refunded"
    assert standing(cast) == {"wallet": 300, "debt": 0, "reserved": 0, "pool": POOL - 300}


def test_refunds_add_up_and_are_rounded_against_the_buyer(cast, purchase):
    for amount in (1, 1, 998):
        purchase = purchases.refund(purchase, amount, key=uuid.uuid4())
        taken = 600 * purchase.refunded_minor / 1000
        assert taken <= purchase.refunded_credits < taken + 1
    assert purchase.shown_state == "refunded"
    assert standing(cast) == {"wallet": 0, "debt": 0, "reserved": 0, "pool": POOL}
    with pytest.raises(StripeRefused):
        purchases.refund(purchase, 1, key=uuid.uuid4())


def test_a_refund_that_is_asked_for_twice_is_made_once(cast, purchase):
    key = uuid.uuid4()
    for _ in range(2):
        purchases.refund(purchase, 500, key=key)
    assert standing(cast)["wallet"] == 300


@pytest.mark.parametrize("amount", [0, -1, 1001])
def test_nothing_but_a_part_of_the_price_can_be_refunded(shop, purchase, amount):
    with pytest.raises(PurchaseClosed):
        purchases.refund(purchase, amount, key=uuid.uuid4())
    assert [c for c in shop.stripe.requests() if c["path"] == "/v1/refunds"] == []


def test_a_refund_of_what_was_spent_is_owed(cast, purchase):
    ledger.hold(cast.alice, 500, generation_id=uuid.uuid4())
    purchases.refund(purchase, 1000, key=uuid.uuid4())
    assert standing(cast) == {"wallet": 0, "debt": 500, "reserved": 0, "pool": POOL - 500}
    give(cast.alice, 90)
    assert standing(cast)["debt"] == 410


def test_a_refund_that_the_bank_sends_back_gives_the_credits_back(shop, cast, purchase):
    refunds = shop.stripe.client().v1.refunds
    purchases.refund(purchase, 500, key=uuid.uuid4())
    shop.stripe.fail_refund(refunds.list().data[0].id)
    assert purchases.settle(purchase.pk).refunded_credits == 0
    assert standing(cast)["wallet"] == 600
    purchases.refund(purchase, 500, key=uuid.uuid4())
    assert standing(cast)["wallet"] == 300
    assert audit_all().problems == []


def test_a_refund_made_at_stripe_itself_is_followed(shop, cast, purchase):
    shop.stripe.client().v1.refunds.create(
        {"payment_intent": purchase.payment_intent, "amount": 250}
    )
    assert purchases.settle(purchase.pk).refunded_credits == 150


def test_an_open_dispute_sets_the_credits_aside(shop, cast, purchase):
    shop.stripe.dispute(purchase.session_id)
    assert purchases.settle(purchase.pk).shown_state == "disputed"
    assert standing(cast) == {"wallet": 0, "debt": 0, "reserved": 600, "pool": POOL - 600}


def test_a_won_dispute_gives_them_back(shop, cast, purchase):
    dispute = shop.stripe.dispute(purchase.session_id)
    purchases.settle(purchase.pk)
    shop.stripe.win(dispute["id"])
    purchases.settle(purchase.pk)
    assert standing(cast) == {"wallet": 600, "debt": 0, "reserved": 0, "pool": POOL - 600}
    assert PurchaseDispute.objects.get().state == State.WON


def test_a_lost_dispute_returns_them_to_the_pool(shop, cast, purchase):
    dispute = shop.stripe.dispute(purchase.session_id)
    purchases.settle(purchase.pk)
    shop.stripe.lose(dispute["id"])
    assert purchases.settle(purchase.pk).shown_state == "lost"
    assert standing(cast) == {"wallet": 0, "debt": 0, "reserved": 0, "pool": POOL}
    row = PurchaseDispute.objects.get()
    assert (row.state, row.credits) == (State.LOST, 600)
    assert row.closed_at is not None


def test_a_dispute_of_what_was_spent_is_owed_until_it_is_won(shop, cast, purchase):
    ledger.hold(cast.alice, 450, generation_id=uuid.uuid4())
    dispute = shop.stripe.dispute(purchase.session_id)
    purchases.settle(purchase.pk)
    assert standing(cast) == {"wallet": 0, "debt": 450, "reserved": 150, "pool": POOL - 600}
    shop.stripe.win(dispute["id"])
    purchases.settle(purchase.pk)
    assert standing(cast) == {"wallet": 150, "debt": 0, "reserved": 0, "pool": POOL - 600}


def test_a_dispute_that_was_won_waits_for_a_pool_that_is_too_small(shop, cast, purchase):
    """The debt was repaid to the pool meanwhile, and the pool given away since."""
    ledger.hold(cast.alice, 600, generation_id=uuid.uuid4())
    dispute = shop.stripe.dispute(purchase.session_id)
    purchases.settle(purchase.pk)
    give(cast.alice, 600)
    give(cast.bob, ledger.pool_of(cast.aurora))
    shop.stripe.win(dispute["id"])
    purchase = purchases.settle(purchase.pk)
    assert purchase.due_at is not None
    assert PurchaseDispute.objects.get().state == State.OPEN
    ledger.allocate_to_tenant(cast.aurora, 600, reference="more")
    assert purchases.settle(purchase.pk).due_at is None
    assert standing(cast)["wallet"] == 600


def test_an_inquiry_takes_nothing_until_it_becomes_a_dispute(shop, cast, purchase):
    dispute = shop.stripe.dispute(purchase.session_id, inquiry=True)
    assert purchases.settle(purchase.pk).shown_state == "paid"
    assert standing(cast)["wallet"] == 600
    shop.stripe.escalate(dispute["id"])
    purchases.settle(purchase.pk)
    assert standing(cast)["reserved"] == 600


def test_a_dispute_nobody_told_of_until_it_was_lost_costs_the_same(shop, cast, purchase):
    shop.stripe.lose(shop.stripe.dispute(purchase.session_id)["id"])
    purchases.settle(purchase.pk)
    assert standing(cast) == {"wallet": 0, "debt": 0, "reserved": 0, "pool": POOL}


def test_each_movement_is_a_line_of_the_wallet(shop, cast, purchase):
    purchases.refund(purchase, 500, key=uuid.uuid4())
    shop.stripe.win(shop.stripe.dispute(purchase.session_id)["id"])
    purchases.settle(purchase.pk)
    legs = CreditTransaction.objects.filter(legs__account__user=cast.alice).order_by("pk")
    assert list(legs.values_list("kind", "note").distinct()) == [
        ("purchase", "Small pack, $10.00"),
        ("refund", "Small pack, $10.00"),
    ]


def test_the_audit_lays_purchases_beside_the_ledger(shop, cast, purchase):
    shop.start(cast.bob)
    purchases.refund(purchase, 250, key=uuid.uuid4())
    shop.stripe.dispute(purchase.session_id, amount=500)
    purchases.settle(purchase.pk)
    assert audit_all().problems == []
    Purchase.objects.filter(pk=purchase.pk).update(refunded_credits=149)
    PurchaseDispute.objects.update(taken_credits=299)
    assert audit_all().problems == [
        f"tenant {cast.aurora.pk}: 899 credits reserved for purchases, the ledger has 900",
        f"tenant {cast.aurora.pk}: 151 credits bought and kept, the ledger has 150",
    ]


def test_staff_may_not_refund_what_was_not_paid(shop):
    with pytest.raises(PurchaseClosed):
        purchases.refund(shop.start(), 500, key=uuid.uuid4())
    assert Purchase.objects.get().refunded_minor == 0


def standing(cast):
    balance = ledger.balance_of(cast.alice)
    return {
        "wallet": balance.available,
        "debt": debt_of(cast.alice),
        "reserved": ledger.reserved_of(cast.aurora),
        "pool": ledger.pool_of(cast.aurora),
    }


def debt_of(user):
    rows = user.creditaccount_set.filter(kind="debt")
    return rows.values_list("balance", flat=True).first() or 0
