"""Rows of the credit ledger. Written by accounts.ledger only; see docs/ledger.md."""

from django.db import models
from django.db.models import F, Q

from accounts.models.tenant import Tenant
from accounts.models.user import User


class CreditAccount(models.Model):
    """One pot of credits. `balance` is the sum of its legs, kept with them in one transaction."""

    class Kind(models.TextChoices):
        LUMIQ = "lumiq", "LUMIQ (where credits come from)"
        SUPPLY = "supply", "Supply of the platform"
        UPSTREAM_SUSPENSE = "upstream_suspense", "Paid upstream, not delivered"
        POOL = "pool", "Pool of a tenant"
        WALLET = "wallet", "Wallet of a user"
        HELD = "held", "Held for videos"
        CONSUMED = "consumed", "Spent on videos"
        DEBT = "debt", "Owed by a user or a tenant"
        OWED = "owed", "Counterpart of its and its users' debts"
        RESERVED = "reserved", "Promised to open purchases"
        VOUCHERS = "vouchers", "Budget of a batch of vouchers"

    PLATFORM_KINDS = (Kind.LUMIQ, Kind.SUPPLY, Kind.UPSTREAM_SUSPENSE)
    # A tenant's debt, as a user's, is of kind DEBT.
    TENANT_KINDS = (Kind.POOL, Kind.RESERVED, Kind.OWED)
    USER_KINDS = (Kind.WALLET, Kind.HELD, Kind.CONSUMED, Kind.DEBT)
    # The counterpart of everything bought; what a shrinking master account may push below 0; the
    # platform's loss, which is a gain where LUMIQ takes less than its price list says; minus what
    # the users of a tenant owe.
    MAY_BE_NEGATIVE = (Kind.LUMIQ, Kind.SUPPLY, Kind.UPSTREAM_SUSPENSE, Kind.OWED)

    kind = models.CharField(max_length=20, choices=Kind)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    # Of a voucher batch's budget only.
    batch_id = models.UUIDField(null=True, blank=True)
    balance = models.BigIntegerField(default=0)
    # Of a wallet: what lies in lots, CreditLot. 0 says that no lot need be looked for.
    expiring = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "user"], condition=Q(user__isnull=False), name="one_account_a_user"
            ),
            models.UniqueConstraint(
                fields=["kind", "tenant"],
                condition=Q(tenant__isnull=False, user=None, batch_id=None),
                name="one_account_a_tenant",
            ),
            models.UniqueConstraint(
                fields=["tenant", "batch_id"],
                condition=Q(batch_id__isnull=False),
                name="one_account_a_voucher_batch",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(tenant=None, user=None),
                name="one_account_of_the_platform",
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=0)
                | Q(kind__in=("lumiq", "supply", "upstream_suspense", "owed")),
                name="balance_not_negative",
            ),
            models.CheckConstraint(
                condition=(
                    Q(
                        kind__in=("lumiq", "supply", "upstream_suspense"),
                        tenant=None,
                        user=None,
                        batch_id=None,
                    )
                    | Q(
                        kind__in=("pool", "reserved", "owed", "debt"),
                        tenant__isnull=False,
                        user=None,
                        batch_id=None,
                    )
                    | Q(
                        kind="vouchers",
                        tenant__isnull=False,
                        user=None,
                        batch_id__isnull=False,
                    )
                    | Q(
                        kind__in=("wallet", "held", "consumed", "debt"),
                        tenant__isnull=False,
                        user__isnull=False,
                        batch_id=None,
                    )
                ),
                name="account_kind_has_its_owner",
            ),
            models.CheckConstraint(
                condition=Q(expiring=0) | Q(kind="wallet"), name="only_wallets_expire"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user or self.tenant or 'platform'}"


class CreditTransaction(models.Model):
    """One movement of credits: legs that sum to zero, under a reference that happens once."""

    class Kind(models.TextChoices):
        SUPPLY = "supply", "Supply as LUMIQ reports it"
        ALLOCATION = "allocation", "Allocation"
        WELCOME = "welcome", "Welcome credits"
        HOLD = "hold", "Held for a video"
        CAPTURE = "capture", "Video charged"
        RELEASE = "release", "Returned"
        LOSS = "loss", "Paid upstream, not delivered"
        RESERVE = "reserve", "Promised to a purchase"
        UNRESERVE = "unreserve", "Promise is over"
        VOUCHER_FUND = "voucher_fund", "Budget of a batch of vouchers"
        PURCHASE = "purchase", "Credits bought"
        VOUCHER = "voucher", "Voucher redeemed"
        REFUND = "refund", "Refund"
        DISPUTE = "dispute", "Payment disputed"
        DISPUTE_WON = "dispute_won", "Dispute settled"
        EXPIRY = "expiry", "Expired"
        REVERSAL = "reversal", "Correction"

    reference = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    generation_id = models.UUIDField(null=True, blank=True, db_index=True)
    # One to one: nothing is reversed twice.
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversal"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.reference


class CreditLeg(models.Model):
    """What a transaction moves on one account. Never changed: the database refuses it."""

    transaction = models.ForeignKey(
        CreditTransaction, on_delete=models.PROTECT, related_name="legs"
    )
    account = models.ForeignKey(CreditAccount, on_delete=models.PROTECT, related_name="legs")
    amount = models.BigIntegerField()
    balance_after = models.BigIntegerField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="leg_moves_something"),
            models.UniqueConstraint(
                fields=["transaction", "account"], name="one_leg_an_account_and_transaction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+,} credits"


class CreditHold(models.Model):
    """Credits set aside for one generation; resolves once."""

    class State(models.TextChoices):
        OPEN = "open", "Held"
        CAPTURED = "captured", "Charged"
        RELEASED = "released", "Returned"

    generation_id = models.UUIDField(unique=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="credit_holds")
    amount = models.PositiveIntegerField()
    # So much of it came out of lots; a release returns it to them.
    from_lots = models.PositiveIntegerField(default=0)
    # So much of it came out of the tenant's pool, the rest out of the wallet.
    from_pool = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["user", "created_at"],
                condition=Q(from_pool__gt=0),
                name="holds_on_the_pool",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_holds_something"),
            models.CheckConstraint(
                condition=Q(amount__gte=F("from_lots") + F("from_pool")),
                name="lots_and_pool_give_no_more_than_is_held",
            ),
            models.CheckConstraint(
                condition=Q(state="open", resolved_at=None)
                | (~Q(state="open") & Q(resolved_at__isnull=False)),
                name="resolved_hold_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.generation_id}"

    @property
    def from_wallet(self) -> int:
        return self.amount - self.from_pool


class CreditLot(models.Model):
    """Credits of one wallet that expire together. Changed under the lock of the wallet's row only,
    whose `expiring` is the sum of what is left."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="credit_lots")
    transaction = models.ForeignKey(CreditTransaction, on_delete=models.PROTECT)
    credits = models.PositiveIntegerField()
    left = models.PositiveIntegerField()
    expired = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["expires_at", "id"]
        indexes = [
            models.Index(
                fields=["user", "expires_at"], condition=Q(left__gt=0), name="lots_to_take_from"
            ),
            models.Index(fields=["expires_at"], condition=Q(left__gt=0), name="lots_to_expire"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["transaction", "user"], name="one_lot_a_transaction"),
            models.CheckConstraint(
                condition=Q(credits__gte=F("left") + F("expired")), name="lot_has_not_grown"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.left} of {self.credits} until {self.expires_at:%Y-%m-%d}"


class CreditLotUse(models.Model):
    """What a hold took from a lot."""

    hold = models.ForeignKey(CreditHold, on_delete=models.PROTECT, related_name="lot_uses")
    lot = models.ForeignKey(CreditLot, on_delete=models.PROTECT)
    credits = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hold", "lot"], name="one_use_a_hold_and_lot"),
            models.CheckConstraint(condition=Q(credits__gt=0), name="use_takes_something"),
        ]

    def __str__(self) -> str:
        return f"{self.credits} of lot {self.lot_id}"
