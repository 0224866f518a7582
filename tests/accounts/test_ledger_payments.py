"""Promises, purchases, debts and corrections: what moves, what refuses, what happens once."""

import uuid

import pytest

from accounts import ledger
from accounts.errors import AlreadyReversed, InsufficientCredits, NotReversible, ReferenceReused
from accounts.ledger import Kind, Pot
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditTransaction
from tests.cast import give

pytestmark = pytest.mark.django_db


def buy(user, credits, reference="1"):
    ledger.reserve(user.tenant, credits, reference=f"reserve:{reference}")
    ledger.credit(
        user, credits, reference=f"purchase:{reference}", kind=Kind.PURCHASE, source=Pot.RESERVED
    )


def spend(user, credits):
    ledger.hold(user, credits, generation_id=uuid.uuid4())


def dispute(user, credits, reference="dispute"):
    return ledger.take_back(
        user, credits, reference=reference, kind=Kind.DISPUTE, into=Pot.RESERVED
    )


def test_a_promise_leaves_the_pool_until_it_is_over(cast):
    pool = ledger.pool_of(cast.aurora)
    ledger.reserve(cast.aurora, 600, reference="open")
    assert (ledger.pool_of(cast.aurora), ledger.reserved_of(cast.aurora)) == (pool - 600, 600)
    with pytest.raises(InsufficientCredits):
        ledger.reserve(cast.aurora, pool - 599, reference="too much")
    ledger.unreserve(cast.aurora, 600, reference="expired")
    assert (ledger.pool_of(cast.aurora), ledger.reserved_of(cast.aurora)) == (pool, 0)
    with pytest.raises(InsufficientCredits):
        ledger.unreserve(cast.aurora, 1, reference="nothing there")
    assert audit_ledger().problems == []


def test_a_purchase_comes_out_of_what_was_promised(cast):
    pool = ledger.pool_of(cast.aurora)
    buy(cast.alice, 600)
    assert ledger.balance_of(cast.alice).available == 600
    assert (ledger.pool_of(cast.aurora), ledger.reserved_of(cast.aurora)) == (pool - 600, 0)


def test_a_purchase_without_a_promise_is_refused(cast):
    with pytest.raises(InsufficientCredits):
        ledger.credit(cast.alice, 5, reference="x", kind=Kind.PURCHASE, source=Pot.RESERVED)
    assert not CreditTransaction.objects.filter(reference="x").exists()


def test_what_is_taken_back_after_it_was_spent_is_owed(cast):
    buy(cast.alice, 600)
    spend(cast.alice, 500)
    pool = ledger.pool_of(cast.aurora)
    taken = ledger.take_back(cast.alice, 600, reference="refund", kind=Kind.REFUND, into=Pot.POOL)
    assert taken == (100, 500)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=500, owed=500)
    assert ledger.pool_of(cast.aurora) == pool + 100  # a debt makes no credits
    assert ledger.total_of(Pot.OWED) == -500
    assert audit_ledger().problems == []


@pytest.mark.parametrize(("credits", "available", "owed"), [(30, 0, 60), (90, 0, 0), (100, 10, 0)])
def test_whatever_comes_in_pays_the_debt_first(cast, credits, available, owed):
    buy(cast.alice, 90)
    spend(cast.alice, 90)
    dispute(cast.alice, 90)
    pool = ledger.pool_of(cast.aurora)
    give(cast.alice, credits)
    balance = ledger.balance_of(cast.alice)
    assert (balance.available, balance.owed) == (available, owed)
    assert ledger.pool_of(cast.aurora) == pool - available
    assert audit_ledger().problems == []


def test_a_won_dispute_after_nothing_was_spent_returns_what_was_frozen(cast):
    buy(cast.alice, 600)
    assert dispute(cast.alice, 600) == (600, 0)
    assert ledger.reserved_of(cast.aurora) == 600
    pool = ledger.pool_of(cast.aurora)
    ledger.give_back(cast.alice, 600, reserved=600, reference="won", kind=Kind.DISPUTE_WON)
    assert ledger.balance_of(cast.alice).available == 600
    assert (ledger.pool_of(cast.aurora), ledger.reserved_of(cast.aurora)) == (pool, 0)


def test_a_won_dispute_cancels_its_debt_and_returns_the_rest(cast):
    buy(cast.alice, 600)
    spend(cast.alice, 500)
    assert dispute(cast.alice, 600) == (100, 500)
    ledger.give_back(cast.alice, 600, reserved=100, reference="won", kind=Kind.DISPUTE_WON)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=100, held=500)
    assert ledger.reserved_of(cast.aurora) == 0
    assert audit_ledger().problems == []


def test_what_was_repaid_before_the_dispute_was_won_comes_out_of_the_pool(cast):
    buy(cast.alice, 600)
    spend(cast.alice, 500)
    dispute(cast.alice, 600)
    give(cast.alice, 500)  # repays
    pool = ledger.pool_of(cast.aurora)
    ledger.give_back(cast.alice, 600, reserved=100, reference="won", kind=Kind.DISPUTE_WON)
    assert ledger.balance_of(cast.alice).available == 600
    assert ledger.pool_of(cast.aurora) == pool - 500


def test_a_won_dispute_waits_for_a_pool_that_is_empty(cast):
    buy(cast.alice, 600)
    spend(cast.alice, 500)
    dispute(cast.alice, 600)
    give(cast.alice, 500)
    ledger.reserve(cast.aurora, ledger.pool_of(cast.aurora), reference="all of it")
    before = ledger.balance_of(cast.alice)
    with pytest.raises(InsufficientCredits):
        ledger.give_back(cast.alice, 600, reserved=100, reference="won", kind=Kind.DISPUTE_WON)
    assert ledger.balance_of(cast.alice) == before


def test_what_a_won_dispute_pays_of_another_debt_goes_to_the_pool(cast):
    buy(cast.alice, 100, "1")
    assert dispute(cast.alice, 100, "first") == (100, 0)
    buy(cast.alice, 50, "2")
    spend(cast.alice, 50)
    assert dispute(cast.alice, 50, "second") == (0, 50)
    pool = ledger.pool_of(cast.aurora)
    ledger.give_back(cast.alice, 100, reserved=100, reference="won", kind=Kind.DISPUTE_WON)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=50, held=50)
    assert ledger.pool_of(cast.aurora) == pool + 50
    assert audit_ledger().problems == []


def test_a_lost_dispute_leaves_the_tenant_what_was_frozen(cast):
    buy(cast.alice, 600)
    taken, _ = dispute(cast.alice, 600)
    pool = ledger.pool_of(cast.aurora)
    ledger.forfeit(cast.aurora, taken, reference="lost")
    assert ledger.pool_of(cast.aurora) == pool + 600
    assert ledger.balance_of(cast.alice).available == 0


def test_each_is_applied_once_also_where_the_balances_differ_by_then(cast):
    buy(cast.alice, 600)
    spend(cast.alice, 500)
    first = dispute(cast.alice, 600)
    give(cast.alice, 700)
    balance = ledger.balance_of(cast.alice)
    buy(cast.alice, 600)
    assert dispute(cast.alice, 600) == first == (100, 500)
    assert ledger.balance_of(cast.alice) == balance


def test_a_reference_is_not_taken_for_another_amount_account_or_source(cast):
    ledger.reserve(cast.aurora, 200, reference="r")
    buy(cast.alice, 100)
    first = {"reference": "purchase:1", "kind": Kind.PURCHASE}
    with pytest.raises(ReferenceReused):
        ledger.credit(cast.alice, 101, source=Pot.RESERVED, **first)
    with pytest.raises(ReferenceReused):
        ledger.credit(cast.bob, 100, source=Pot.RESERVED, **first)
    with pytest.raises(ReferenceReused):
        ledger.credit(cast.alice, 100, source=Pot.POOL, **first)
    assert ledger.balance_of(cast.alice).available == 100


def test_vouchers_give_no_more_than_their_batch_holds(cast):
    batch, other = uuid.uuid4(), uuid.uuid4()
    pool = ledger.pool_of(cast.aurora)
    ledger.fund_vouchers(cast.aurora, batch, 150, reference="fund")
    ledger.fund_vouchers(cast.aurora, other, 1, reference="fund other")
    redeem = {"kind": Kind.VOUCHER, "source": batch}
    ledger.credit(cast.alice, 90, reference="voucher:1", **redeem)
    with pytest.raises(InsufficientCredits):
        ledger.credit(cast.bob, 90, reference="voucher:2", **redeem)
    assert ledger.budget_of(cast.aurora, batch) == 60
    ledger.return_vouchers(cast.aurora, batch, 60, reference="over")
    assert ledger.pool_of(cast.aurora) == pool - 91
    assert audit_ledger().problems == []


def test_a_correction_undoes_a_transaction_once(cast):
    pool = ledger.pool_of(cast.aurora)
    give(cast.alice, 10)
    wrong = ledger.allocate_to_user(cast.alice, 900, reference="wrong")
    for _ in range(2):
        correction = ledger.reverse("wrong", by_reference="correction")
    assert correction.reverses == wrong
    assert ledger.balance_of(cast.alice).available == 10
    assert ledger.pool_of(cast.aurora) == pool - 10
    with pytest.raises(AlreadyReversed):
        ledger.reverse("wrong", by_reference="again")
    assert audit_ledger().problems == []


def test_a_correction_refuses_what_has_been_spent_meanwhile(cast):
    ledger.allocate_to_user(cast.alice, 90, reference="wrong")
    spend(cast.alice, 1)
    with pytest.raises(InsufficientCredits):
        ledger.reverse("wrong", by_reference="correction")


def test_holds_have_ways_back_of_their_own(cast):
    give(cast.alice, 90)
    generation = uuid.uuid4()
    ledger.hold(cast.alice, 90, generation_id=generation)
    with pytest.raises(NotReversible):
        ledger.reverse(f"hold:{generation}", by_reference="correction")
    ledger.capture(generation)
    with pytest.raises(NotReversible):
        ledger.reverse(f"capture:{generation}", by_reference="correction")


def test_debts_are_a_tenants_own(cast):
    for user in (cast.alice, cast.mallory):
        buy(user, 90, f"of {user.pk}")
        spend(user, 90)
        dispute(user, 90, f"dispute of {user.pk}")
    give(cast.mallory, 90)
    assert ledger.balance_of(cast.alice).owed == 90
    assert ledger.balance_of(cast.mallory).owed == 0
    assert audit_ledger().problems == []
