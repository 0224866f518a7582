"""Users of a shared tenant draw on its pool: within it, within their allowance, and back again."""

import random
import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, close_old_connections, transaction
from django.db.models import Sum

from accounts import api_keys, ledger
from accounts.errors import InsufficientCredits, KeyCapReached
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditHold, Tenant, User
from accounts.statement import build_lines, wallet_legs, write_csv
from generations import lifecycle
from tests.cast import build_order, build_tenant, build_user, give

pytestmark = pytest.mark.django_db

MONTH, TOTAL = "month", "total"


@pytest.fixture
def club(cast):
    """A shared portal whose pool pays for ten videos, and a fan of it with an empty wallet."""
    return build_tenant("Club", "club.localhost", pool=900, credit_mode="shared")


@pytest.fixture
def fan(club):
    return build_user(club, "fan@example.org")


def test_an_empty_wallet_orders_out_of_the_pool(club, fan):
    held = order(fan)
    assert (held.amount, held.from_wallet, held.from_pool) == (90, 0, 90)
    assert ledger.pool_of(club) == 810
    assert ledger.balance_of(fan) == ledger.Balance(available=810, held=90, from_pool=810)
    assert audit_ledger().problems == []


def test_the_wallet_is_spent_before_the_pool(club, fan):
    give(fan, 130)  # out of the pool: 770 are left
    first, second = order(fan), order(fan)
    assert (first.from_wallet, first.from_pool) == (90, 0)
    assert (second.from_wallet, second.from_pool) == (40, 50)
    assert ledger.pool_of(club) == 720
    assert ledger.balance_of(fan).wallet == 0


def test_a_release_gives_each_part_back_where_it_came_from(club, fan):
    give(fan, 40)
    held = order(fan)
    ledger.release(held.generation_id)
    assert ledger.balance_of(fan) == ledger.Balance(available=900, held=0, from_pool=860)
    assert ledger.balance_of(fan).wallet == 40
    assert ledger.pool_of(club) == 860
    assert audit_ledger().problems == []


def test_a_capture_spends_both_parts(club, fan):
    give(fan, 40)
    held = order(fan)
    ledger.capture(held.generation_id)
    assert ledger.spent_by(fan) == 90
    assert ledger.balance_of(fan) == ledger.Balance(available=810, held=0, from_pool=810)
    assert audit_ledger().problems == []


def test_credits_that_expire_are_spent_first_and_come_back_to_their_lot(club, fan):
    Tenant.objects.filter(pk=club.pk).update(credits_expire_after_days=30)
    fan.tenant.credits_expire_after_days = 30
    give(fan, 40)
    held = order(fan)
    assert (held.from_lots, held.from_pool) == (40, 50)
    ledger.release(held.generation_id)
    assert ledger.balance_of(fan).expiring == 40
    assert audit_ledger().problems == []


def test_nobody_draws_on_a_strict_pool(cast):
    give(cast.alice, 89)
    with pytest.raises(InsufficientCredits) as refused:
        order(cast.alice)
    assert (refused.value.needed, refused.value.available) == (90, 89)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=89, held=0)


def test_orders_of_a_strict_tenant_ask_the_database_no_more_than_before(
    cast, django_assert_num_queries
):
    give(cast.alice, 900)
    order(cast.alice)
    with django_assert_num_queries(8):  # a savepoint around six statements
        order(cast.alice)
    with django_assert_num_queries(1):
        ledger.balance_of(cast.alice)


def test_wallets_that_suffice_do_not_touch_the_pool(club, fan):
    give(fan, 900)
    assert ledger.pool_of(club) == 0
    assert order(fan).from_pool == 0


def test_what_the_pool_lacks_is_refused_with_what_there_is(club, fan):
    ledger.reserve(club, 830, reference="away")
    give(fan, 10)
    with pytest.raises(InsufficientCredits) as refused:
        order(fan)
    assert (refused.value.needed, refused.value.available) == (90, 70)
    assert ledger.balance_of(fan) == ledger.Balance(available=70, held=0, from_pool=60)
    assert not CreditHold.objects.exists()


@pytest.mark.parametrize("whose", ["the user's", "the portal's"])
def test_an_allowance_ends_the_drawing(club, fan, whose):
    allow(fan if whose == "the user's" else club, 200, TOTAL)
    order(fan)
    order(fan)
    assert ledger.balance_of(fan).available == 20
    with pytest.raises(InsufficientCredits) as refused:
        order(fan)
    assert refused.value.available == 20


def test_an_allowance_of_ones_own_goes_before_the_portals(club, fan):
    allow(club, 0)
    assert ledger.balance_of(fan).available == 0
    allow(fan, 100)
    assert ledger.balance_of(fan).available == 100
    allow(fan, 0)
    allow(club, None)
    assert ledger.balance_of(fan).available == 0


def test_an_allowance_counts_neither_the_wallet_nor_what_was_released(club, fan):
    allow(fan, 90, TOTAL)
    give(fan, 90)
    order(fan)
    first = order(fan)
    ledger.release(first.generation_id)
    assert ledger.balance_of(fan).available == 90
    ledger.capture(order(fan).generation_id)
    assert ledger.balance_of(fan).available == 0


def test_an_allowance_of_a_month_is_there_again_with_the_next(club, fan):
    allow(fan, 90, MONTH)
    order(fan)
    assert ledger.balance_of(fan).available == 0
    first = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    CreditHold.objects.update(created_at=first)
    assert ledger.balance_of(fan).available == 0  # its first moment
    CreditHold.objects.update(created_at=datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC))
    assert ledger.balance_of(fan).available == 90
    allow(fan, 90, TOTAL)
    assert ledger.balance_of(fan).available == 0


def test_a_lowered_allowance_takes_nothing_back(club, fan):
    order(fan)
    order(fan)
    allow(fan, 100, TOTAL)
    assert ledger.balance_of(fan) == ledger.Balance(available=0, held=180)
    assert audit_ledger().problems == []


def test_the_mode_in_the_database_counts_not_the_one_that_was_read_before(club, fan):
    Tenant.objects.filter(pk=club.pk).update(credit_mode="strict")
    assert fan.tenant.credit_mode == "shared"
    with pytest.raises(InsufficientCredits):
        order(fan)


def test_a_repeated_hold_is_the_first_whatever_the_mode_is_now(club, fan):
    give(fan, 40)
    held = order(fan)
    club.credit_mode = fan.tenant.credit_mode = "strict"
    club.save(update_fields=["credit_mode"])
    assert ledger.hold(fan, 90, generation_id=held.generation_id) == held
    ledger.release(held.generation_id)
    ledger.release(held.generation_id)
    assert ledger.pool_of(club) == 860


def test_nobody_draws_on_the_pool_of_another_portal(cast, club, fan):
    before = ledger.pool_of(cast.borealis)
    while ledger.balance_of(fan).available >= 90:
        order(fan)
    with pytest.raises(InsufficientCredits):
        order(fan)
    assert ledger.pool_of(cast.borealis) == before


def test_the_statement_says_what_came_out_of_the_pool(club, fan):
    give(fan, 40)
    mixed, pooled = order(fan), order(fan)
    ledger.capture(mixed.generation_id)
    ledger.release(pooled.generation_id)
    lines = build_lines(list(wallet_legs(fan)))
    assert [(line.label, line.amount, line.balance_after, line.pooled) for line in lines] == [
        ("Returned: not charged", 0, 0, -90),
        ("Held for a video", 0, 0, 90),
        ("Video charged", -40, 0, 50),
        ("Credits added", 40, 40, 0),
    ]
    assert lines[0].pooled_words == "90 credits went back to the shared pool."
    assert lines[2].pooled_words == "50 credits came out of the shared pool."
    assert ",-40,0,0,50," in "".join(write_csv(fan)).splitlines()[3]


def test_the_wallet_page_shows_what_may_be_spent(club, fan, visit):
    give(fan, 40)
    order(fan)
    page = visit(fan, "club.localhost").get("/wallet/").content.decode()
    assert "0 credits of your own, and 810 credits that you may draw from the shared pool" in page
    assert "50 credits came out of the shared pool." in page
    step = visit(fan, "club.localhost").get("/create/football/photo/").content.decode()
    assert "You have 810" in step


def test_the_api_tells_what_may_be_spent(club, fan, visit):
    _, text = api_keys.issue(fan, name="Screen")
    allow(fan, 200)
    give(fan, 10)
    answer = visit(None, "club.localhost").get("/api/v1/account", headers={"X-API-Key": text})
    assert answer.json()["credits_balance"] == 210


def test_a_cancelled_video_gives_the_pool_its_part_back(club, fan):
    give(fan, 40)
    generation = lifecycle.queue(fan, build_order(fan))
    assert ledger.pool_of(club) == 810
    lifecycle.cancel(generation)
    assert ledger.balance_of(fan) == ledger.Balance(available=900, held=0, from_pool=860)


def test_a_key_has_its_cap_whoever_pays(club, fan):
    key, _ = api_keys.issue(fan, name="Screen", credit_cap=100)
    lifecycle.queue(fan, replace(build_order(fan), api_key=key))
    with pytest.raises(KeyCapReached):
        lifecycle.queue(fan, replace(build_order(fan), api_key=key))
    assert ledger.pool_of(club) == 810


def test_the_database_refuses_a_hold_with_more_parts_than_credits(club, fan):
    order(fan)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditHold.objects.update(from_lots=1)


def test_the_audit_finds_a_hold_that_names_another_part_of_the_pool(club, fan):
    give(fan, 40)
    order(fan)
    CreditHold.objects.update(from_pool=20)
    [problem] = audit_ledger().problems
    assert "moved -50 on the pool, not -20" in problem
    CreditHold.objects.update(from_pool=0)
    assert len(audit_ledger().problems) == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_orders_of_many_users_exceed_neither_the_pool_nor_an_allowance(club):
    """64 orders, wanting 5,760 credits of 900 and of allowances for 180 each but one's."""
    fans = [build_user(club, f"fan-{number}@example.org") for number in range(8)]
    for fan in fans[1:]:
        allow(fan, 180, MONTH)
    for fan in fans[:4]:
        give(fan, 30)
    outcomes = run_all_at_once([fan for fan in fans for _ in range(8)])
    assert set(outcomes) <= {"held", "refused"}
    assert len(outcomes) == 64
    drawn = dict(CreditHold.objects.values_list("user").annotate(n=Sum("from_pool")))
    assert all(drawn.get(fan.pk, 0) <= 180 for fan in fans[1:])
    pool = ledger.pool_of(club)
    assert sum(drawn.values()) + pool == 900 - 4 * 30
    assert 0 <= pool < 90
    assert audit_ledger().problems == []


@pytest.mark.django_db(transaction=True)
def test_draws_releases_and_gifts_wait_for_each_other_in_no_circle(club):
    fans = [build_user(club, f"fan-{number}@example.org") for number in range(4)]

    def live(fan):
        chance, mine = random.Random(fan.pk), []
        for _ in range(25):
            act = chance.choice(["order", "release", "give"])
            if act == "give" and chance.random() < 0.3:
                give(fan, 7)
            elif act == "release" and mine:
                ledger.release(mine.pop())
            else:
                mine.append(order(fan).generation_id)

    outcomes = run_all_at_once([fan for fan in fans for _ in range(4)], live)
    assert set(outcomes) <= {"held", "refused"}
    assert audit_ledger().problems == []


def order(user, credits=90):
    return ledger.hold(user, credits, generation_id=uuid.uuid4(), note="Brazil – France")


def allow(whom, credits, period=MONTH):
    whom.allowance, whom.allowance_period = credits, period
    whom.save(update_fields=["allowance", "allowance_period"])


def run_all_at_once(users, act=order):
    outcomes, barrier = [], threading.Barrier(len(users))

    def run(user):
        barrier.wait()
        try:
            act(user)
            outcomes.append("held")
        except InsufficientCredits:
            outcomes.append("refused")
        except DatabaseError as error:
            outcomes.append(repr(error))
        finally:
            close_old_connections()

    own = [User.objects.select_related("tenant").get(pk=user.pk) for user in users]
    threads = [threading.Thread(target=run, args=[user]) for user in own]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
