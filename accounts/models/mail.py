"""The outbox of mails. Its rows are written by accounts.mails.outbox only."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models.tenant import Tenant
from accounts.models.user import User


class MailQuerySet(models.QuerySet["Mail"]):
    def pending(self) -> "MailQuerySet":
        return self.filter(state=Mail.State.PENDING)

    def due(self, now: datetime) -> "MailQuerySet":
        """Of those in somebody's hands `due_at` is when their lease ends."""
        return self.pending().filter(due_at__lte=now)


class Mail(models.Model):
    """One mail to one person, told in the transaction of what it tells of.

    What it says is made when it is sent: no link that opens something rests here.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        SENT = "sent", "Taken by the mail server"
        NEEDLESS = "needless", "Not sent: unwanted, or over by then"
        DEAD = "dead", "Given up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(
        max_length=150, unique=True, help_text="What it tells of, which is told once."
    )
    kind = models.CharField(max_length=30)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="mails"
    )
    # Until it is known whether there is an account with it: `user` is empty meanwhile.
    address = models.EmailField(blank=True)
    facts = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True, help_text="Of the last try.")
    created_at = models.DateTimeField(db_index=True)
    due_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(user=None, address=""), name="mail_has_a_receiver"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="mails_due"),
        ]

    def __str__(self) -> str:
        return self.key
