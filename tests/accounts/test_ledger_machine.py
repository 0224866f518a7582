"""The ledger against a model of it: hundreds of random lives, every account after every step."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts import ledger
from accounts.errors import AlreadyReversed, HoldAlreadyResolved, InsufficientCredits
from accounts.ledger import Kind, Pot
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditAccount, CreditLot, Tenant, User
from tests.accounts.ledger_model import Model, Short

MACHINES = 200
STEPS = 40
POOL = 300

people = st.sampled_from(["alice", "bob", "mallory"])
portals = st.sampled_from(["aurora", "borealis"])
amounts = st.integers(1, 120)
any_item = st.integers(0, 1_000)


class Bought:
    def __init__(self, user, credits):
        self.user, self.credits, self.state, self.taken = user, credits, "open", 0
        self.reference = str(uuid.uuid4())


class LedgerMachine(RuleBasedStateMachine):
    """Every verb goes to the ledger and to the model; both refuse, or both do it."""

    cast = None  # of the test that runs the machines
    holds = Bundle("holds")
    purchases = Bundle("purchases")
    grants = Bundle("grants")

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.savepoint()
        cast = self.cast
        self.users = {name: getattr(cast, name) for name in ("alice", "bob", "mallory")}
        self.tenants = {"aurora": cast.aurora, "borealis": cast.borealis}
        self.model = Model({"alice": "aurora", "bob": "aurora", "mallory": "borealis"})
        for name, tenant in self.tenants.items():
            self.model.balances["pool", name] = ledger.pool_of(tenant)
            self.model.balances["reserved", name] = ledger.reserved_of(tenant)
            tenant.credits_expire_after_days = None
            tenant.credit_mode = "strict"
        self.batches = {name: uuid.uuid4() for name in self.tenants}
        self.calls = []
        self.names = {user.pk: name for name, user in self.users.items()} | {
            -tenant.pk: name for name, tenant in self.tenants.items()
        }

    def teardown(self):
        try:
            assert audit_ledger().problems == []
            if connection.vendor == "postgresql":  # what the commit would check
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        finally:
            transaction.savepoint_rollback(self.savepoint)

    def both(self, expected, act):
        """Returns what the model returned; None where both refused."""
        try:
            outcome = expected()
        except Short:
            with pytest.raises(InsufficientCredits):
                act()
            return None
        self.calls.append((act, act()))
        return outcome if outcome is not None else True

    @rule(tenant=portals, credits=amounts)
    def give_the_tenant(self, tenant, credits):
        reference = str(uuid.uuid4())
        self.both(
            lambda: self.model.move((("pool", tenant), credits)),
            lambda: ledger.allocate_to_tenant(self.tenants[tenant], credits, reference=reference),
        )

    @rule(target=grants, user=people, credits=amounts)
    def grant(self, user, credits):
        reference = str(uuid.uuid4())
        split = self.both(
            lambda: self.model.credit(user, credits, self.pool_of(user)),
            lambda: ledger.allocate_to_user(self.users[user], credits, reference=reference),
        )
        return [reference, user, split, False]

    @rule(grant=grants)
    def correct(self, grant):
        reference, user, split, is_reversed = grant
        if split is None:
            return
        if is_reversed:
            with pytest.raises(AlreadyReversed):
                ledger.reverse(reference, by_reference=str(uuid.uuid4()))
            return
        by = str(uuid.uuid4())
        done = self.both(
            lambda: self.model.reverse_credit(user, *split),
            lambda: ledger.reverse(reference, by_reference=by),
        )
        grant[3] = done is not None

    @rule(target=purchases, user=people, credits=amounts)
    def start_purchase(self, user, credits):
        bought, tenant = Bought(user, credits), self.model.tenant_of[user]
        done = self.both(
            lambda: self.model.move((("pool", tenant), -credits), (("reserved", tenant), credits)),
            lambda: ledger.reserve(
                self.tenants[tenant], credits, reference=f"reserve:{bought.reference}"
            ),
        )
        bought.state = "open" if done else "never"
        return bought

    @rule(bought=purchases)
    def pay(self, bought):
        if bought.state != "open":
            return
        source = ("reserved", self.model.tenant_of[bought.user])
        credits = bought.credits  # a refund lowers them, and a repetition asks for the same
        self.both(
            lambda: self.model.credit(bought.user, credits, source),
            lambda: ledger.credit(
                self.users[bought.user], credits, reference=f"pay:{bought.reference}",
                kind=Kind.PURCHASE, source=Pot.RESERVED,
            ),
        )  # fmt: skip
        bought.state = "paid"

    @rule(bought=purchases)
    def abandon(self, bought):
        if bought.state == "open":
            self.return_reserved(bought, bought.credits)
            bought.state = "over"

    @rule(bought=purchases, credits=amounts)
    def refund(self, bought, credits):
        credits = min(credits, bought.credits)
        if bought.state != "paid":
            return
        reference = str(uuid.uuid4())
        self.take_back(bought, credits, Pot.POOL, Kind.REFUND, reference)
        bought.credits -= credits
        bought.state = "paid" if bought.credits else "over"

    @rule(bought=purchases)
    def dispute(self, bought):
        if bought.state == "paid":
            reference = f"dispute:{bought.reference}:{uuid.uuid4()}"
            bought.taken = self.take_back(
                bought, bought.credits, Pot.RESERVED, Kind.DISPUTE, reference
            )
            bought.state = "disputed"

    @rule(bought=purchases)
    def win(self, bought):
        if bought.state != "disputed":
            return
        reference = str(uuid.uuid4())
        credits, taken = bought.credits, bought.taken
        won = self.both(
            lambda: self.model.give_back(bought.user, credits, taken),
            lambda: ledger.give_back(
                self.users[bought.user], credits, reserved=taken,
                reference=reference, kind=Kind.DISPUTE_WON,
            ),
        )  # fmt: skip
        bought.state = "paid" if won else "disputed"

    @rule(bought=purchases)
    def lose(self, bought):
        if bought.state == "disputed":
            if bought.taken:
                self.return_reserved(bought, bought.taken)
            bought.state = "over"

    @rule(tenant=portals, credits=amounts)
    def fund_vouchers(self, tenant, credits):
        reference = str(uuid.uuid4())
        self.both(
            lambda: self.model.move((("pool", tenant), -credits), (("vouchers", tenant), credits)),
            lambda: ledger.fund_vouchers(
                self.tenants[tenant], self.batches[tenant], credits, reference=reference
            ),
        )

    @rule(user=people, credits=amounts)
    def redeem(self, user, credits):
        tenant, reference = self.model.tenant_of[user], str(uuid.uuid4())
        self.both(
            lambda: self.model.credit(user, credits, ("vouchers", tenant)),
            lambda: ledger.credit(
                self.users[user], credits, reference=reference, kind=Kind.VOUCHER,
                source=self.batches[tenant],
            ),
        )  # fmt: skip

    @rule(target=holds, user=people, credits=amounts)
    def hold(self, user, credits):
        generation_id = uuid.uuid4()
        held = self.both(
            lambda: self.model.hold(user, credits),
            lambda: ledger.hold(self.users[user], credits, generation_id=generation_id),
        )
        balance = ledger.balance_of(self.users[user])
        assert balance.wallet == self.model["wallet", user]
        assert balance.from_pool == self.model.drawable(user)
        return generation_id, held

    @rule(held=holds, state=st.sampled_from(["captured", "released"]))
    def resolve(self, held, state):
        generation_id, hold = held
        verb = ledger.capture if state == "captured" else ledger.release
        if hold is None:
            return
        if hold.state == "open":
            self.both(lambda: self.model.resolve(hold, state), lambda: verb(generation_id))
        elif hold.state == state:
            verb(generation_id)
        else:
            with pytest.raises(HoldAlreadyResolved):
                verb(generation_id)

    @rule(tenant=portals, days=st.sampled_from([None, 1, 2]))
    def decide_on_expiry(self, tenant, days):
        self.model.days[tenant] = days
        self.tenants[tenant].credits_expire_after_days = days
        Tenant.objects.filter(pk=self.tenants[tenant].pk).update(credits_expire_after_days=days)

    @rule(tenant=portals, mode=st.sampled_from(["strict", "shared"]))
    def decide_who_pays(self, tenant, mode):
        (self.model.shared.add if mode == "shared" else self.model.shared.discard)(tenant)
        self.tenants[tenant].credit_mode = mode
        Tenant.objects.filter(pk=self.tenants[tenant].pk).update(credit_mode=mode)

    @rule(user=people, credits=st.none() | amounts)
    def allow(self, user, credits):
        self.model.allowances[user] = credits
        User.objects.filter(pk=self.users[user].pk).update(
            allowance=credits, allowance_period="total"
        )

    @rule()
    def let_a_day_pass(self):
        self.model.day += 1
        CreditLot.objects.update(expires_at=F("expires_at") - timedelta(days=1))

    @rule()
    def expire(self):
        self.model.expire()
        ledger.expire_due()

    @rule(which=any_item)
    def repeat_any_call(self, which):
        if self.calls:
            act, first = self.calls[which % len(self.calls)]
            assert act() == first

    @invariant()
    def all_accounts_are_as_in_the_model(self):
        rows = CreditAccount.objects.exclude(balance=0).exclude(kind__in=("supply", "lumiq"))
        seen = {
            (kind, self.names[user_id or -tenant_id]): balance
            for kind, tenant_id, user_id, balance in rows.values_list(
                "kind", "tenant", "user", "balance"
            )
        }
        assert seen == {account: n for account, n in self.model.balances.items() if n}

    def pool_of(self, user):
        return "pool", self.model.tenant_of[user]

    def take_back(self, bought, credits, into, kind, reference):
        target = (into.value, self.model.tenant_of[bought.user])
        taken, owed = self.both(
            lambda: self.model.take_back(bought.user, credits, target),
            lambda: ledger.take_back(
                self.users[bought.user], credits, reference=reference, kind=kind, into=into
            ),
        )
        assert self.calls[-1][1] == (taken, owed)
        return taken

    def return_reserved(self, bought, credits):
        tenant = self.model.tenant_of[bought.user]
        self.both(
            lambda: self.model.move((("reserved", tenant), -credits), (("pool", tenant), credits)),
            lambda: ledger.unreserve(
                self.tenants[tenant], credits, reference=f"over:{bought.reference}"
            ),
        )


@pytest.mark.timeout(400)  # eight thousand steps, each against a model
def test_random_lives_of_the_ledger_equal_the_model(cast):
    for tenant in (cast.aurora, cast.borealis):  # leaves pools that run dry
        ledger.reserve(tenant, ledger.pool_of(tenant) - POOL, reference=f"away:{tenant.pk}")
    LedgerMachine.cast = cast
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=MACHINES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
