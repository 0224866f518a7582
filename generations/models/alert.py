"""A state of affairs that an operator must know. Written by generations.alerts only."""

from django.db import models
from django.utils import timezone


class AlertKind(models.TextChoices):
    KEY_REFUSED = "key_refused", "LUMIQ refuses a key"
    KEY_DRY = "key_dry", "An account at LUMIQ is out of credits"
    KEY_UNCLEAR = "key_unclear", "Too many sends without a clear answer"
    BALANCE_LOW = "balance_low", "An account at LUMIQ runs low"
    DRIFT = "drift", "LUMIQ's account and the ledger disagree"
    PRICE = "price", "LUMIQ charges another price"
    RATE_LIMITED = "rate_limited", "LUMIQ counts more requests than we do"
    FILE_LATE = "file_late", "A finished video is not copied yet"
    PURCHASE_MISMATCH = "purchase_mismatch", "A payment is not what was sold"
    PURCHASE_SHORT = "purchase_short", "Too few credits for what was paid"
    ACCOUNT_STOPPED = "account_stopped", "A portal's Stripe account sells no more"
    STUCK = "stuck", "Something waits far too long"


class AlertQuerySet(models.QuerySet["Alert"]):
    def still_open(self) -> "AlertQuerySet":
        return self.filter(closed_at=None)

    def due_for_mail(self) -> "AlertQuerySet":
        """Open and not told yet, or over, told, and that not told. Who was tried least is first.

        What began and ended untold needs no mail: the list in the admin has it.
        """
        opened = models.Q(closed_at=None, mailed_at=None)
        over = models.Q(closed_at__isnull=False, mailed_at__isnull=False, closing_mailed_at=None)
        due = self.filter(opened | over, mail_due_at__lte=timezone.now())
        return due.order_by("mail_tries", "pk")


class Alert(models.Model):
    kind = models.CharField(max_length=20, choices=AlertKind)
    about = models.CharField(
        max_length=300, help_text="What it is about: a key, an account, a video."
    )
    title = models.CharField(max_length=200)
    text = models.TextField()
    opened_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    mailed_at = models.DateTimeField(null=True, blank=True)
    closing_mailed_at = models.DateTimeField(null=True, blank=True)
    mail_due_at = models.DateTimeField(default=timezone.now)
    mail_tries = models.PositiveSmallIntegerField(default=0, help_text="Of the mail that is due.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = [models.F("closed_at").desc(nulls_first=True), "-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=models.Q(closed_at=None),
                name="one_open_alert_a_matter",
            ),
        ]

    def __str__(self) -> str:
        return self.title
