"""Who was told of a low balance. Written by generations.low_balances only."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from accounts.models import CreditAccount

# A mail that cannot be delivered for so long is no news any more.
GIVEN_UP_AFTER = timedelta(days=1)


class BalanceNoticeQuerySet(models.QuerySet["BalanceNotice"]):
    def due_for_mail(self, now: datetime) -> "BalanceNoticeQuerySet":
        due = self.filter(mail_due_at__lte=now, fell_at__gt=now - GIVEN_UP_AFTER)
        return due.order_by("mail_due_at", "pk")


class BalanceNotice(models.Model):
    """That a wallet or pool is, or was when last looked at, below a threshold."""

    account = models.OneToOneField(CreditAccount, on_delete=models.PROTECT, related_name="+")
    below = models.PositiveIntegerField(help_text="The lowest threshold that was fallen below.")
    fell_at = models.DateTimeField(default=timezone.now)
    mail_due_at = models.DateTimeField(null=True, blank=True)

    objects = BalanceNoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["mail_due_at"],
                condition=models.Q(mail_due_at__isnull=False),
                name="balance_mails_due",
            ),
        ]

    def __str__(self) -> str:
        return f"Below {self.below}: {self.account}"


class BalanceWatch(models.Model):
    """The one row that says how far the ledger's legs have been looked at."""

    leg_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"Up to leg {self.leg_id}"
