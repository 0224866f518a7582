"""Vouchers: batches of codes, and who has redeemed them. Written by accounts.vouchers only."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Upper
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.tenant import Tenant
from accounts.models.user import User

SHORTEST_CODE = 8
LONGEST_CODE = 40
MOST_CREDITS = 1_000_000
MOST_CODES = 10_000
MOST_USES = 100_000


class VoucherBatch(models.Model):
    """Codes that give the same. Its budget is the ledger's account of this id: while the batch
    runs, `credits` × `uses_left`. When it ends, `uses_left` stays, as what was returned."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        NOT_YET = "not_yet", _("not valid yet")
        USED_UP = "used_up", _("used up")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="voucher_batches")
    name = models.CharField(
        _("name"), max_length=80, help_text=_("Printed, and read by users in their wallet.")
    )
    credits = models.PositiveIntegerField(
        _("credits a use"), validators=[MinValueValidator(1), MaxValueValidator(MOST_CREDITS)]
    )
    codes = models.PositiveIntegerField(
        _("number of codes"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CODES)],
    )
    uses_a_code = models.PositiveIntegerField(
        _("uses a code"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_USES)],
        help_text=_("1, or more for a code that many people share. Each user redeems one of them."),
    )
    uses_left = models.PositiveIntegerField(_("uses left"))
    valid_from = models.DateTimeField(_("valid from (UTC)"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until (UTC)"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended (UTC)"), null=True, blank=True)
    note = models.CharField(
        _("note"), max_length=200, blank=True, help_text=_("For staff. Users do not see it.")
    )
    created_at = models.DateTimeField(_("made (UTC)"), auto_now_add=True)

    class Meta:
        verbose_name = _("voucher batch")
        verbose_name_plural = _("voucher batches")
        ordering = ["-created_at", "pk"]
        indexes = [
            models.Index(
                fields=["valid_until"], condition=Q(ended_at=None), name="voucher_batches_to_end"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=Q(credits__gt=0), name="voucher_gives_something"),
            models.CheckConstraint(
                condition=Q(codes__gt=0, uses_a_code__gt=0), name="voucher_batch_has_uses"
            ),
            models.CheckConstraint(
                condition=Q(uses_left__lte=F("codes") * F("uses_a_code")),
                name="voucher_uses_have_not_grown",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gt=F("valid_from")),
                name="voucher_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def uses(self) -> int:
        return self.codes * self.uses_a_code

    @property
    def cost(self) -> int:
        """What it takes out of the pool."""
        return self.credits * self.uses

    @property
    def credits_left(self) -> int:
        """In its budget; of an ended batch, what went back to the pool."""
        return self.credits * self.uses_left

    @property
    def uses_made(self) -> int:
        return self.uses - self.uses_left

    @property
    def state(self) -> "VoucherBatch.State":
        now = timezone.now()
        if self.ended_at or (self.valid_until and self.valid_until <= now):
            return self.State.ENDED
        if not self.uses_left:
            return self.State.USED_UP
        return (
            self.State.NOT_YET if self.valid_from and self.valid_from > now else self.State.RUNNING
        )


class Voucher(models.Model):
    """One code. `code` is as it is printed, `key` what is compared (accounts.voucher_codes)."""

    # Its batch's: codes are unique in a portal.
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="vouchers")
    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT, related_name="vouchers")
    code = models.CharField(_("code"), max_length=LONGEST_CODE)
    key = models.CharField(max_length=LONGEST_CODE)
    uses_left = models.PositiveIntegerField(_("uses left"))

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="voucher_code_once_a_tenant"),
            models.CheckConstraint(
                condition=Q(key=Upper("key")), name="voucher_key_is_in_capitals"
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length("key"), SHORTEST_CODE),
                name="voucher_key_is_not_short",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Redemption(models.Model):
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="redemptions")
    # The voucher's, so that the database can hold that a user redeems one of a batch.
    batch = models.ForeignKey(VoucherBatch, on_delete=models.PROTECT, related_name="redemptions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="redemptions")
    created_at = models.DateTimeField(_("redeemed (UTC)"), auto_now_add=True)

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "user"], name="one_redemption_a_user_and_voucher_batch"
            )
        ]

    def __str__(self) -> str:
        return f"{self.voucher} · {self.user}"
