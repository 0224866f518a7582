"""Vouchers: what a code gives, to whom, how often, and that its budget is there."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, close_old_connections, transaction
from django.utils import timezone

from accounts import ledger, voucher_codes, vouchers
from accounts.errors import (
    CodeTaken,
    InsufficientCredits,
    NotReversible,
    UnknownVoucher,
    VoucherEnded,
    VoucherNotValidYet,
    VoucherRedeemedBefore,
    VoucherRefused,
    VoucherUsedUp,
)
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditTransaction, Redemption, Voucher, VoucherBatch
from accounts.statement import build_lines, wallet_legs
from accounts.voucher_codes import NotACode
from generations import beat
from tests.cast import build_user, build_voucher_batch

pytestmark = pytest.mark.django_db

POOL = 90_000


def test_a_code_gives_its_credits_once_a_user(cast):
    batch = build_voucher_batch(cast.aurora, name="Derby", codes=3)
    first, second, _ = codes_of(batch)
    assert (ledger.pool_of(cast.aurora), budget(batch)) == (POOL - 270, 270)
    vouchers.redeem(cast.alice, first)
    assert ledger.balance_of(cast.alice).available == 90
    for again in (first, second):
        with pytest.raises(VoucherRedeemedBefore):
            vouchers.redeem(cast.alice, again)
    with pytest.raises(VoucherUsedUp):
        vouchers.redeem(cast.bob, first)
    vouchers.redeem(cast.bob, second)
    batch.refresh_from_db()
    assert (batch.uses_made, batch.uses_left, budget(batch)) == (2, 1, 90)
    [line] = build_lines(list(wallet_legs(cast.alice)))
    assert (line.label, line.detail, line.amount) == ("Voucher redeemed", "Derby", 90)
    assert audit_ledger().problems == []


def test_a_shared_code_gives_to_as_many_as_it_may(cast):
    batch = build_voucher_batch(cast.aurora, wording="Summer Final 26", uses_a_code=2)
    assert codes_of(batch) == ["SUMMER-FINAL-26"]
    vouchers.redeem(cast.alice, "summer final 26")
    vouchers.redeem(cast.bob, "SUMMERFINAL26")
    assert batch_state(batch) == "used_up"
    with pytest.raises(VoucherUsedUp):
        vouchers.redeem(cast.olga, "summer-final-26")
    assert budget(batch) == 0
    assert audit_ledger().problems == []


def test_a_batch_that_the_pool_cannot_pay_is_not_made(cast):
    with pytest.raises(InsufficientCredits) as refused:
        build_voucher_batch(cast.aurora, codes=1001)
    assert (refused.value.needed, refused.value.available) == (90_090, POOL)
    assert not VoucherBatch.objects.exists()
    assert not Voucher.objects.exists()
    assert ledger.pool_of(cast.aurora) == POOL


def test_codes_of_another_portal_are_unknown(cast):
    [code] = codes_of(build_voucher_batch(cast.borealis))
    for wrong in (code, "NOSUCHCODE22", "short", "", "💰" * 12):
        with pytest.raises(UnknownVoucher):
            vouchers.redeem(cast.alice, wrong)
    assert not Redemption.objects.exists()


def test_two_portals_may_have_the_same_wording_and_one_may_not_twice(cast):
    batches = [
        build_voucher_batch(tenant, wording="FANFEST 2026")
        for tenant in (cast.aurora, cast.borealis)
    ]
    with pytest.raises(CodeTaken):
        build_voucher_batch(cast.aurora, wording="fan-fest-2o26")
    assert VoucherBatch.objects.count() == 2
    vouchers.redeem(cast.mallory, "FANFEST2026")
    assert [budget(batch) for batch in batches] == [90, 0]


def test_a_code_gives_within_its_time_only(cast):
    now = timezone.now()
    early = build_voucher_batch(cast.aurora, valid_from=now + timedelta(days=1))
    late = build_voucher_batch(cast.aurora, valid_until=now + timedelta(days=1))
    with pytest.raises(VoucherNotValidYet) as refused:
        vouchers.redeem(cast.alice, *codes_of(early))
    assert refused.value.valid_from == early.valid_from
    VoucherBatch.objects.filter(pk=late.pk).update(valid_until=now)
    with pytest.raises(VoucherEnded):
        vouchers.redeem(cast.alice, *codes_of(late))
    assert ledger.balance_of(cast.alice).available == 0
    assert not Redemption.objects.exists()


def test_ending_a_batch_returns_what_is_left(cast):
    batch = build_voucher_batch(cast.aurora, codes=3)
    first, second, _ = codes_of(batch)
    vouchers.redeem(cast.alice, first)
    assert vouchers.end(batch)
    assert not vouchers.end(VoucherBatch.objects.get())
    assert (ledger.pool_of(cast.aurora), budget(batch)) == (POOL - 90, 0)
    assert (batch.uses_made, batch.credits_left) == (1, 180)
    with pytest.raises(VoucherEnded):
        vouchers.redeem(cast.bob, second)
    assert audit_ledger().problems == []


def test_ending_a_batch_that_is_used_up_moves_nothing(cast):
    batch = build_voucher_batch(cast.aurora)
    vouchers.redeem(cast.alice, *codes_of(batch))
    count = CreditTransaction.objects.count()
    assert vouchers.end(batch)
    assert CreditTransaction.objects.count() == count


def test_beat_ends_what_has_expired(cast):
    now = timezone.now()
    running = build_voucher_batch(cast.aurora, valid_until=now + timedelta(days=1))
    expired = build_voucher_batch(cast.aurora, valid_until=now + timedelta(days=1))
    VoucherBatch.objects.filter(pk=expired.pk).update(valid_until=now - timedelta(seconds=1))
    assert beat.run_pass()["vouchers_ended"] == 1
    assert beat.run_pass()["vouchers_ended"] == 0
    assert (budget(running), budget(expired)) == (90, 0)
    assert ledger.pool_of(cast.aurora) == POOL - 90


def test_a_voucher_pays_debt_first(cast):
    ledger.take_back(
        cast.alice, 50, reference="refund", kind=ledger.Kind.REFUND, into=ledger.Pot.POOL
    )
    vouchers.redeem(cast.alice, *codes_of(build_voucher_batch(cast.aurora)))
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=40, held=0)
    assert audit_ledger().problems == []


def test_postings_of_vouchers_are_not_reversed_behind_the_codes(cast):
    vouchers.redeem(cast.alice, *codes_of(build_voucher_batch(cast.aurora)))
    for posted in CreditTransaction.objects.filter(kind__in=("voucher", "voucher_fund")):
        with pytest.raises(NotReversible):
            ledger.reverse(posted.reference, by_reference="x")


def test_generated_codes_are_long_and_free_of_look_alikes():
    codes = voucher_codes.generate(2_000)
    assert len({*codes}) == 2_000
    assert not set("".join(codes)) & set("IO01")
    assert all(len(code) == 14 and code.count("-") == 2 for code in codes)
    assert len(voucher_codes.ALPHABET) ** 12 >= 2**60


@pytest.mark.parametrize(
    "typed",
    [
        "K7QM-2XPD-94TH",
        " k7qm 2xpd 94th",
        "K7QM2XPD94TH",
        "k7qm\u20132xpd\u00a094th",
        "Ｋ７QM.2XPD_94TH",
    ],
)
def test_a_code_is_the_same_however_it_is_typed(typed):
    assert voucher_codes.normalise(typed) == "K7QM2XPD94TH"


def test_look_alikes_of_an_own_wording_are_the_same():
    assert voucher_codes.normalise("1OO Goals In 26") == voucher_codes.normalise("IOO-GOALS-1N-26")


@pytest.mark.parametrize(
    "wording", ["SHORT-1", "", "  ", "TÖR TÖR TÖR", "a" * 41, "a-" * 30, "SALE!!!2026"]
)
def test_a_wording_that_makes_no_code_is_refused(wording):
    with pytest.raises(NotACode):
        voucher_codes.tidy(wording)


def test_the_database_itself_holds_the_rules(cast):
    batch = build_voucher_batch(cast.aurora, codes=2)
    first, second = Voucher.objects.all()
    Redemption.objects.create(voucher=first, batch=batch, user=cast.alice)
    wrongs = [
        lambda: Redemption.objects.create(voucher=second, batch=batch, user=cast.alice),
        lambda: Voucher.objects.filter(pk=first.pk).update(key=second.key),
        lambda: Voucher.objects.filter(pk=first.pk).update(key="SHORT"),
        lambda: Voucher.objects.filter(pk=first.pk).update(key="lowercase22"),
        lambda: Voucher.objects.filter(pk=first.pk).update(uses_left=-1),
        lambda: VoucherBatch.objects.update(uses_left=-1),
        lambda: VoucherBatch.objects.update(uses_left=3),
        lambda: VoucherBatch.objects.update(credits=0),
        lambda: VoucherBatch.objects.update(codes=0, uses_left=0),
        lambda: VoucherBatch.objects.update(
            valid_from=timezone.now(), valid_until=timezone.now() - timedelta(days=1)
        ),
    ]
    for wrong in wrongs:
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def test_the_audit_finds_codes_that_promise_what_is_not_there(cast):
    batch = build_voucher_batch(cast.aurora, codes=2, uses_a_code=5)
    VoucherBatch.objects.update(uses_left=9)
    assert len(audit_ledger().problems) == 2
    VoucherBatch.objects.update(uses_left=10)
    Voucher.objects.filter(pk=batch.vouchers.all()[0].pk).update(uses_left=4)
    assert len(audit_ledger().problems) == 1
    Voucher.objects.update(uses_left=5)
    VoucherBatch.objects.update(ended_at=timezone.now())
    assert len(audit_ledger().problems) == 1
    VoucherBatch.objects.update(ended_at=None)
    Voucher.objects.update(tenant=cast.borealis)
    assert len(audit_ledger().problems) == 2


@pytest.mark.django_db(transaction=True)
def test_parallel_redemptions_of_a_shared_code_give_what_it_has(cast):
    build_voucher_batch(cast.aurora, wording="FANFEST 2026", uses_a_code=7)
    fans = [build_user(cast.aurora, f"fan{number}@example.org") for number in range(20)]
    outcomes = all_at_once([lambda fan=fan: vouchers.redeem(fan, "FANFEST2026") for fan in fans])
    assert outcomes == {"Redemption": 7, "VoucherUsedUp": 13}
    assert sum(ledger.balance_of(fan).available for fan in fans) == 7 * 90
    assert audit_ledger().problems == []


@pytest.mark.django_db(transaction=True)
def test_parallel_redemptions_by_one_user_give_once(cast):
    batch = build_voucher_batch(cast.aurora, codes=4)
    codes = codes_of(batch) * 3
    outcomes = all_at_once([lambda code=code: vouchers.redeem(cast.alice, code) for code in codes])
    assert outcomes == {"Redemption": 1, "VoucherRedeemedBefore": 11}
    assert ledger.balance_of(cast.alice).available == 90
    assert audit_ledger().problems == []


@pytest.mark.django_db(transaction=True)
def test_parallel_redemptions_of_a_code_for_one_have_one_winner(cast):
    [code] = codes_of(build_voucher_batch(cast.aurora))
    fans = [build_user(cast.aurora, f"fan{number}@example.org") for number in range(12)]
    outcomes = all_at_once([lambda fan=fan: vouchers.redeem(fan, code) for fan in fans])
    assert outcomes == {"Redemption": 1, "VoucherUsedUp": 11}
    assert audit_ledger().problems == []


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_ended_while_many_redeem_loses_no_credit(cast):
    batch = build_voucher_batch(cast.aurora, codes=16)
    fans = [build_user(cast.aurora, f"fan{number}@example.org") for number in range(16)]
    acts = [
        lambda fan=fan, code=code: vouchers.redeem(fan, code)
        for fan, code in zip(fans, codes_of(batch), strict=True)
    ]
    for place in (4, 8, 12):
        acts.insert(place, lambda: vouchers.end(VoucherBatch.objects.get()))
    outcomes = all_at_once(acts)
    given = outcomes["Redemption"]
    assert given + outcomes["VoucherEnded"] == 16
    assert outcomes["bool"] == 3
    assert ledger.pool_of(cast.aurora) == POOL - given * 90
    assert budget(batch) == 0
    assert audit_ledger().problems == []


def codes_of(batch):
    return [voucher.code for voucher in batch.vouchers.all()]


def budget(batch):
    return ledger.budget_of(batch.tenant, batch.pk)


def batch_state(batch):
    batch.refresh_from_db()
    return batch.state


def all_at_once(acts):
    """How often what came of it: the class of what was returned, or raised."""
    outcomes, barrier = Counter(), threading.Barrier(len(acts))
    results = []

    def run(act):
        barrier.wait()
        try:
            results.append(type(act()).__name__)
        except VoucherRefused as error:
            results.append(type(error).__name__)
        finally:
            close_old_connections()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes.update(results)
    return outcomes
