"""Media that fans gave us, for generations.uploads to check, re-encode and remove."""

import uuid

from django.db import models
from django.urls import reverse

from accounts.models import Tenant, User


class UploadQuerySet(models.QuerySet["Upload"]):
    def for_user(self, user: User) -> "UploadQuerySet":
        return self.filter(user=user)

    def unused(self) -> "UploadQuerySet":
        return self.filter(
            photo_of=None,
            clip_of=None,
            draft_source_of=None,
            draft_photo_of=None,
            draft_clip_of=None,
        )


class Upload(models.Model):
    class Kind(models.TextChoices):
        PHOTO = "photo", "Photo"
        CLIP = "clip", "Clip"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="uploads")
    kind = models.CharField(max_length=8, choices=Kind)
    file = models.FileField(max_length=200, blank=True)
    is_prepared = models.BooleanField(
        default=True, help_text="Our own re-encoding; until then it is the file as it came."
    )
    content_type = models.CharField(max_length=40)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = UploadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("upload", args=[self.pk])
