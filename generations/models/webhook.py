"""Where users have events of their videos sent to, and the secrets that these are signed with."""

import uuid
from datetime import datetime

from cryptography.fernet import InvalidToken
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant, User
from generations.outgoing.signing import new_secret
from generations.sealing import build_cipher


class EventType(models.TextChoices):
    COMPLETED = "video.completed", _("Video ready")
    FAILED = "video.failed", _("Video not made")
    PING = "ping", _("Test ping")


# What an endpoint may choose from; a ping comes when it is asked for.
FILTERED = (EventType.COMPLETED, EventType.FAILED)


def new_sealed_secret() -> str:
    return build_cipher("webhook-secret").encrypt(new_secret().encode()).decode()


class Signer(models.Model):
    """A secret, and for a while after a rotation the one before. Both are encrypted at rest."""

    sealed_secret = models.TextField(editable=False, default=new_sealed_secret)
    sealed_previous = models.TextField(editable=False, blank=True)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def secret(self) -> str:
        """Empty where it cannot be read any more: SECRET_KEY is another one now."""
        return _unseal(self.sealed_secret)

    def secrets_at(self, now: datetime) -> list[str]:
        """What a delivery of this moment is signed with."""
        sealed = [self.sealed_secret]
        if self.previous_until is not None and self.previous_until > now:
            sealed.append(self.sealed_previous)
        return [secret for secret in map(_unseal, sealed) if secret]


class WebhookSecret(Signer):
    """Of a user: signs what goes to the addresses that their orders name."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="webhook_secret")

    def __str__(self) -> str:
        return f"Webhook secret of {self.user}"


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def for_user(self, user: User) -> "WebhookEndpointQuerySet":
        return self.filter(user=user)

    def due_for_mail(self, now: datetime) -> "WebhookEndpointQuerySet":
        return self.filter(mail_due_at__lte=now)


class WebhookEndpoint(Signer):
    class Disabled(models.TextChoices):
        OWNER = "owner", _("Switched off by its owner.")
        GONE = "gone", _("It answered 410 Gone, which means that it wants no more deliveries.")
        FAILING = "failing", _("For five days every delivery failed.")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="webhook_endpoints")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=80, blank=True)
    events = models.JSONField(default=list, help_text="The types of events that it gets.")
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=8, choices=Disabled, blank=True)
    failing_since = models.DateTimeField(
        null=True, blank=True, help_text="The first of the failures that no success has followed."
    )
    # When its owner is to be told that we have switched it off; empty: nothing to tell.
    mail_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "url"], name="one_endpoint_an_address"),
            models.CheckConstraint(
                condition=models.Q(is_enabled=True, disabled_reason="")
                | (models.Q(is_enabled=False) & ~models.Q(disabled_reason="")),
                name="disabled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    def get_absolute_url(self) -> str:
        return reverse("webhook", args=[self.pk])

    @property
    def event_labels(self) -> list[str]:
        return [str(EventType(kind).label) for kind in self.events if kind in EventType.values]


def _unseal(sealed: str) -> str:
    try:
        return build_cipher("webhook-secret").decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""
