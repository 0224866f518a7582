"""Pools may be sold beyond the supply by PORTAL_OVERSELL_RATIO, and not a credit further."""

import uuid
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, close_old_connections

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.ledger_audit import audit_ledger
from generations.doctor.credits import check_supply
from generations.doctor.findings import Level
from lumiq_portal import env
from tests.cast import SUPPLY, fill_supply, give

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(cast):
    """All that was bought is in pools."""
    sell(cast.aurora, ledger.supply_left())
    return SUPPLY


def test_by_default_pools_never_exceed_the_supply(cast, bought):
    assert ledger.sellable() == ledger.supply_left() == 0
    with pytest.raises(InsufficientCredits) as refused:
        sell(cast.aurora, 1)
    assert refused.value.available == 0


def test_a_ratio_sells_so_much_beyond_the_supply(cast, bought, settings):
    settings.PORTAL_OVERSELL_RATIO = Decimal("1.2")
    assert ledger.sellable() == 200_000
    sell(cast.aurora, 150_000)
    assert (ledger.supply_left(), ledger.sellable()) == (-150_000, 50_000)
    with pytest.raises(InsufficientCredits) as refused:
        sell(cast.borealis, 50_001)
    assert (refused.value.needed, refused.value.available) == (50_001, 50_000)
    sell(cast.borealis, 50_000)
    assert ledger.supply_left() == -200_000
    assert audit_ledger().problems == []


def test_beyond_a_lowered_ratio_nothing_is_sold_until_credits_are_bought(cast, bought, settings):
    settings.PORTAL_OVERSELL_RATIO = Decimal("1.2")
    sell(cast.aurora, 150_000)
    settings.PORTAL_OVERSELL_RATIO = Decimal("1.1")
    assert ledger.sellable() == -50_000
    with pytest.raises(InsufficientCredits):
        sell(cast.aurora, 1)
    fill_supply(SUPPLY + 50_000)  # 55,000 more may be sold
    assert ledger.sellable() == 5_000
    sell(cast.aurora, 5_000)


def test_what_is_spent_is_no_ground_to_sell_on(cast, bought, settings):
    """A fifth more than what is left, not than all that was ever bought."""
    settings.PORTAL_OVERSELL_RATIO = Decimal("1.2")
    spend(cast.alice, 50_000)
    ledger.book_loss(10_000, reference="loss:1")
    left = SUPPLY - 60_000
    assert ledger.sellable() == left // 5 - 10_000
    with pytest.raises(InsufficientCredits):
        sell(cast.aurora, 178_001)
    sell(cast.aurora, 178_000)
    # All that portals and users have is what is left at LUMIQ, times the ratio.
    outstanding = left - ledger.supply_left()
    assert outstanding == left * 6 // 5
    assert audit_ledger().problems == []


def test_a_loss_may_go_beyond_every_ratio(cast, bought):
    ledger.book_loss(90, reference="loss:1")
    assert ledger.supply_left() == -90
    assert audit_ledger().problems == []


@pytest.mark.django_db(transaction=True)
def test_parallel_sales_stop_at_the_ratio(cast, settings):
    settings.PORTAL_OVERSELL_RATIO = Decimal("1.01")
    sell(cast.aurora, ledger.supply_left())  # 10,000 are left to sell
    outcomes, barrier = [], Barrier(16)

    def run(tenant):
        barrier.wait()
        try:
            sell(tenant, 900)
            outcomes.append("sold")
        except InsufficientCredits:
            outcomes.append("refused")
        except DatabaseError as error:
            outcomes.append(repr(error))
        finally:
            close_old_connections()

    threads = [Thread(target=run, args=[tenant]) for tenant in (cast.aurora, cast.borealis) * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["sold"] * 11
    assert ledger.supply_left() == -9_900
    assert audit_ledger().problems == []


def test_the_doctor_says_how_far_pools_are_oversold(cast, bought, settings):
    [finding] = check_supply()
    assert (finding.level, finding.text) == (Level.OK, "0 credits are not given to a portal")
    settings.PORTAL_OVERSELL_RATIO = Decimal("1.2")
    sell(cast.aurora, 150_000)
    [finding] = check_supply()
    assert finding.level == Level.NOTE
    assert finding.text == "portals and users have 150000 credits more than there are at LUMIQ"
    assert finding.figures["oversold"] == 150_000
    settings.PORTAL_OVERSELL_RATIO = Decimal("1")
    [finding] = check_supply()
    assert "150000 more than PORTAL_OVERSELL_RATIO allows" in finding.text


@pytest.mark.parametrize(("text", "ratio"), [("", "1"), ("1.25", "1.25"), ("10", "10")])
def test_ratios_are_read(monkeypatch, text, ratio):
    monkeypatch.setenv("PORTAL_OVERSELL_RATIO", text)
    assert read_ratio() == Decimal(ratio)


@pytest.mark.parametrize("text", ["0.9", "0", "-2", "10.1", "NaN", "1e1", "1,2", "much", "٢"])
def test_malformed_ratios_are_refused(monkeypatch, text):
    monkeypatch.setenv("PORTAL_OVERSELL_RATIO", text)
    with pytest.raises(ImproperlyConfigured, match="PORTAL_OVERSELL_RATIO must be a number"):
        read_ratio()


def sell(tenant, credits):
    ledger.allocate_to_tenant(tenant, credits, reference=str(uuid.uuid4()))


def spend(user, credits):
    give(user, credits)
    generation_id = uuid.uuid4()
    ledger.hold(user, credits, generation_id=generation_id)
    ledger.capture(generation_id)


def read_ratio():
    return env.read_decimal("PORTAL_OVERSELL_RATIO", default="1", lowest=1, highest=10)
