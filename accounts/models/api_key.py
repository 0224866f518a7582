"""Keys of the API. The key itself is shown once and kept as a hash."""

import hashlib
import secrets

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> "ApiKeyQuerySet":
        usable = self.filter(revoked_at=None, user__is_active=True, user__tenant__is_active=True)
        return usable.exclude(expires_at__lte=timezone.now())


class Scope(models.TextChoices):
    CREATE = "create", "Order videos"
    READ = "read", "See videos and download them"
    MANAGE = "manage", "Delete videos, make share links"
    ACCOUNT = "account", "See the balance"
    WEBHOOKS = "webhooks", "Manage webhook endpoints"


def all_scopes() -> list[str]:
    return [scope.value for scope in Scope]


class ApiKey(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=24, help_text="The beginning, to tell keys apart.")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    is_test = models.BooleanField(
        default=False, help_text="Orders simulated videos, for no credits."
    )
    scopes = models.JSONField(default=all_scopes)
    allowed_networks = models.JSONField(
        default=list, blank=True, help_text="Networks it may be used from; empty: from anywhere."
    )
    credit_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="Credits that it may spend in all; empty: no limit."
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, *, user: User, name: str) -> tuple["ApiKey", str]:
        """Returns the row and the key; nobody can read the key again later."""
        assert user.tenant is not None
        key = f"{user.tenant.slug.replace('-', '')[:12]}_{secrets.token_urlsafe(32)}"
        row = cls.objects.create(user=user, name=name, prefix=key[:18], key_hash=hash_key(key))
        return row, key


def hash_key(key: str) -> str:
    """SHA-256 without salt: the key has 256 bits of its own, and is looked up by this."""
    return hashlib.sha256(key.encode()).hexdigest()
