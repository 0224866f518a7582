"""Rows of the credit ledger. Written by accounts.ledger only; see docs/ledger.md."""

from django.db import models
from django.db.models import Q

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
        DEBT = "debt", "Owed by a user"

    PLATFORM_KINDS = (Kind.LUMIQ, Kind.SUPPLY, Kind.UPSTREAM_SUSPENSE)
    USER_KINDS = (Kind.WALLET, Kind.HELD, Kind.CONSUMED, Kind.DEBT)
    # The counterpart of everything bought; what a shrinking master account may push below 0; the
    # platform's loss, which is a gain where LUMIQ takes less than its price list says.
    MAY_BE_NEGATIVE = (Kind.LUMIQ, Kind.SUPPLY, Kind.UPSTREAM_SUSPENSE)

    kind = models.CharField(max_length=20, choices=Kind)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    balance = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "user"], condition=Q(user__isnull=False), name="one_account_a_user"
            ),
            models.UniqueConstraint(
                fields=["kind", "tenant"],
                condition=Q(tenant__isnull=False, user=None),
                name="one_account_a_tenant",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(tenant=None, user=None),
                name="one_account_of_the_platform",
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=0) | Q(kind__in=("lumiq", "supply", "upstream_suspense")),
                name="balance_not_negative",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=("lumiq", "supply", "upstream_suspense"), tenant=None, user=None)
                    | Q(kind="pool", tenant__isnull=False, user=None)
                    | Q(
                        kind__in=("wallet", "held", "consumed", "debt"),
                        tenant__isnull=False,
                        user__isnull=False,
                    )
                ),
                name="account_kind_has_its_owner",
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

    reference = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    generation_id = models.UUIDField(null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.reference


class CreditLeg(models.Model):
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
        return f"{self.amount:+d} on {self.account_id}"


class CreditHold(models.Model):
    """Credits set aside for one generation; resolves once."""

    class State(models.TextChoices):
        OPEN = "open", "Held"
        CAPTURED = "captured", "Charged"
        RELEASED = "released", "Returned"

    generation_id = models.UUIDField(unique=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="credit_holds")
    amount = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_holds_something"),
            models.CheckConstraint(
                condition=Q(state="open", resolved_at=None)
                | (~Q(state="open") & Q(resolved_at__isnull=False)),
                name="resolved_hold_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.generation_id}"
