"""What each verb of the ledger leaves in the books, and what a refused one does not."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts import ledger
from accounts.errors import InsufficientCredits
from accounts.ledger import Kind, Pot
from accounts.models import (
    CreditAccount,
    CreditHold,
    CreditLeg,
    CreditLot,
    CreditTransaction,
    Tenant,
)
from tests.cast import give

pytestmark = pytest.mark.django_db

BATCH = uuid.UUID(int=7)
VIDEO = uuid.UUID(int=9)


def line(reference):
    """The transaction as it stands in the books: kind, tenant, note, and its legs by account."""
    found = CreditTransaction.objects.get(reference=reference)
    legs = {leg.account.kind: leg.amount for leg in found.legs.select_related("account")}
    return found.kind, found.tenant, found.note, legs


# What is posted before the one that is looked at, and the one that is.
POSTINGS = {
    "supply": lambda cast, **note: ledger.record_supply(1_000_007, reference="it", **note),
    "to a portal": lambda cast, **note: ledger.allocate_to_tenant(
        cast.aurora, 7, reference="it", **note
    ),
    "to a user": lambda cast, **note: ledger.allocate_to_user(
        cast.alice, 7, reference="it", **note
    ),
    "a grant": lambda cast, **note: ledger.allocate_to_user(
        cast.alice, 7, reference="it", kind=Kind.PURCHASE, **note
    ),
    "reserve": lambda cast, **note: ledger.reserve(cast.aurora, 7, reference="it", **note),
    "reserve out of the supply": lambda cast, **note: ledger.reserve(
        cast.aurora, 7, reference="it", source=Pot.SUPPLY, **note
    ),
    "unreserve": lambda cast, **note: [
        ledger.reserve(cast.aurora, 7, reference="before"),
        ledger.unreserve(cast.aurora, 7, reference="it", **note),
    ],
    "unreserve into the supply": lambda cast, **note: [
        ledger.reserve(cast.aurora, 7, reference="before"),
        ledger.unreserve(cast.aurora, 7, reference="it", target=Pot.SUPPLY, **note),
    ],
    "fund vouchers": lambda cast, **note: ledger.fund_vouchers(
        cast.aurora, BATCH, 7, reference="it", **note
    ),
    "return vouchers": lambda cast, **note: [
        ledger.fund_vouchers(cast.aurora, BATCH, 7, reference="before"),
        ledger.return_vouchers(cast.aurora, BATCH, 7, reference="it", **note),
    ],
    "credit of a batch": lambda cast, **note: [
        ledger.fund_vouchers(cast.aurora, BATCH, 7, reference="before"),
        ledger.credit(
            cast.alice, 7, reference="it", kind=Kind.VOUCHER, source=BATCH, **note
        ),
    ],
    "loss": lambda cast, **note: ledger.book_loss(7, reference="it", generation_id=VIDEO, **note),
    "refund": lambda cast, **note: [
        give(cast.alice, 7),
        ledger.take_back(
            cast.alice, 7, reference="it", kind=Kind.REFUND, into=Pot.POOL, **note
        ),
    ],
    "refund of a top-up": lambda cast, **note: ledger.take_back(
        cast.aurora, 7, reference="it", kind=Kind.REFUND, into=Pot.SUPPLY, **note
    ),
    "dispute won": lambda cast, **note: [
        ledger.reserve(cast.aurora, 7, reference="before"),
        ledger.give_back(
            cast.alice, 7, reserved=7, reference="it", kind=Kind.DISPUTE_WON, **note
        ),
    ],
    "correction": lambda cast, **note: [
        ledger.allocate_to_user(cast.alice, 7, reference="before"),
        ledger.reverse("before", by_reference="it", **note),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "kind", "is_tenants", "legs"),
    [
        ("supply", Kind.SUPPLY, False, {"lumiq": -7, "supply": 7}),
        ("to a portal", Kind.ALLOCATION, True, {"supply": -7, "pool": 7}),
        ("to a user", Kind.ALLOCATION, True, {"pool": -7, "wallet": 7}),
        ("a grant", Kind.PURCHASE, True, {"pool": -7, "wallet": 7}),
        ("reserve", Kind.RESERVE, True, {"pool": -7, "reserved": 7}),
        ("reserve out of the supply", Kind.RESERVE, True, {"supply": -7, "reserved": 7}),
        ("unreserve", Kind.UNRESERVE, True, {"reserved": -7, "pool": 7}),
        ("unreserve into the supply", Kind.UNRESERVE, True, {"reserved": -7, "supply": 7}),
        ("fund vouchers", Kind.VOUCHER_FUND, True, {"pool": -7, "vouchers": 7}),
        ("return vouchers", Kind.VOUCHER_FUND, True, {"vouchers": -7, "pool": 7}),
        ("credit of a batch", Kind.VOUCHER, True, {"vouchers": -7, "wallet": 7}),
        ("loss", Kind.LOSS, False, {"supply": -7, "upstream_suspense": 7}),
        ("refund", Kind.REFUND, True, {"wallet": -7, "pool": 7}),
        ("refund of a top-up", Kind.REFUND, True, {"pool": -7, "supply": 7}),
        ("dispute won", Kind.DISPUTE_WON, True, {"reserved": -7, "wallet": 7}),
        ("correction", Kind.REVERSAL, True, {"wallet": -7, "pool": 7}),
    ],
)  # fmt: skip
def test_each_verb_writes_its_kind_its_portal_its_note_and_its_legs(
    cast, verb, kind, is_tenants, legs
):
    POSTINGS[verb](cast, note="note")
    assert line("it") == (kind, cast.aurora if is_tenants else None, "note", legs)


@pytest.mark.parametrize("verb", POSTINGS)
def test_a_note_may_be_left_out(cast, verb):
    POSTINGS[verb](cast)
    assert line("it")[2] == ""


def test_a_hold_may_have_no_note(cast):
    give(cast.alice, 90)
    ledger.hold(cast.alice, 90, generation_id=VIDEO)
    assert line(f"hold:{VIDEO}")[2] == ""


def test_a_note_is_cut_to_what_the_books_hold(cast):
    ledger.allocate_to_user(cast.alice, 7, reference="it", note=201 * "x")
    assert line("it")[2] == 200 * "x"


@pytest.mark.parametrize(
    ("resolve", "kind", "legs"),
    [
        (ledger.capture, Kind.CAPTURE, {"held": -90, "consumed": 90}),
        (ledger.release, Kind.RELEASE, {"held": -90, "wallet": 90}),
    ],
)
def test_a_hold_and_its_end_name_the_video_and_keep_the_note(cast, resolve, kind, legs):
    give(cast.alice, 100)
    began = timezone.now()
    held = ledger.hold(cast.alice, 90, generation_id=VIDEO, note="note")
    assert held == CreditHold.objects.get()
    assert held.created_at == CreditHold.objects.get().created_at >= began
    resolve(VIDEO)
    ended = f"{kind}:{VIDEO}"
    assert line(f"hold:{VIDEO}") == (Kind.HOLD, cast.aurora, "note", {"wallet": -90, "held": 90})
    assert line(ended) == (kind, cast.aurora, "note", legs)
    videos = CreditTransaction.objects.filter(generation_id=VIDEO)
    assert {found.reference for found in videos} == {f"hold:{VIDEO}", ended}
    assert CreditHold.objects.get().resolved_at >= held.created_at


def test_a_loss_names_its_video(cast):
    ledger.book_loss(7, reference="it", generation_id=VIDEO)
    assert CreditTransaction.objects.get(reference="it").generation_id == VIDEO


def test_a_correction_names_what_it_corrects(cast):
    wrong = ledger.allocate_to_user(cast.alice, 7, reference="wrong")
    assert ledger.reverse("wrong", by_reference="it").reverses == wrong


def test_a_lot_that_is_over_is_a_line_of_its_portal(cast):
    Tenant.objects.filter(pk=cast.aurora.pk).update(credits_expire_after_days=30)
    cast.aurora.credits_expire_after_days = 30
    give(cast.alice, 7)
    CreditLot.objects.update(expires_at=F("expires_at") - timedelta(days=30))
    ledger.expire_due()
    lot = CreditLot.objects.get()
    assert (lot.left, lot.expired) == (0, 7)
    assert line(f"expiry:{lot.pk}:0") == (
        Kind.EXPIRY, cast.aurora, "", {"wallet": -7, "pool": 7},
    )  # fmt: skip


def test_each_leg_tells_the_balance_that_it_left(cast):
    pool = ledger.pool_of(cast.aurora)
    for reference in ("first", "it"):
        ledger.allocate_to_user(cast.alice, 7, reference=reference)
    legs = CreditLeg.objects.filter(transaction__reference="it").select_related("account")
    assert {leg.account.kind: leg.balance_after for leg in legs} == {
        "pool": pool - 14, "wallet": 14,
    }  # fmt: skip


@pytest.mark.parametrize(
    "post",
    [
        lambda cast: ledger.allocate_to_tenant(cast.aurora, 10**7, reference="it"),
        lambda cast: ledger.allocate_to_user(cast.alice, 10**7, reference="it"),
        lambda cast: ledger.reserve(cast.aurora, 10**7, reference="it"),
        lambda cast: ledger.reserve(cast.aurora, 10**7, reference="it", source=Pot.SUPPLY),
        lambda cast: ledger.unreserve(cast.aurora, 10**7, reference="it"),
        lambda cast: ledger.fund_vouchers(cast.aurora, BATCH, 10**7, reference="it"),
        lambda cast: ledger.return_vouchers(cast.aurora, BATCH, 10**7, reference="it"),
        lambda cast: ledger.hold(cast.alice, 10**7, generation_id=VIDEO),
        lambda cast: ledger.give_back(
            cast.alice, 10**7, reserved=10**6, reference="it", kind=Kind.DISPUTE_WON
        ),
    ],
)  # fmt: skip
def test_what_is_refused_leaves_nothing_in_the_books(cast, post):
    before = CreditTransaction.objects.count(), list(CreditAccount.objects.values("pk", "balance"))
    with pytest.raises(InsufficientCredits):
        post(cast)
    assert CreditTransaction.objects.count() == before[0]
    assert not CreditHold.objects.exists()
    balances = dict(CreditAccount.objects.values_list("pk", "balance"))
    assert [{"pk": row["pk"], "balance": balances[row["pk"]]} for row in before[1]] == before[1]


def test_a_correction_that_is_refused_leaves_nothing_in_the_books(cast):
    ledger.allocate_to_user(cast.alice, 90, reference="wrong")
    ledger.hold(cast.alice, 90, generation_id=VIDEO)
    with pytest.raises(InsufficientCredits) as refused:
        ledger.reverse("wrong", by_reference="it")
    assert (refused.value.needed, refused.value.available) == (90, 0)
    assert not CreditTransaction.objects.filter(reference="it").exists()


@pytest.mark.parametrize("credits", [0, -1])
@pytest.mark.parametrize(
    ("verb", "extra"),
    [
        (ledger.credit, {"kind": Kind.PURCHASE, "source": Pot.POOL}),
        (ledger.take_back, {"kind": Kind.REFUND, "into": Pot.POOL}),
    ],
)
def test_nothing_is_no_payment(cast, verb, extra, credits):
    """Else a negative one would be taken back by the verb that gives."""
    with pytest.raises(AssertionError):
        verb(cast.alice, credits, reference="it", **extra)
    assert not CreditTransaction.objects.filter(reference="it").exists()


@pytest.mark.parametrize("reserved", [-1, 8])
def test_what_is_given_back_was_reserved_in_part_at_most(cast, reserved):
    ledger.reserve(cast.aurora, 100, reference="before")
    with pytest.raises(AssertionError):
        ledger.give_back(
            cast.alice, 7, reserved=reserved, reference="it", kind=Kind.DISPUTE_WON
        )  # fmt: skip
    assert not CreditTransaction.objects.filter(reference="it").exists()


def test_each_of_a_users_balances_is_read_from_its_own_account(cast):
    give(cast.alice, 100)
    ledger.hold(cast.alice, 60, generation_id=VIDEO)
    ledger.capture(VIDEO)
    ledger.hold(cast.alice, 10, generation_id=uuid.uuid4())
    ledger.take_back(cast.alice, 35, reference="it", kind=Kind.REFUND, into=Pot.POOL)
    assert ledger.balance_of(cast.alice) == ledger.Balance(available=0, held=10, owed=5)
    assert ledger.spent_by(cast.alice) == 60
    assert ledger.balance_of(cast.bob) == ledger.Balance(available=0, held=0)
    assert (ledger.spent_by(cast.bob), ledger.owed_by(cast.aurora)) == (0, 0)
