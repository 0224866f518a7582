"""Credits that expire: the soonest first, and only where the tenant wants it."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import ledger
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditLot, Tenant
from tests.cast import AURORA_HOST, give

pytestmark = pytest.mark.django_db


def set_expiry(cast, days):
    Tenant.objects.filter(pk=cast.aurora.pk).update(credits_expire_after_days=days)
    cast.aurora.credits_expire_after_days = days


def pass_days(days):
    CreditLot.objects.update(expires_at=F("expires_at") - timedelta(days=days))


def hold(user, credits):
    generation_id = uuid.uuid4()
    ledger.hold(user, credits, generation_id=generation_id)
    return generation_id


def test_credits_last_for_ever_unless_the_tenant_decides_otherwise(cast):
    give(cast.alice, 100)
    assert ledger.expire_due() == 0
    assert not CreditLot.objects.exists()


def test_what_is_not_spent_in_time_goes_back_to_the_pool(cast):
    give(cast.alice, 40)  # before the decision: for ever
    set_expiry(cast, 30)
    give(cast.alice, 100)
    pool = ledger.pool_of(cast.aurora)
    pass_days(29)
    assert ledger.expire_due() == 0
    pass_days(1)
    assert ledger.expire_due() == 1
    assert ledger.expire_due() == 0
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=40, held=0)
    assert ledger.pool_of(cast.aurora) == pool + 100
    assert audit_ledger().problems == []


def test_what_expires_first_is_spent_first(cast):
    give(cast.alice, 50)
    set_expiry(cast, 30)
    give(cast.alice, 100)
    set_expiry(cast, 10)
    give(cast.alice, 20)
    hold(cast.alice, 60)
    assert list(CreditLot.objects.values_list("credits", "left")) == [(20, 0), (100, 60)]
    assert ledger.balance_of(cast.alice).expiring == 60
    hold(cast.alice, 90)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=20, held=150)
    assert audit_ledger().problems == []


def test_what_is_held_does_not_expire_and_what_is_returned_late_expires_then(cast):
    set_expiry(cast, 30)
    give(cast.alice, 100)
    generation = hold(cast.alice, 90)
    pass_days(31)
    assert ledger.expire_due() == 1
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=90)
    ledger.release(generation)
    ledger.release(generation)
    assert ledger.balance_of(cast.alice).available == 90
    assert audit_ledger().problems == []
    assert ledger.expire_due() == 1
    assert ledger.balance_of(cast.alice).available == 0
    assert audit_ledger().problems == []


def test_a_delivered_video_is_paid_with_what_it_held(cast):
    set_expiry(cast, 30)
    give(cast.alice, 90)
    ledger.capture(hold(cast.alice, 90))
    pass_days(31)
    assert ledger.expire_due() == 0
    assert ledger.spent_by(cast.alice) == 90


def test_refunds_take_out_of_lots_and_corrections_as_well(cast):
    set_expiry(cast, 30)
    give(cast.alice, 100)
    ledger.allocate_to_user(cast.alice, 50, reference="wrong")
    ledger.take_back(
        cast.alice, 30, reference="refund", kind=ledger.Kind.REFUND, into=ledger.Pot.POOL
    )
    ledger.reverse("wrong", by_reference="correction")
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=70, held=0, expiring=70)
    assert audit_ledger().problems == []


def test_nothing_expires_any_more_once_the_tenant_has_thought_better_of_it(cast):
    set_expiry(cast, 30)
    give(cast.alice, 100)
    set_expiry(cast, None)
    pass_days(31)
    assert ledger.expire_due() == 0
    hold(cast.alice, 60)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=40, held=60, expiring=40)
    assert audit_ledger().problems == []


def test_expiry_costs_no_query_where_nothing_expires(cast):
    give(cast.alice, 100)
    hold(cast.alice, 1)
    with CaptureQueriesContext(connection) as queries:
        generation = hold(cast.alice, 5)
    assert [sql["sql"].split()[0] for sql in queries if "SAVEPOINT" not in sql["sql"]] == [
        "SELECT", "INSERT", "UPDATE", "UPDATE", "INSERT", "INSERT",
    ]  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        ledger.release(generation)
        give(cast.alice, 5)
    assert not any("creditlot" in query["sql"] for query in queries)


def test_the_next_losses_are_told_by_day_and_are_the_users_own(cast):
    for days, credits in ((10, 100), (10, 20), (20, 30), (30, 40), (40, 50)):
        set_expiry(cast, days)
        give(cast.alice, credits)
    give(cast.bob, 7)
    hold(cast.alice, 60)
    losses = ledger.next_losses(cast.alice)
    assert [loss.credits for loss in losses] == [60, 30, 40]
    days = [(loss.at - losses[0].at).days for loss in losses]
    assert days == [0, 10, 20]
    hold(cast.alice, 60)
    assert [loss.credits for loss in ledger.next_losses(cast.alice)] == [30, 40, 50]


@pytest.mark.parametrize(("hours", "is_near"), [(14 * 24 + 1, False), (14 * 24 - 1, True)])
def test_a_loss_is_near_two_weeks_before(hours, is_near):
    loss = ledger.Loss(credits=1, at=timezone.now() + timedelta(hours=hours))
    assert loss.is_near is is_near


def test_a_release_returns_credits_to_the_lots_that_they_came_from(cast):
    for days in (10, 20, 30):
        set_expiry(cast, days)
        give(cast.alice, 50)
        give(cast.bob, 50)
    first, second = hold(cast.alice, 70), hold(cast.alice, 60)
    assert lots_of(cast.alice) == [0, 0, 20]
    ledger.release(first)
    assert lots_of(cast.alice) == [50, 20, 20]
    assert ledger.balance_of(cast.alice).expiring == 90
    ledger.release(second)
    assert lots_of(cast.alice) == lots_of(cast.bob) == [50, 50, 50]
    assert audit_ledger().problems == []


def test_one_users_lots_expire_without_anothers(cast):
    set_expiry(cast, 10)
    give(cast.alice, 50)
    pass_days(10)
    give(cast.bob, 1)
    assert ledger.expire_due() == 1
    assert (lots_of(cast.alice), lots_of(cast.bob)) == ([0], [1])
    assert CreditLot.objects.get(user=cast.bob).expired == 0
    assert ledger.balance_of(cast.bob) == ledger.Balance(available=1, held=0, expiring=1)
    pass_days(10)
    assert ledger.expire_due() == 1  # a single credit too
    assert audit_ledger().problems == []


def test_a_lot_lasts_as_many_days_as_the_tenant_says(cast):
    set_expiry(cast, 30)
    given = ledger.allocate_to_user(cast.alice, 50, reference="it")
    lot = CreditLot.objects.get()
    assert lot.expires_at == given.created_at + timedelta(days=30)
    assert (lot.transaction, lot.user, lot.credits, lot.left) == (given, cast.alice, 50, 50)


def test_the_wallet_warns_before_credits_are_lost(cast, visit):
    assert "Credits do not expire." in visit(cast.alice).get("/wallet/").text
    set_expiry(cast, 60)
    give(cast.alice, 100)
    give(cast.alice, 20)
    day = CreditLot.objects.first().expires_at
    page = visit(cast.alice, AURORA_HOST).get("/wallet/").text
    assert f"120 credits expire on {day.day} {day:%B %Y}, unless" in page
    assert "Credits expire 60 days after you got them" in page
    assert "note-bad" not in page
    pass_days(50)
    assert "note-bad" in visit(cast.alice).get("/wallet/").text


def lots_of(user):
    return list(CreditLot.objects.filter(user=user).values_list("left", flat=True))
