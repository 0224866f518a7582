"""The ledger against a model of it: random lives, every account after every step.

`make lives` plays hundreds of them; a short run is part of `make test`.
"""

import os
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import ledger
from accounts.errors import AlreadyReversed, HoldAlreadyResolved, InsufficientCredits
from accounts.ledger import Kind, Pot
from accounts.ledger_audit import audit_ledger
from accounts.models import CreditAccount, CreditLot, Tenant, User
from tests.accounts.ledger_model import Model, Short

MACHINES = int(os.environ.get("LEDGER_MACHINES", "20"))
STEPS = 40
POOL = 300

people = st.sampled_from(["alice", "bob", "mallory"])
portals = st.sampled_from(["aurora", "borealis"])
amounts = st.integers(1, 120)
# Of the things there are, this one; `which % len(things)`.
any_item = st.integers(0, 1_000)


class Bought:
    def __init__(self, user, credits):
        self.user, self.credits, self.state, self.taken = user, credits, "open", 0
        self.reference = str(uuid.uuid4())


class LedgerMachine(RuleBasedStateMachine):
    """Every verb goes to the ledger and to the model; both refuse, or both do it."""

    cast = None  # of the test that runs the machines

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
        self.calls, self.grants, self.purchases, self.holds = [], [], [], []
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

    @initialize(credits=amounts, days=st.sampled_from([None, 1, 2]))
    def everybody_has_something(self, credits, days):
        for tenant in self.tenants:
            self.decide_on_expiry(tenant, days)
            self.fund_vouchers(tenant, credits)
        for user in self.users:
            self.buy(user, credits, is_paid=True)
            self.hold(user, credits)

    @rule(tenant=portals, credits=amounts)
    def give_the_tenant(self, tenant, credits):
        reference = str(uuid.uuid4())
        self.both(
            lambda: self.model.move((("pool", tenant), credits)),
            lambda: ledger.allocate_to_tenant(self.tenants[tenant], credits, reference=reference),
        )

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

    @rule(user=people, credits=amounts)
    def grant(self, user, credits):
        reference = str(uuid.uuid4())
        split = self.both(
            lambda: self.model.credit(user, credits, ("pool", self.model.tenant_of[user])),
            lambda: ledger.allocate_to_user(self.users[user], credits, reference=reference),
        )
        if split is not None:
            self.grants.append([reference, user, split, False])

    @precondition(lambda self: self.grants)
    @rule(which=any_item)
    def correct(self, which):
        grant = self.grants[which % len(self.grants)]
        reference, user, split, is_reversed = grant
        by = str(uuid.uuid4())
        if is_reversed:
            with pytest.raises(AlreadyReversed):
                ledger.reverse(reference, by_reference=by)
            return
        done = self.both(
            lambda: self.model.reverse_credit(user, *split),
            lambda: ledger.reverse(reference, by_reference=by),
        )
        grant[3] = done is not None

    @rule(user=people, credits=amounts, is_paid=st.booleans())
    def buy(self, user, credits, is_paid):
        bought, tenant = Bought(user, credits), self.model.tenant_of[user]
        promised = self.both(
            lambda: self.model.move((("pool", tenant), -credits), (("reserved", tenant), credits)),
            lambda: ledger.reserve(
                self.tenants[tenant], credits, reference=f"reserve:{bought.reference}"
            ),
        )
        if promised:
            self.purchases.append(bought)
            if is_paid:
                self.pay(bought)

    @precondition(lambda self: self.purchases)
    @rule(which=any_item, goes_well=st.booleans(), credits=amounts)
    def go_on_with_a_purchase(self, which, goes_well, credits):
        """Paid or abandoned; refunded or disputed; won or lost."""
        bought = self.purchases[which % len(self.purchases)]
        if bought.state == "open":
            self.pay(bought) if goes_well else self.abandon(bought)
        elif bought.state == "paid":
            self.refund(bought, credits) if goes_well else self.dispute(bought)
        elif bought.state == "disputed":
            self.win(bought) if goes_well else self.lose(bought)

    @rule(user=people, credits=amounts)
    def hold(self, user, credits):
        generation_id = uuid.uuid4()
        held = self.both(
            lambda: self.model.hold(user, credits),
            lambda: ledger.hold(self.users[user], credits, generation_id=generation_id),
        )
        if held:
            self.holds.append((generation_id, held))
        balance = ledger.balance_of(self.users[user])
        assert balance.wallet == self.model["wallet", user]
        assert balance.from_pool == self.model.drawable(user)

    @rule(user=people)
    def hold_all(self, user):
        if self.model["wallet", user]:
            self.hold(user, self.model["wallet", user])

    @precondition(lambda self: self.holds)
    @rule(which=any_item, state=st.sampled_from(["captured", "released"]))
    def resolve(self, which, state):
        generation_id, hold = self.holds[which % len(self.holds)]
        verb = ledger.capture if state == "captured" else ledger.release
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

    @rule(expires=st.booleans())
    def let_a_day_pass(self, expires):
        self.model.day += 1
        CreditLot.objects.update(expires_at=F("expires_at") - timedelta(days=1))
        if expires:
            self.model.expire()
            ledger.expire_due()

    @precondition(lambda self: self.calls)
    @rule(which=any_item)
    def repeat_any_call(self, which):
        act, first = self.calls[which % len(self.calls)]
        assert act() == first

    @invariant()
    def all_accounts_are_as_in_the_model(self):
        rows = CreditAccount.objects.exclude(balance=0).exclude(kind__in=("supply", "lumiq"))
        columns = ("kind", "tenant", "user", "balance", "expiring")
        seen, expiring = {}, {}
        for kind, tenant_id, user_id, balance, in_lots in rows.values_list(*columns):
            name = self.names[user_id or -tenant_id]
            seen[kind, name] = balance
            if in_lots:
                expiring[name] = in_lots
        assert seen == {account: n for account, n in self.model.balances.items() if n}
        left = {name: sum(lot.left for lot in lots) for name, lots in self.model.lots.items()}
        assert expiring == {name: n for name, n in left.items() if n}

    def pay(self, bought):
        source, credits = ("reserved", self.model.tenant_of[bought.user]), bought.credits
        self.both(
            lambda: self.model.credit(bought.user, credits, source),
            lambda: ledger.credit(
                self.users[bought.user], credits, reference=f"pay:{bought.reference}",
                kind=Kind.PURCHASE, source=Pot.RESERVED,
            ),
        )  # fmt: skip
        bought.state = "paid"

    def abandon(self, bought):
        self.return_reserved(bought, bought.credits)
        bought.state = "over"

    def refund(self, bought, credits):
        credits = min(credits, bought.credits)
        self.take_back(bought, credits, Pot.POOL, Kind.REFUND)
        bought.credits -= credits
        bought.state = "paid" if bought.credits else "over"

    def dispute(self, bought):
        bought.taken = self.take_back(bought, bought.credits, Pot.RESERVED, Kind.DISPUTE)
        bought.state = "disputed"

    def win(self, bought):
        credits, taken, reference = bought.credits, bought.taken, str(uuid.uuid4())
        won = self.both(
            lambda: self.model.give_back(bought.user, credits, taken),
            lambda: ledger.give_back(
                self.users[bought.user], credits, reserved=taken, reference=reference,
                kind=Kind.DISPUTE_WON,
            ),
        )  # fmt: skip
        bought.state = "paid" if won else "disputed"

    def lose(self, bought):
        if bought.taken:
            self.return_reserved(bought, bought.taken)
        bought.state = "over"

    def take_back(self, bought, credits, into, kind):
        reference = str(uuid.uuid4())
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


@pytest.mark.timeout(600)
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
            # To make a failure shorter takes longer than a test may.
            phases=[Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
