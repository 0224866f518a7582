"""Portals that owe the platform: what they may still do, and how their debt is paid."""

import uuid

import pytest

from accounts import ledger
from accounts.errors import InsufficientCredits, PoolBlocked
from accounts.ledger import Kind, Pot
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditTransaction
from tests.cast import build_tenant, build_user, give

pytestmark = pytest.mark.django_db

BATCH = uuid.UUID(int=7)


def owe(tenant, credits):
    """The pool is empty, and the tenant owes so many."""
    ledger.take_back(
        tenant, ledger.pool_of(tenant) + credits, reference=f"refund:{tenant.pk}",
        kind=Kind.REFUND, into=Pot.SUPPLY,
    )  # fmt: skip


def fill(user, credits):
    """The pool of the user's tenant, by a refund of the user's."""
    ledger.take_back(user, credits, reference="back", kind=Kind.REFUND, into=Pot.POOL)


def owe_as_user(user):
    ledger.take_back(user, 5, reference="user", kind=Kind.REFUND, into=Pot.POOL)


def test_what_has_left_the_pool_is_owed(cast):
    supply, pool = ledger.supply_left(), ledger.pool_of(cast.aurora)
    owe(cast.aurora, 7)
    assert (ledger.pool_of(cast.aurora), ledger.owed_by(cast.aurora)) == (0, 7)
    assert ledger.supply_left() == supply + pool
    assert ledger.owed_by(cast.borealis) == 0
    assert audit_ledger().problems == []


@pytest.mark.parametrize(
    "promise",
    [
        lambda cast: ledger.reserve(cast.aurora, 5, reference="it"),
        lambda cast: ledger.fund_vouchers(cast.aurora, BATCH, 5, reference="it"),
        lambda cast: ledger.allocate_to_user(cast.alice, 5, reference="it"),
    ],
)
def test_a_portal_that_owes_a_single_credit_promises_nothing_new(cast, promise):
    give(cast.bob, 100)
    owe(cast.aurora, 1)
    fill(cast.bob, 100)
    with pytest.raises(PoolBlocked) as blocked:
        promise(cast)
    assert blocked.value.owed == 1
    assert not CreditTransaction.objects.filter(reference="it").exists()
    ledger.collect_debts()
    promise(cast)


def test_what_was_paid_late_is_kept_all_the_same(cast):
    give(cast.bob, 100)
    owe(cast.aurora, 1)
    fill(cast.bob, 100)
    ledger.reserve(cast.aurora, 100, reference="late", is_late=True)
    assert ledger.reserved_of(cast.aurora) == 100
    with pytest.raises(InsufficientCredits) as refused:
        ledger.reserve(cast.aurora, 1, reference="too late", is_late=True)
    assert not isinstance(refused.value, PoolBlocked)


def test_a_portal_that_owes_may_buy_and_so_pays(cast):
    owe(cast.aurora, 7)
    ledger.reserve(cast.aurora, 10, reference="top-up", source=Pot.SUPPLY)
    ledger.credit(
        cast.aurora, 10, reference="paid", kind=Kind.PURCHASE, source=Pot.RESERVED
    )  # fmt: skip
    assert (ledger.pool_of(cast.aurora), ledger.owed_by(cast.aurora)) == (3, 0)
    assert audit_ledger().problems == []


def test_what_a_user_owes_does_not_block_the_portal(cast):
    owe_as_user(cast.alice)
    ledger.reserve(cast.aurora, 1, reference="reserve")
    give(cast.bob, 1)
    assert (ledger.owed_by(cast.aurora), ledger.balance_of(cast.alice).owed) == (0, 5)


def test_debts_are_collected_as_far_as_pools_go(cast):
    give(cast.bob, 100)
    owe(cast.aurora, 50)
    owe_as_user(cast.mallory)  # a user's debt is none of a portal's
    supply, pool = ledger.supply_left(), ledger.pool_of(cast.borealis)
    assert ledger.collect_debts() == 0
    fill(cast.bob, 30)
    assert ledger.collect_debts() == 1
    assert (ledger.pool_of(cast.aurora), ledger.owed_by(cast.aurora)) == (0, 20)
    assert ledger.supply_left() == supply + 30
    assert ledger.pool_of(cast.borealis) == pool
    assert ledger.collect_debts() == 0
    assert audit_ledger().problems == []


def test_a_pool_pays_no_more_than_is_owed_and_says_what_for(cast):
    give(cast.bob, 100)
    owe(cast.aurora, 50)
    fill(cast.bob, 80)
    assert ledger.collect_debts() == 1
    assert (ledger.pool_of(cast.aurora), ledger.owed_by(cast.aurora)) == (30, 0)
    paid = CreditTransaction.objects.get(reference__startswith=f"debt:{cast.aurora.pk}:")
    assert (paid.kind, paid.tenant) == (Kind.ALLOCATION, cast.aurora)
    assert paid.note == "what was owed to the platform"


def test_each_portal_pays_for_itself(cast):
    for tenant, user in ((cast.aurora, cast.bob), (cast.borealis, cast.mallory)):
        give(user, 100)
        owe(tenant, 50)
        ledger.take_back(
            user, 60, reference=f"back:{tenant.pk}", kind=Kind.REFUND, into=Pot.POOL
        )  # fmt: skip
    assert ledger.collect_debts() == 2
    assert [ledger.pool_of(tenant) for tenant in (cast.aurora, cast.borealis)] == [10, 10]


def test_a_shared_pool_that_owes_gives_nothing(cast):
    club = build_tenant("Club", "club.localhost", pool=900, credit_mode="shared")
    fan, other, debtor = (build_user(club, f"{name}@example.org") for name in ("a", "b", "c"))
    give(other, 100)
    owe_as_user(debtor)  # no debt of the club's
    assert ledger.balance_of(fan).from_pool == ledger.pool_of(club) > 0
    owe(club, 1)
    fill(other, 50)
    assert ledger.pool_of(club) == 50
    assert ledger.balance_of(fan).from_pool == 0
    ledger.collect_debts()
    assert ledger.balance_of(fan).from_pool == 49


def test_the_last_credit_of_a_shared_pool_can_be_drawn(cast):
    club = build_tenant("Club", "club.localhost", pool=1, credit_mode="shared")
    fan = build_user(club, "fan@example.org")
    assert ledger.balance_of(fan) == ledger.Balance(available=1, held=0, from_pool=1)


def test_a_pool_and_an_allowance_are_those_of_the_fan_who_asks(cast):
    club = build_tenant("Club", "club.localhost", pool=900, credit_mode="shared")
    build_user(club, "first@example.org", allowance=5, allowance_period="total")
    fan = build_user(club, "fan@example.org", allowance=90, allowance_period="total")
    build_tenant("Other", "other.localhost", pool=500, credit_mode="shared")
    assert ledger.balance_of(fan).from_pool == 90
    fan.allowance = None
    fan.save(update_fields=["allowance"])
    assert ledger.balance_of(fan).from_pool == 900
