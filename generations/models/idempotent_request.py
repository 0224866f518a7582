"""Calls of the API that came with an Idempotency-Key, and what they were answered."""

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone

from accounts.models import ApiKey

KEPT_FOR = timedelta(hours=24)


class IdempotentRequestQuerySet(models.QuerySet["IdempotentRequest"]):
    def outdated(self) -> "IdempotentRequestQuerySet":
        return self.filter(created_at__lt=timezone.now() - KEPT_FOR)


class IdempotentRequest(models.Model):
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="What was called, with what.")
    # The order that it makes: a call that is made again after a crash finds the same one.
    nonce = models.UUIDField(default=uuid.uuid4)
    response = models.JSONField(null=True, help_text="Empty while it is at work.")
    locked_until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = IdempotentRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "key"], name="one_request_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.api_key}"
