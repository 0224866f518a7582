"""What the ledger should do, in plain Python: one dict of balances, and lots as lists."""

from dataclasses import dataclass, field


class Short(Exception):
    """Somebody has fewer credits than that. The model is as before."""


@dataclass
class Lot:
    due: int
    left: int


@dataclass
class Hold:
    user: str
    credits: int
    uses: list[tuple[Lot, int]]
    from_pool: int = 0
    state: str = "open"


@dataclass
class Model:
    """Balances by ("pool", tenant), ("wallet", user) and so on; lots by user, days are counted."""

    tenant_of: dict[str, str]
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    lots: dict[str, list[Lot]] = field(default_factory=dict)
    day: int = 0
    days: dict[str, int | None] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    allowances: dict[str, int | None] = field(default_factory=dict)
    drawn: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, account):
        return self.balances.get(account, 0)

    def move(self, *legs):
        """All or nothing; only what a tenant is owed may be below zero."""
        after = dict(self.balances)
        for account, credits in legs:
            after[account] = after.get(account, 0) + credits
        for account, _ in legs:
            if after[account] < 0 and account[0] != "owed":
                raise Short(account)
        self.balances = after

    def credit(self, user, credits, source):
        """Returns what went into the wallet, and what paid debt."""
        tenant, paid = self.tenant_of[user], min(credits, self["debt", user])
        self._require((source, credits - paid if source == ("pool", tenant) else credits))
        self.move(
            (source, -credits), (("pool", tenant), paid), (("wallet", user), credits - paid),
            (("debt", user), -paid), (("owed", tenant), paid),
        )  # fmt: skip
        self.add_lot(user, credits - paid)
        return credits - paid, paid

    def take_back(self, user, credits, target):
        tenant, taken = self.tenant_of[user], min(credits, self["wallet", user])
        owed = credits - taken
        self.move(
            (("wallet", user), -taken), (target, taken),
            (("debt", user), owed), (("owed", tenant), -owed),
        )  # fmt: skip
        self.take_lots(user, taken)
        return taken, owed

    def give_back(self, user, credits, reserved):
        tenant, paid = self.tenant_of[user], min(credits, self["debt", user])
        returned = credits - paid
        self._require((("pool", tenant), returned - reserved))
        self.move(
            (("pool", tenant), reserved - returned), (("reserved", tenant), -reserved),
            (("wallet", user), returned), (("debt", user), -paid), (("owed", tenant), paid),
        )  # fmt: skip
        self.add_lot(user, returned)

    def reverse_credit(self, user, into_wallet, paid):
        """Of a credit out of the pool."""
        tenant = self.tenant_of[user]
        self.move(
            (("wallet", user), -into_wallet), (("pool", tenant), into_wallet),
            (("debt", user), paid), (("owed", tenant), -paid),
        )  # fmt: skip
        self.take_lots(user, into_wallet)

    def hold(self, user, credits):
        """What the wallet lacks comes from the pool, as far as that may be drawn on."""
        tenant = self.tenant_of[user]
        from_pool = max(0, credits - self["wallet", user])
        if from_pool > self.drawable(user):
            raise Short(user)
        from_wallet = credits - from_pool
        self.move(
            (("wallet", user), -from_wallet), (("pool", tenant), -from_pool),
            (("held", user), credits),
        )  # fmt: skip
        self.drawn[user] = self.drawn.get(user, 0) + from_pool
        return Hold(user, credits, self.take_lots(user, from_wallet), from_pool)

    def drawable(self, user):
        if self.tenant_of[user] not in self.shared:
            return 0
        pool, allowance = self["pool", self.tenant_of[user]], self.allowances.get(user)
        if allowance is None:
            return pool
        return max(0, min(pool, allowance - self.drawn.get(user, 0)))

    def resolve(self, hold, state):
        if state == "captured":
            parts = [(("consumed", hold.user), hold.credits)]
        else:
            parts = [
                (("wallet", hold.user), hold.credits - hold.from_pool),
                (("pool", self.tenant_of[hold.user]), hold.from_pool),
            ]
        self.move((("held", hold.user), -hold.credits), *parts)
        hold.state = state
        if state == "released":
            self.drawn[hold.user] -= hold.from_pool
            for lot, credits in hold.uses:
                lot.left += credits

    def expire(self):
        for user, lots in self.lots.items():
            tenant = self.tenant_of[user]
            if self.days.get(tenant) is None:
                continue
            for lot in lots:
                if lot.due <= self.day and lot.left:
                    self.move((("wallet", user), -lot.left), (("pool", tenant), lot.left))
                    lot.left = 0

    def add_lot(self, user, credits):
        days = self.days.get(self.tenant_of[user])
        if credits and days is not None:
            self.lots.setdefault(user, []).append(Lot(self.day + days, credits))
            self.lots[user].sort(key=lambda lot: lot.due)  # stable: the older first

    def take_lots(self, user, credits):
        uses = []
        for lot in self.lots.get(user, []):
            taken = min(lot.left, credits)
            if taken:
                lot.left -= taken
                credits -= taken
                uses.append((lot, taken))
        return uses

    def _require(self, need):
        account, credits = need
        if self[account] < credits:
            raise Short(account)
