"""What Stripe tells us."""

import uuid

from django.db import models
from django.utils import timezone


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def due(self) -> "StripeEventQuerySet":
        return self.filter(processed_at=None, due_at__lte=timezone.now()).order_by("due_at")


class StripeEvent(models.Model):
    """A hint that something changed. Its contents are never believed: Stripe is asked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event_id = models.CharField(max_length=128)
    stripe_account = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=80)
    payload = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=120, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        verbose_name = "Stripe event"
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_account", "event_id"], name="each_stripe_event_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(processed_at=None), name="stripe_events_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
