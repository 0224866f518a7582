"""Keys of the API. The key itself is shown once and kept as a hash."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.ledger import CreditHold
from accounts.models.tenant import Tenant
from accounts.models.user import User

SECRET_BYTES = 32
# Of the secret, so many characters stay readable; the rest has far more bits than can be guessed.
SHOWN_CHARACTERS = 6


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self) -> "ApiKeyQuerySet":
        usable = self.filter(revoked_at=None, user__is_active=True, user__tenant__is_active=True)
        return usable.exclude(expires_at__lte=timezone.now())

    def for_user(self, user: User) -> "ApiKeyQuerySet":
        return self.filter(user=user)

    def with_used_credits(self) -> "ApiKeyQuerySet":
        """`used_credits`: held for and spent on what the key, and those it replaced, ordered."""
        family = ApiKey.objects.filter(
            Q(pk=OuterRef(OuterRef("first_id"))) | Q(origin=OuterRef(OuterRef("first_id")))
        )
        used = (
            # The relation is the generations' own; a query is all that this app knows of it.
            CreditHold.objects.filter(generation_id__in=family.values("generations__pk"))
            .exclude(state=CreditHold.State.RELEASED)
            .filter(user=OuterRef("user"))
            .order_by()
            .values("user")
            .annotate(credits=Sum("amount"))
        )
        known = self.annotate(first_id=Coalesce("origin_id", "pk"))
        credits = Coalesce(Subquery(used.values("credits")), 0)
        return known.annotate(used_credits=credits)  # type: ignore[no-redef]  # as declared below


class Scope(models.TextChoices):
    CREATE = "create", _("Order videos")
    READ = "read", _("See videos and download them")
    MANAGE = "manage", _("Delete videos, make share links")
    ACCOUNT = "account", _("See the balance")
    WEBHOOKS = "webhooks", _("Manage webhook endpoints")


def all_scopes() -> list[str]:
    return [scope.value for scope in Scope]


class ApiKey(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=24, help_text="The beginning, to tell keys apart.")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    # Made when the form is shown: sent twice, it makes one key.
    form_nonce = models.UUIDField(unique=True, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(
        null=True, blank=True, help_text="A new key took its place; until it expires both work."
    )
    origin = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="successors",
        help_text="The first of the keys that replaced each other: they share what the cap allows.",
    )  # fmt: skip
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

    # Set by `with_used_credits`.
    used_credits: int

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(
        cls,
        *,
        user: User,
        name: str,
        is_test: bool = False,
        scopes: Sequence[str] | None = None,
        expires_at: datetime | None = None,
        allowed_networks: Sequence[str] = (),
        credit_cap: int | None = None,
        origin: "ApiKey | None" = None,
        form_nonce: uuid.UUID | None = None,
    ) -> tuple["ApiKey", str]:
        """Returns the row and the key; nobody can read the key again later.

        For accounts.api_keys, which also holds how many there may be.
        """
        key, prefix = _build_key(user, is_test=is_test)
        row = cls.objects.create(
            user=user,
            name=name,
            prefix=prefix,
            key_hash=hash_key(key),
            form_nonce=form_nonce,
            expires_at=expires_at,
            origin=origin,
            is_test=is_test,
            scopes=all_scopes() if scopes is None else list(scopes),
            allowed_networks=list(allowed_networks),
            credit_cap=credit_cap,
        )
        return row, key

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def has_ended(self) -> bool:
        return self.revoked_at is not None or self.has_expired

    @property
    def scope_labels(self) -> list[str]:
        """In the words of the account's pages."""
        return [str(scope.label) for scope in Scope if scope in self.scopes]

    @property
    def has_all_scopes(self) -> bool:
        return set(Scope) <= set(self.scopes)


def hash_key(key: str) -> str:
    """SHA-256 without salt: the key has 256 bits of its own, and is looked up by this."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_start(tenant: Tenant, *, is_test: bool) -> str:
    """What all keys of a portal begin with, so that people and scanners know them."""
    return f"{tenant.slug.replace('-', '')[:12]}_{'test' if is_test else 'live'}_"


def _build_key(user: User, *, is_test: bool) -> tuple[str, str]:
    """A new key and the part of it that stays readable."""
    assert user.tenant is not None, "the platform's staff have no keys"
    start = key_start(user.tenant, is_test=is_test)
    key = start + secrets.token_urlsafe(SECRET_BYTES)
    return key, key[: len(start) + SHOWN_CHARACTERS]
