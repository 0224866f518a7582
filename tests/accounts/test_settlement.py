"""What is decided from a purchase as recorded and what Stripe says. Nothing is done here."""

from dataclasses import replace

import pytest

from accounts.payments import DisputeFacts, Payment
from accounts.settlement import (
    Close,
    Contest,
    Contested,
    Credit,
    Mismatch,
    Refund,
    Standing,
    Wait,
    decide,
    share_of,
)

OPEN = Standing("ref", "cs_1", "open", 600, 1000, "usd", livemode=False)
PAID = replace(OPEN, status="paid")
BOUGHT = Payment("cs_1", "ref", "complete", "paid", 1000, "usd", livemode=False)
WAITING = replace(BOUGHT, payment_status="unpaid", intent_status="processing")


def test_a_paid_session_is_credited():
    assert decide(OPEN, BOUGHT) == [Credit(is_late=False)]
    assert decide(replace(OPEN, status="pending"), BOUGHT) == [Credit(is_late=False)]


@pytest.mark.parametrize("status", ["expired", "failed"])
def test_what_was_given_up_and_paid_after_all_is_credited_late(status):
    assert decide(replace(OPEN, status=status), BOUGHT) == [Credit(is_late=True)]


def test_nothing_is_left_to_do_for_what_is_paid():
    assert decide(PAID, BOUGHT) == []


def test_nothing_is_done_while_the_checkout_is_open():
    assert decide(OPEN, replace(WAITING, session_status="open", intent_status="")) == []


@pytest.mark.parametrize("intent", ["processing", "requires_action"])
def test_a_delayed_payment_is_waited_for(intent):
    waiting = replace(WAITING, intent_status=intent)
    assert decide(OPEN, waiting) == [Wait()]
    assert decide(replace(OPEN, status="pending"), waiting) == []


@pytest.mark.parametrize("intent", ["requires_payment_method", "canceled"])
def test_a_delayed_payment_that_failed_is_closed(intent):
    failed = replace(WAITING, intent_status=intent)
    assert decide(OPEN, failed) == [Close(is_declined=True)]
    assert decide(replace(OPEN, status="failed"), failed) == []


def test_a_declined_card_leaves_an_open_checkout_open():
    declined = replace(
        WAITING, session_status="open", intent_status="requires_payment_method"
    )  # fmt: skip
    assert decide(OPEN, declined) == []


def test_an_expired_checkout_is_closed():
    expired = replace(WAITING, session_status="expired", intent_status="")
    assert decide(OPEN, expired) == [Close(is_declined=False)]


@pytest.mark.parametrize("standing", [OPEN, PAID])
@pytest.mark.parametrize(
    "other",
    [
        {"session_id": "cs_2"},
        {"reference": "another"},
        {"reference": ""},
        {"amount_minor": 999},
        {"amount_minor": 1001},
        {"currency": "jpy"},
        {"livemode": True},
    ],
)
def test_a_session_that_is_not_the_one_that_was_sold_is_refused(standing, other):
    with pytest.raises(Mismatch, match=f"^{next(iter(other)).split('_')[0]} is "):
        decide(standing, replace(BOUGHT, **other))


@pytest.mark.parametrize(
    ("part", "credits"), [(0, 0), (1, 1), (500, 300), (501, 301), (999, 600), (1000, 600)]
)
def test_a_part_of_the_price_stands_for_credits_rounded_up(part, credits):
    assert share_of(600, part, 1000) == credits


def test_refunds_take_what_is_missing_to_their_sum():
    assert decide(PAID, replace(BOUGHT, refunded_minor=500)) == [Refund(500, 300)]
    half = replace(PAID, refunded_minor=500, refunded_credits=300)
    assert decide(half, replace(BOUGHT, refunded_minor=500)) == []
    assert decide(half, replace(BOUGHT, refunded_minor=1000)) == [Refund(1000, 300)]
    assert decide(half, replace(BOUGHT, refunded_minor=0)) == [Refund(0, -300)]


def test_what_is_paid_and_refunded_at_once_is_both():
    steps = decide(OPEN, replace(BOUGHT, refunded_minor=1000))
    assert steps == [Credit(is_late=False), Refund(1000, 600)]


def test_a_refund_too_small_for_another_credit_is_noted():
    standing = replace(PAID, credits=1, refunded_minor=1, refunded_credits=1)
    assert decide(standing, replace(BOUGHT, refunded_minor=2)) == [Refund(2, 0)]


@pytest.mark.parametrize(
    ("status", "state", "credits"),
    [
        ("needs_response", "open", 600),
        ("under_review", "open", 600),
        ("lost", "lost", 600),
        ("appeal_needs_response", "lost", 600),
        ("appeal_under_review", "lost", 600),
        ("won", "won", 0),
        ("warning_needs_response", "inquiry", 0),
        ("warning_closed", "won", 0),
        ("prevented", "won", 0),
        ("something_new", "inquiry", 0),
    ],
)
def test_a_dispute_takes_the_credits_while_the_money_is_away(status, state, credits):
    assert decide(PAID, contested(status)) == [Contested("dp_1", 1000, state, credits)]


def test_an_inquiry_that_becomes_a_dispute_takes_the_credits():
    asked = replace(PAID, contests=(Contest("dp_1", "inquiry", 0),))
    assert decide(asked, contested("needs_response")) == [Contested("dp_1", 1000, "open", 600)]


@pytest.mark.parametrize("status", ["lost", "won"])
def test_an_open_dispute_ends_without_taking_twice(status):
    assert decide(disputed("open"), contested(status)) == [Contested("dp_1", 1000, status, 0)]


def test_a_dispute_never_goes_back():
    for recorded, told in [("lost", "needs_response"), ("won", "lost"), ("open", "under_review")]:
        assert decide(disputed(recorded), contested(told)) == []
    assert decide(disputed("lost"), contested("won")) == [Contested("dp_1", 1000, "won", 0)]


def test_a_part_that_is_contested_takes_its_share():
    assert decide(PAID, contested("lost", amount=501)) == [Contested("dp_1", 501, "lost", 301)]


def test_never_more_is_taken_than_was_bought():
    half = replace(PAID, refunded_minor=500, refunded_credits=300)
    assert decide(half, replace(contested("lost"), refunded_minor=500)) == [
        Contested("dp_1", 1000, "lost", 300)
    ]
    both = replace(contested("lost"), refunded_minor=1000)
    assert decide(disputed("lost"), both) == [Refund(1000, 0)]


def test_what_a_won_dispute_frees_can_be_refunded():
    both = replace(contested("won"), refunded_minor=1000)
    assert decide(disputed("open"), both) == [Contested("dp_1", 1000, "won", 0), Refund(1000, 600)]


def test_two_disputes_share_what_there_is():
    facts = tuple(DisputeFacts(f"dp_{n}", 700, "needs_response") for n in (1, 2))
    assert decide(PAID, replace(BOUGHT, disputes=facts)) == [
        Contested("dp_1", 700, "open", 420),
        Contested("dp_2", 700, "open", 180),
    ]


def test_what_one_dispute_has_taken_is_not_there_for_another():
    facts = tuple(DisputeFacts(f"dp_{n}", 500, "needs_response") for n in (1, 2))
    assert decide(disputed("open"), replace(BOUGHT, disputes=facts)) == [
        Contested("dp_2", 500, "open", 0)
    ]


def test_a_part_that_was_contested_and_is_lost_takes_nothing_of_the_rest():
    half = replace(PAID, contests=(Contest("dp_1", "open", 300),))
    assert decide(half, contested("lost", amount=500)) == [Contested("dp_1", 500, "lost", 0)]


def test_a_won_dispute_does_not_hide_another():
    facts = (DisputeFacts("dp_1", 500, "won"), DisputeFacts("dp_2", 500, "needs_response"))
    assert decide(PAID, replace(BOUGHT, disputes=facts)) == [
        Contested("dp_1", 500, "won", 0),
        Contested("dp_2", 500, "open", 300),
    ]


def contested(status, amount=1000):
    return replace(BOUGHT, disputes=(DisputeFacts("dp_1", amount, status),))


def disputed(state):
    return replace(PAID, contests=(Contest("dp_1", state, 600),))
