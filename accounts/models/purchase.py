"""Packs that are being bought, or were. Written by accounts.purchases only: docs/payments.md."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import money
from accounts.models.ledger import CreditAccount
from accounts.models.pack import Pack
from accounts.models.tenant import Tenant
from accounts.models.user import User


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def for_user(self, user: User) -> "PurchaseQuerySet":
        return self.filter(user=user, tenant=user.tenant_id, is_top_up=False)

    def for_pool(self, tenant: Tenant) -> "PurchaseQuerySet":
        return self.filter(tenant=tenant, is_top_up=True)

    def unpaid(self) -> "PurchaseQuerySet":
        """Those for which credits are reserved."""
        return self.filter(status__in=Purchase.RESERVING)

    def in_state(self, state: str) -> "PurchaseQuerySet":
        """Those of that `shown_state`."""
        if state in Purchase.Status.values and state != Purchase.Status.PAID:
            return self.filter(status=state)
        of_row = PurchaseDispute.objects.filter(purchase=OuterRef("pk"))
        contested = Exists(of_row.filter(state=PurchaseDispute.State.OPEN))
        lost = Exists(of_row.filter(state=PurchaseDispute.State.LOST))
        conditions = {
            "disputed": Q(contested),
            "lost": ~Q(contested) & Q(lost),
            "refunded": ~Q(contested) & ~Q(lost) & Q(refunded_minor=F("amount_minor")),
            "part_refunded": ~Q(contested)
            & ~Q(lost)
            & Q(refunded_minor__gt=0, refunded_minor__lt=F("amount_minor")),
            Purchase.Status.PAID: ~Q(contested) & ~Q(lost) & Q(refunded_minor=0),
        }
        return self.filter(conditions[state], status=Purchase.Status.PAID)

    def due(self) -> "PurchaseQuerySet":
        return self.filter(due_at__lte=timezone.now()).order_by("due_at")


class Purchase(models.Model):
    """One pack at the price it was sold at, for the wallet of its user; or, a top-up, for the pool
    of the tenant, bought by one of its staff from the platform.

    Its credits lie in `reserved` while it is open or pending, in the wallet (pool) once it is paid,
    and back in the pool (supply) after all else.
    """

    class Status(models.TextChoices):
        OPEN = "open", "Open: not paid yet"
        PENDING = "pending", "The payment is on its way"
        PAID = "paid", "Paid"
        EXPIRED = "expired", "Not paid in time"
        FAILED = "failed", "The payment failed"

    class Reason(models.TextChoices):
        """Why it is not paid and will not be."""

        NONE = "", "—"
        TIME = "time", "Time ran out"
        CANCELLED = "cancelled", "The user cancelled it"
        DECLINED = "declined", "The bank refused a delayed payment"
        REFUSED = "refused", "Stripe refused to open a checkout"
        MISMATCH = "mismatch", "Stripe's session is not the one that was sold"
        ACCOUNT = "account", "The Stripe account cannot be reached any more"

    class Trouble(models.TextChoices):
        """What people must look into."""

        NONE = "", "—"
        MISMATCH = "mismatch", "Stripe's session is not the one that was sold"
        SHORT = "short", "There are too few credits for what was paid"

    class RefundReason(models.TextChoices):
        """Stripe's own words. It blocks card and address where it is told of fraud."""

        REQUESTED = "requested_by_customer", _("The buyer asked for it")
        DUPLICATE = "duplicate", _("It was paid twice")
        FRAUD = "fraudulent", _("Fraud: Stripe blocks this card and this address from now on")

    RESERVING = (Status.OPEN, Status.PENDING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="purchases")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="purchases")
    is_top_up = models.BooleanField("for the pool", default=False)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="purchases")
    nonce = models.UUIDField(help_text="Of the form: sent twice, it buys once.")
    pack_name = models.CharField(max_length=60)
    credits = models.PositiveIntegerField()
    amount_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    fee_minor = models.PositiveIntegerField(
        default=0, help_text="The platform's share, where a connected account sells."
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.NONE, blank=True)

    trouble = models.CharField(
        max_length=8, choices=Trouble, default=Trouble.NONE, blank=True, db_index=True
    )

    stripe_account = models.CharField(
        max_length=64, blank=True, help_text="That sells it; empty: the platform's own."
    )
    livemode = models.BooleanField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="To open a checkout.")
    session_id = models.CharField(max_length=128, unique=True, null=True, blank=True)
    payment_intent = models.CharField(max_length=64, unique=True, null=True, blank=True)
    receipt_url = models.TextField(blank=True)

    refunded_minor = models.PositiveIntegerField(default=0)
    refunded_credits = models.PositiveIntegerField(default=0)
    # Moves with each look at Stripe: a look that began before another one ended counts for nothing.
    revision = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="When the checkout closes.")
    paid_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text="When beat has Stripe asked about it."
    )

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "nonce"], name="one_purchase_a_form"),
            models.CheckConstraint(
                condition=Q(status__in=("open", "pending", "paid", "expired", "failed")),
                name="purchase_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(credits__gt=0, amount_minor__gt=0), name="purchase_is_of_something"
            ),
            models.CheckConstraint(
                condition=Q(is_top_up=False) | Q(stripe_account=""),
                name="the_platform_sells_top_ups",
            ),
            models.CheckConstraint(
                condition=Q(fee_minor=0)
                | (Q(fee_minor__lte=F("amount_minor")) & ~Q(stripe_account="")),
                name="fee_is_a_part_of_a_connected_sale",
            ),
            models.CheckConstraint(
                condition=Q(status="paid", paid_at__isnull=False, session_id__isnull=False)
                | (~Q(status="paid") & Q(paid_at=None, refunded_minor=0, refunded_credits=0)),
                name="only_what_is_paid_is_refunded",
            ),
            models.CheckConstraint(
                condition=Q(
                    refunded_minor__lte=F("amount_minor"), refunded_credits__lte=F("credits")
                ),
                name="no_more_refunded_than_paid",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("open", "pending", "paid"), reason="")
                | (Q(status__in=("expired", "failed")) & ~Q(reason="")),
                name="unpaid_purchase_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack_name} for {self.receiver}"

    def get_absolute_url(self) -> str:
        """On the tenant's hosts."""
        if self.is_top_up:
            return reverse("admin:accounts_topup_change", settings.PORTAL_URLCONF, [self.pk])
        return reverse("purchase", args=[self.pk])

    @property
    def receiver(self) -> User | Tenant:
        """Whose wallet, or whose pool."""
        return self.tenant if self.is_top_up else self.user

    @property
    def source(self) -> CreditAccount.Kind:
        """Where its credits come from, and go back to."""
        return CreditAccount.Kind.SUPPLY if self.is_top_up else CreditAccount.Kind.POOL

    @property
    def amount_text(self) -> str:
        return money.format_amount(self.amount_minor, self.currency)

    @property
    def refunded_text(self) -> str:
        return money.format_amount(self.refunded_minor, self.currency)

    @property
    def left_text(self) -> str:
        return money.format_amount(self.left_minor, self.currency)

    @property
    def fee_text(self) -> str:
        return money.format_amount(self.fee_minor, self.currency)

    @property
    def shown_state(self) -> str:
        """One word for all of it: the status, or what became of the payment since."""
        if self.status != self.Status.PAID:
            return self.status
        states = {dispute.state for dispute in self.disputes.all()}
        if PurchaseDispute.State.OPEN in states:
            return "disputed"
        if PurchaseDispute.State.LOST in states:
            return "lost"
        if self.refunded_minor:
            return "part_refunded" if self.left_minor else "refunded"
        return self.status

    @property
    def left_minor(self) -> int:
        """What can still be refunded."""
        return self.amount_minor - self.refunded_minor

    @property
    def is_reserving(self) -> bool:
        return self.status in self.RESERVING


class TopUp(Purchase):
    """For the list in the tenants' admin, which leaves out the rest."""

    class Meta:
        proxy = True
        verbose_name = "top-up"


class PurchaseDispute(models.Model):
    """A payment that the buyer contests with the bank. What was credited for it is set aside."""

    class State(models.TextChoices):
        INQUIRY = "inquiry", "The bank asks; nothing was taken"
        OPEN = "open", "Open: the credits are set aside"
        LOST = "lost", "Lost: the credits are gone"
        WON = "won", "Won: the credits are back"

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="disputes")
    dispute_id = models.CharField(max_length=64, unique=True)
    amount_minor = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State)
    credits = models.PositiveIntegerField(default=0, help_text="Taken back for it.")
    taken_credits = models.PositiveIntegerField(
        default=0, help_text="Of these from the wallet; the rest is the user's debt."
    )
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_credits__lte=F("credits")), name="no_more_taken_than_disputed"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("inquiry", "open", "lost", "won")),
                name="dispute_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.dispute_id

    @property
    def amount_text(self) -> str:
        return money.format_amount(self.amount_minor, self.purchase.currency)
