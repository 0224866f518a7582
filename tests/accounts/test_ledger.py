"""The ledger: what moves, what refuses, what happens once."""

import threading
import uuid

import pytest
from django.db import IntegrityError, close_old_connections, transaction

from accounts import ledger
from accounts.errors import HoldAlreadyResolved, InsufficientCredits, ReferenceReused
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditAccount, CreditHold, CreditLeg
from tests.cast import fill_supply, give
from tests.ledger_triggers import lifted_triggers

pytestmark = pytest.mark.django_db


def test_credits_flow_from_supply_to_pool_to_wallet(cast):
    supply, pool = ledger.supply_left(), ledger.pool_of(cast.aurora)
    ledger.allocate_to_tenant(cast.aurora, 500, reference="a")
    ledger.allocate_to_user(cast.alice, 200, reference="b")
    assert ledger.supply_left() == supply - 500
    assert ledger.pool_of(cast.aurora) == pool + 300
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=200, held=0)
    assert audit_ledger().problems == []


def test_hold_then_capture_spends_the_credits(cast):
    give(cast.alice, 100)
    generation = uuid.uuid4()
    ledger.hold(cast.alice, 90, generation_id=generation)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=10, held=90)
    ledger.capture(generation)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=10, held=0)
    assert ledger.spent_by(cast.alice) == 90
    assert audit_ledger().problems == []


def test_hold_then_release_gives_the_credits_back(cast):
    give(cast.alice, 100)
    generation = uuid.uuid4()
    ledger.hold(cast.alice, 90, generation_id=generation)
    ledger.release(generation)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=100, held=0)
    assert audit_ledger().problems == []


def test_hold_refuses_more_than_the_wallet_holds(cast):
    give(cast.alice, 89)
    with pytest.raises(InsufficientCredits) as refused:
        ledger.hold(cast.alice, 90, generation_id=uuid.uuid4())
    assert (refused.value.needed, refused.value.available) == (90, 89)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=89, held=0)
    assert not CreditHold.objects.exists()


def test_allocation_refuses_more_than_the_pool_or_the_supply_holds(cast):
    pool = ledger.pool_of(cast.aurora)
    with pytest.raises(InsufficientCredits):
        ledger.allocate_to_user(cast.alice, pool + 1, reference="too much for the pool")
    with pytest.raises(InsufficientCredits):
        ledger.allocate_to_tenant(
            cast.aurora, ledger.supply_left() + 1, reference="too much for the supply"
        )
    assert ledger.pool_of(cast.aurora) == pool
    assert audit_ledger().problems == []


@pytest.mark.parametrize(("first", "second"), [("capture", "release"), ("release", "capture")])
def test_a_hold_resolves_one_way_only(cast, first, second):
    give(cast.alice, 90)
    generation = uuid.uuid4()
    ledger.hold(cast.alice, 90, generation_id=generation)
    getattr(ledger, first)(generation)
    getattr(ledger, first)(generation)  # a repetition does nothing
    with pytest.raises(HoldAlreadyResolved):
        getattr(ledger, second)(generation)
    assert audit_ledger().problems == []


def test_a_repeated_reference_moves_nothing_and_returns_the_first(cast):
    first = ledger.allocate_to_user(cast.alice, 50, reference="once")
    again = ledger.allocate_to_user(cast.alice, 50, reference="once")
    assert first == again
    assert ledger.balance_of(cast.alice).available == 50


def test_a_reference_with_other_legs_is_refused(cast):
    ledger.allocate_to_user(cast.alice, 50, reference="once")
    with pytest.raises(ReferenceReused):
        ledger.allocate_to_user(cast.alice, 51, reference="once")
    with pytest.raises(ReferenceReused):
        ledger.allocate_to_user(cast.bob, 50, reference="once")
    assert ledger.balance_of(cast.alice).available == 50


def test_the_supply_follows_what_lumiq_says(cast):
    before = ledger.supply_left()
    fill_supply(1_000_500)
    assert ledger.supply_left() == before + 500
    fill_supply(1_000_500)
    assert ledger.supply_left() == before + 500
    assert audit_ledger().problems == []


def test_a_loss_is_the_platforms_and_is_booked_once(cast):
    generation = uuid.uuid4()
    supply = ledger.supply_left()
    for _ in range(2):
        ledger.book_loss(90, reference="loss:1", generation_id=generation)
    assert ledger.total_of(CreditAccount.Kind.UPSTREAM_SUSPENSE) == 90
    assert ledger.supply_left() == supply - 90


def test_the_database_itself_refuses_a_negative_wallet(cast):
    give(cast.alice, 5)
    wallet = CreditAccount.objects.filter(user=cast.alice, kind="wallet")
    with pytest.raises(IntegrityError), transaction.atomic():
        wallet.update(balance=-1)


def test_the_audit_finds_a_balance_that_its_legs_do_not_explain(cast):
    give(cast.alice, 5)
    CreditAccount.objects.filter(user=cast.alice, kind="wallet").update(balance=7)
    assert any("balance 7" in problem for problem in audit_ledger().problems)


def test_the_audit_finds_a_transaction_that_does_not_balance(cast):
    give(cast.alice, 5)
    leg = CreditLeg.objects.filter(account__user=cast.alice).get()
    with lifted_triggers():
        CreditLeg.objects.filter(pk=leg.pk).update(amount=6)
    assert any("not 0" in problem for problem in audit_ledger().problems)


def test_the_audit_finds_a_hold_without_its_posting(cast):
    give(cast.alice, 90)
    generation = uuid.uuid4()
    ledger.hold(cast.alice, 90, generation_id=generation)
    CreditHold.objects.update(state="captured", resolved_at="2026-01-01T00:00Z")
    assert len(audit_ledger().problems) == 2


@pytest.mark.django_db(transaction=True)
def test_parallel_holds_grant_exactly_what_the_wallet_pays(cast):
    give(cast.alice, 7 * 90)
    outcomes = []

    def order():
        try:
            ledger.hold(cast.alice, 90, generation_id=uuid.uuid4())
            outcomes.append("held")
        except InsufficientCredits:
            outcomes.append("refused")
        finally:
            close_old_connections()

    _all_at_once(order, times=20)
    assert sorted(outcomes) == ["held"] * 7 + ["refused"] * 13
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=630)
    assert audit_ledger().problems == []


@pytest.mark.django_db(transaction=True)
def test_parallel_resolutions_of_one_hold_have_one_winner(cast):
    give(cast.alice, 90)
    generation = uuid.uuid4()
    ledger.hold(cast.alice, 90, generation_id=generation)
    outcomes = []

    def resolve():
        verb = ledger.capture if threading.get_ident() % 2 else ledger.release
        try:
            verb(generation)
            outcomes.append(verb.__name__)
        except HoldAlreadyResolved:
            outcomes.append("refused")
        finally:
            close_old_connections()

    _all_at_once(resolve, times=8)
    balance = ledger.balance_of(cast.alice)
    assert balance.held == 0
    assert balance.available + ledger.spent_by(cast.alice) == 90
    assert audit_ledger().problems == []


def _all_at_once(act, *, times):
    barrier = threading.Barrier(times)

    def run():
        barrier.wait()
        act()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
