"""Credits that expire: the soonest first, and only where the tenant wants it."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

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
