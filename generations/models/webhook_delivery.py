"""The outbox: events of videos, and where each is to be delivered.

generations.outgoing.events writes the rows in the transaction that changed the state,
generations.outgoing.deliveries moves them.
"""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Prefetch, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generations.models.generation import Generation
from generations.models.webhook import EventType, WebhookEndpoint
from generations.outgoing.trouble import Trouble


class WebhookEvent(models.Model):
    """What happened, and the one body that tells it, at every try and every replay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="webhook_events")
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, null=True, blank=True, related_name="webhook_events"
    )
    type = models.CharField(max_length=20, choices=EventType)
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["user", "-created_at"], name="events_by_user")]

    def __str__(self) -> str:
        return f"{self.type} of {self.created_at:%Y-%m-%d %H:%M:%S}"

    @property
    def message_id(self) -> str:
        """`webhook-id`: the same at every try, so that a receiver sees what it has had already."""
        return f"evt_{self.pk.hex}"


class WebhookDestination(models.Model):
    """A server that deliveries of one user go to. Its row is locked where one is begun or ended."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    host = models.CharField(max_length=253)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, over all deliveries.")
    rests_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "host"], name="one_row_a_destination")
        ]

    def __str__(self) -> str:
        return self.host


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def for_user(self, user: User) -> "DeliveryQuerySet":
        return self.filter(event__user=user)

    def pending(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.PENDING)

    def not_in_hand(self, now: datetime) -> "DeliveryQuerySet":
        return self.filter(Q(lease_until=None) | Q(lease_until__lte=now))

    def for_log(self) -> "DeliveryQuerySet":
        """The newest first, with all that a row of the log shows."""
        tries = Prefetch("attempts", DeliveryAttempt.objects.defer("answer"))
        rows = self.select_related("event__generation", "endpoint").prefetch_related(tries)
        return rows.order_by("-event__created_at", "pk")

    def due(self, now: datetime, *, a_destination: int) -> "DeliveryQuerySet":
        """The longest due, but of each destination that does not rest only so many."""
        place = Window(RowNumber(), partition_by=F("destination"), order_by=F("due_at").asc())
        resting = Q(destination__rests_until__gt=now)
        due = self.pending().not_in_hand(now).filter(due_at__lte=now).exclude(resting)
        return due.annotate(place=place).filter(place__lte=a_destination).order_by("due_at")


class Delivery(models.Model):
    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, null=True, blank=True,
        related_name="deliveries", help_text="Empty: the address was the order's own.",
    )  # fmt: skip
    destination = models.ForeignKey(WebhookDestination, on_delete=models.CASCADE, related_name="+")
    url = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Begun since the last replay.")
    due_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-event__created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "url"], name="one_delivery_an_address")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="deliveries_due"),
            models.Index(
                fields=["destination", "lease_until"],
                condition=Q(lease_until__isnull=False),
                name="deliveries_in_hand",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event.type} to {self.url}"

    def get_absolute_url(self) -> str:
        return reverse("webhook-delivery", args=[self.pk])

    @property
    def last_words(self) -> str:
        attempts = list(self.attempts.all())  # prefetched in the log
        return attempts[-1].words if attempts else ""


class DeliveryAttempt(models.Model):
    """One try: the answer's status, or what kept it from coming."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    latency_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    trouble = models.CharField(max_length=12, choices=Trouble, blank=True)
    answer = models.TextField(blank=True, help_text="The first kilobyte of the body.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}: {self.status or self.trouble}"

    @property
    def words(self) -> str:
        return f"HTTP {self.status}" if self.status else str(self.get_trouble_display())

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_redirect(self) -> bool:
        return self.status is not None and 300 <= self.status < 400
