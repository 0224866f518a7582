"""Everything that may happen to a payment, in every order: the credits follow a model of ten lines.

The world is the local Stripe's own state, asked without HTTP; the ledger is the real one. What
Stripe refuses as impossible must be impossible in the model too.
"""

import random
import uuid
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from django.db import transaction

from accounts import ledger, packs, purchases, stripe_gateway
from accounts.models import CreditAccount, Pack, Purchase, PurchaseDispute
from accounts.purchase_steps import apply
from lumiq_portal.embedded.stripe import disputes, refunds, sessions
from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.expansion import expand
from lumiq_portal.embedded.stripe.state import State, build_public

pytestmark = pytest.mark.django_db

POOL, CREDITS, PRICE = 90_000, 600, 1000
EVENTS = (
    "completed", "async ok", "async failed", "expired", "half refund", "refund", "dispute", "won",
    "lost",
)  # fmt: skip
LENGTH = 6
SAMPLES = 100
# What can only begin it comes often enough for the rest to matter.
WEIGHTS = (6, 4, 1, 1, 3, 2, 3, 3, 3)


@dataclass(frozen=True)
class Model:
    """What should be, from what has happened. `spends`: the buyer spends all there is, at once."""

    is_delayed: bool
    spends: bool
    state: str = "open"
    refunded: int = 0
    contested: int = 0
    dispute: str = ""
    spent: int = 0

    def after(self, event):
        """None where this cannot happen now."""
        left = PRICE - self.refunded
        can_refund = self.state == "paid" and self.dispute not in ("open", "lost")
        changes = {
            "completed": self.state == "open"
            and {"state": "pending" if self.is_delayed else "paid"},
            "async ok": self.state == "pending" and {"state": "paid"},
            "async failed": self.state == "pending" and {"state": "failed"},
            "expired": self.state == "open" and {"state": "expired"},
            "half refund": can_refund and left >= 500 and {"refunded": self.refunded + 500},
            "refund": can_refund and left > 0 and {"refunded": PRICE},
            "dispute": self.state == "paid" and not self.dispute and left > 0
            and {"dispute": "open", "contested": left},
            "won": self.dispute == "open" and {"dispute": "won"},
            "lost": self.dispute == "open" and {"dispute": "lost"},
        }[event]  # fmt: skip
        if not changes:
            return None
        after = replace(self, **changes)
        return replace(after, spent=after.spent + after.wallet) if self.spends else after

    @property
    def balance(self):
        """The wallet less the debt."""
        bought = CREDITS if self.state == "paid" else 0
        away = self.contested if self.dispute in ("open", "lost") else 0
        return bought - CREDITS * (self.refunded + away) // PRICE - self.spent

    @property
    def wallet(self):
        return max(0, self.balance)

    @property
    def expected(self):
        if self.state in ("open", "pending"):
            reserved = CREDITS
        else:
            contested = CREDITS * self.contested // PRICE if self.dispute == "open" else 0
            reserved = 0 if self.spends else contested
        return {
            "wallet": self.wallet,
            "debt": max(0, -self.balance),
            "reserved": reserved,
            # What was given out and is owed never comes back by itself.
            "pool": POOL - reserved - self.wallet - self.spent,
        }


class World:
    """Aurora's shop beside a Stripe in memory; both go back to where a `branch` began."""

    def __init__(self, cast, *, spends):
        self.spends = spends
        self.stripe = State()
        self.buyer = cast.alice
        packs.make_default_packs(cast.aurora)
        pack = Pack.objects.get(credits=CREDITS)
        self.purchase_id = purchases.start(cast.alice, pack.pk, nonce=uuid.uuid4()).pk
        price = {"currency": "usd", "unit_amount": PRICE, "product_data": {"name": "Pack"}}
        self.session_id = sessions.create(
            self.stripe,
            "",
            {
                "mode": "payment",
                "line_items": [{"price_data": price, "quantity": 1}],
                "client_reference_id": str(self.purchase_id),
                "success_url": "https://aurora.example/",
            },
        )["id"]
        Purchase.objects.update(session_id=self.session_id)

    def happen(self, event, *, is_delayed):
        """False where Stripe says that it cannot."""
        act = {
            "completed": lambda: sessions.pay(self.stripe, self.session_id, is_delayed=is_delayed),
            "async ok": lambda: sessions.settle(self.stripe, self.session_id),
            "async failed": lambda: sessions.fail(self.stripe, self.session_id),
            "expired": lambda: sessions.expire(self.stripe, "", self.session_id),
            "half refund": lambda: self.refund(500),
            "refund": lambda: self.refund(None),
            "dispute": lambda: disputes.open_dispute(self.stripe, self.session_id),
            "won": lambda: disputes.win(self.stripe, self.dispute_id),
            "lost": lambda: disputes.lose(self.stripe, self.dispute_id),
        }[event]
        try:
            act()
        except Refused:
            return False
        return True

    def settle(self):
        """As `purchases.settle` does, without HTTP in between."""
        seen = Purchase.objects.get(pk=self.purchase_id)
        session = self.stripe.get("", sessions.KIND, self.session_id)
        found = build_public(expand(self.stripe, session, ["payment_intent.latest_charge"]))
        contested = build_public(self.stripe.find_all("", disputes.KIND))
        apply(
            seen, stripe_gateway.build_payment(found, contested), reason=Purchase.Reason.TIME
        )  # fmt: skip
        left = ledger.balance_of(self.buyer).available if self.spends else 0
        if left:
            ledger.hold(self.buyer, left, generation_id=uuid.uuid4())

    @property
    def spent(self):
        return ledger.balance_of(self.buyer).held

    def refund(self, amount):
        intent = self.stripe.get("", sessions.KIND, self.session_id)["payment_intent"]
        if intent is None:
            raise Refused("not paid")
        wish = {"payment_intent": intent}
        refunds.create(self.stripe, "", wish if amount is None else wish | {"amount": amount})

    @property
    def dispute_id(self):
        found = self.stripe.find_all("", disputes.KIND)
        if not found:
            raise Refused("not disputed")
        return found[0]["id"]

    @property
    def balances(self):
        rows = CreditAccount.objects.filter(kind__in=("pool", "reserved", "wallet", "debt"))
        mine = rows.filter(tenant=self.buyer.tenant_id).exclude(kind="debt", user=None)
        found = dict(mine.values_list("kind", "balance"))
        return {kind: found.get(kind, 0) for kind in ("wallet", "debt", "reserved", "pool")}

    @property
    def record(self):
        """All of the portal's rows that can make a difference, beside the balances."""
        fields = ("status", "reason", "refunded_minor", "refunded_credits")
        return (
            Purchase.objects.values_list(*fields).get(pk=self.purchase_id),
            tuple(PurchaseDispute.objects.values_list("state", "credits", "taken_credits")),
            tuple(self.balances.items()),
        )

    @property
    def facts(self):
        """All of Stripe's rows that can make a difference."""
        fields = {
            sessions.KIND: ("status", "payment_status"),
            "payment_intent": ("status",),
            "charge": ("paid", "amount_refunded", "disputed", "_is_charged_back"),
            refunds.KIND: ("amount", "status"),
            disputes.KIND: ("amount", "status"),
        }
        return tuple(
            tuple(body.get(name) for name in names)
            for kind, names in fields.items()
            for body in self.stripe.find_all("", kind)
        )

    @contextmanager
    def branch(self, name):
        self.stripe.store.run(f"SAVEPOINT {name}")
        point = transaction.savepoint()
        try:
            yield
        finally:
            transaction.savepoint_rollback(point)
            self.stripe.store.run(f"ROLLBACK TO {name}")
            self.stripe.store.run(f"RELEASE {name}")


@pytest.fixture(params=[False, True], ids=["saves", "spends"])
def world(request, cast, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_of_a_stripe_that_is_never_called"
    world = World(cast, spends=request.param)
    with world.stripe.transaction():
        yield world


@pytest.mark.parametrize("is_delayed", [False, True], ids=["at once", "delayed"])
def test_credits_follow_every_sequence_of_events(world, is_delayed):
    """All sequences of up to six events, each event told twice.

    Sequences that have come to the same rows on both sides go on in the same way, so each event is
    played once from each such place: what is true of all steps is true of all ways over them.
    """
    ways = {}
    begin = explore(world, Model(is_delayed=is_delayed, spends=world.spends), ways)
    walked = count_sequences(ways, begin, LENGTH)
    print(f"{walked} sequences over {len(ways)} places")
    assert walked == sum(len(EVENTS) ** n for n in range(1, LENGTH + 1))


@pytest.mark.parametrize("is_delayed", [False, True], ids=["at once", "delayed"])
def test_credits_follow_events_that_are_told_late_or_never(world, is_delayed):
    """In no order but that in which Stripe changes; the last look makes up for all."""
    chance = random.Random(2026)
    for number in range(SAMPLES):
        model = Model(is_delayed=is_delayed, spends=False)
        told = []
        with world.branch(f"sample{number}"):
            for event in chance.choices(EVENTS, weights=WEIGHTS, k=LENGTH):
                told.append(event)
                if world.happen(event, is_delayed=is_delayed):
                    model = model.after(event)
                for _ in range(chance.choice((0, 0, 1, 2))):
                    world.settle()
            world.settle()
            left = world.balances["wallet"] - world.balances["debt"]
            spent = world.spent
            assert left == model.balance - spent, told
            assert (
                sum(world.balances[pot] for pot in ("wallet", "reserved", "pool")) == POOL - spent
            )


def explore(world, model, ways):
    """The place where we are, with all that can be reached from it in `ways`."""
    place = (world.record, world.facts, model)
    if place not in ways:
        ways[place] = {}
        for event in EVENTS:
            with world.branch(f"step{len(ways)}"):
                ways[place][event] = explore(world, step(world, model, event), ways)
    return place


def step(world, model, event):
    after = model.after(event)
    assert world.happen(event, is_delayed=model.is_delayed) == (after is not None), (model, event)
    after = after or model
    for _ in range(2):
        world.settle()
        assert world.balances == after.expected, (model, event)
    return after


def count_sequences(ways, begin, length):
    """Of one event up to `length`."""
    total, at = 0, Counter([begin])
    for _ in range(length):
        following = Counter()
        for place, number in at.items():
            for event in EVENTS:
                following[ways[place][event]] += number
        at = following
        total += at.total()
    return total
