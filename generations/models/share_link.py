"""Unguessable, revocable addresses of one video."""

import secrets
import string

from django.db import models
from django.urls import reverse

from generations.models.generation import Generation

_ALPHABET = string.ascii_letters + string.digits


def new_code() -> str:
    """22 characters of base62: 131 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(22))


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def live(self) -> "ShareLinkQuerySet":
        return self.filter(revoked_at=None)


class ShareLink(models.Model):
    code = models.CharField(max_length=22, unique=True, default=new_code, editable=False)
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="share_links")
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    plays = models.PositiveIntegerField(default=0, editable=False)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} for {self.generation_id}"

    def get_absolute_url(self) -> str:
        return reverse("share", args=[self.code])
