"""Unguessable addresses of one video: each with a name, and as its owner likes an end, a password
and a limit of views."""

import secrets
import string
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generations.models.generation import Generation

_ALPHABET = string.ascii_letters + string.digits


def new_code() -> str:
    """22 characters of base62: 131 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(22))


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def live(self) -> "ShareLinkQuerySet":
        """Not revoked; it may have ended all the same."""
        return self.filter(revoked_at=None)

    def active(self, *, now: Any = None) -> "ShareLinkQuerySet":
        """Those that let somebody new in now. `now` is for whoever keeps the query's SQL."""
        return (
            self.live()
            .filter(Q(expires_at=None) | Q(expires_at__gt=now or timezone.now()))
            .filter(Q(max_views=None) | Q(views__lt=F("max_views")))
        )

    def open_to_all(self, *, now: Any = None) -> "ShareLinkQuerySet":
        """Those that ask nothing of anybody: what a gallery may lead to."""
        return self.active(now=now).filter(password="", max_views=None)


class ShareLink(models.Model):
    class State(models.TextChoices):
        ACTIVE = "active", _("Open")
        EXPIRED = "expired", _("Ended")
        EXHAUSTED = "exhausted", _("Used up")
        REVOKED = "revoked", _("Revoked")

    code = models.CharField(max_length=22, unique=True, default=new_code, editable=False)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="share_links")
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # Hashed as users' passwords are. Empty: none is asked for.
    password = models.CharField(max_length=128, blank=True, editable=False)
    max_views = models.PositiveIntegerField(null=True, blank=True)
    # Numbers only: nothing is kept of who it was. Written by generations.admission.
    views = models.PositiveIntegerField(default=0, editable=False)
    downloads = models.PositiveIntegerField(default=0, editable=False)
    plays = models.PositiveIntegerField(default=0, editable=False)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_views=None) | Q(max_views__gte=1, views__lte=F("max_views")),
                name="no_more_views_than_allowed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} for {self.generation_id}"

    def get_absolute_url(self) -> str:
        return reverse("share", args=[self.code])

    @property
    def state(self) -> State:
        if self.revoked_at is not None:
            return self.State.REVOKED
        if self.expires_at is not None and self.expires_at <= timezone.now():
            return self.State.EXPIRED
        if self.max_views is not None and self.views >= self.max_views:
            return self.State.EXHAUSTED
        return self.State.ACTIVE

    @property
    def is_active(self) -> bool:
        return self.state is self.State.ACTIVE

    @property
    def has_conditions(self) -> bool:
        """Whether it asks something of who comes, beyond knowing the address."""
        return bool(self.password) or self.max_views is not None
