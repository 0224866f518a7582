"""The proof that somebody agreed to a video. generations.consents adds rows; they never change."""

import uuid

from django.db import models

from accounts.models import Tenant, User
from generations.models.generation import Generation


class Consent(models.Model):
    class Purpose(models.TextChoices):
        MAKING = "making", "The video is made"
        GALLERY = "gallery", "The video is shown in the gallery"

    class Relation(models.TextChoices):
        SELF = "self", "The user"
        ADULT = "adult", "Another adult, who has agreed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=10, choices=Purpose)
    relation = models.CharField(max_length=10, choices=Relation)
    subject_name = models.CharField(max_length=80, blank=True)
    statement = models.TextField(help_text="As it was shown.")
    statement_version = models.CharField(max_length=20)
    statement_sha256 = models.CharField(max_length=64)
    locale = models.CharField(max_length=12)
    given_at = models.DateTimeField()
    network = models.CharField(max_length=50, help_text="The address, without its last part.")
    user_agent_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["given_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["generation", "purpose"], name="one_consent_a_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.generation_id}"
