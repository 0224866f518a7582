"""The accounts at Stripe that we sell through. Written by accounts.connected_accounts, but for when
each was asked: accounts.stripe_events."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.tenant import Tenant


class StripeAccountQuerySet(models.QuerySet["StripeAccount"]):
    def current(self) -> "StripeAccountQuerySet":
        """One a tenant: what it has replaced goes on for what was sold through it."""
        return self.filter(replaced_at=None, tenant__isnull=False)

    def out_of_order(self) -> "StripeAccountQuerySet":
        """Those that sold, or could have, and can't any more."""
        stopped = Q(was_ready=True) & ~Q(state=StripeAccount.State.READY)
        return self.current().filter(
            stopped | Q(deauthorised_at__isnull=False), tenant__seller=Tenant.Seller.OWN
        )


class StripeAccount(models.Model):
    """The platform's own (empty id, no tenant) or a tenant's connected one. Nothing of it is kept
    but its id: there are no keys of tenants."""

    class State(models.TextChoices):
        DETAILS = "details", _("Details are missing")
        REVIEW = "review", _("In review")
        RESTRICTED = "restricted", _("Restricted")
        READY = "ready", _("Ready")

    account_id = models.CharField(max_length=64, unique=True, blank=True)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, null=True, blank=True, related_name="stripe_accounts"
    )
    state = models.CharField(
        max_length=10, choices=State, default=State.DETAILS, help_text="As Stripe said at last."
    )
    # Moves with each answer of Stripe's: one that was asked for before another came is dropped.
    checked_at = models.DateTimeField(null=True, blank=True)
    was_ready = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True, blank=True)
    deauthorised_at = models.DateTimeField(null=True, blank=True)
    mail_due_at = models.DateTimeField(
        null=True, blank=True, help_text="When the tenant's staff are told that it sells no more."
    )
    reconciled_at = models.DateTimeField(
        null=True, blank=True, help_text="When all that it told was last asked for."
    )
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = StripeAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "Stripe account"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(replaced_at=None, tenant__isnull=False),
                name="one_current_stripe_account_a_tenant",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("details", "review", "restricted", "ready")),
                name="stripe_account_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.account_id or "the platform's own"

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY and self.deauthorised_at is None

    @property
    def shown_state(self) -> str:
        """In words."""
        if self.deauthorised_at is not None:
            return str(_("Disconnected"))
        return str(self.get_state_display())
