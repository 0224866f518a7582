"""One try to submit a generation upstream, and what LUMIQ called back about it."""

import hashlib
import secrets

from django.db import models

from generations.models.generation import Generation
from generations.models.lumiq_key import LumiqKey
from generations.states import Phase


class SubmitAttempt(models.Model):
    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    lumiq_key = models.ForeignKey(LumiqKey, on_delete=models.PROTECT, related_name="attempts")
    lease_token = models.UUIDField(editable=False)
    # SHA-256 of the token in this attempt's callback address; the token itself goes to LUMIQ only.
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.STREAMING)
    task_id = models.CharField(max_length=64, blank=True)
    # Read out of a broken answer, and not yet confirmed by LUMIQ.
    claimed_task_id = models.CharField(max_length=64, blank=True)
    credits_used = models.PositiveIntegerField(null=True, blank=True)
    credits_remaining = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(
        null=True, blank=True, help_text="When an unclear one stopped being a question of credits."
    )

    class Meta:
        ordering = ["generation", "number"]
        constraints = [
            models.UniqueConstraint(fields=["generation", "number"], name="attempts_are_numbered"),
            models.UniqueConstraint(
                fields=["lumiq_key", "task_id"],
                condition=~models.Q(task_id=""),
                name="one_attempt_a_task",
            ),
        ]
        indexes = [
            models.Index(fields=["lumiq_key", "phase"], name="attempts_by_key_and_phase"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.generation_id}: {self.phase}"


class Callback(models.Model):
    """The inbox of LUMIQ's webhooks: stored as they came, believed only after asking LUMIQ."""

    attempt = models.ForeignKey(SubmitAttempt, on_delete=models.CASCADE, related_name="callbacks")
    body_hash = models.CharField(max_length=64)
    task_id = models.CharField(max_length=64)
    status = models.CharField(max_length=12)
    error = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "body_hash"], name="each_callback_once"),
        ]

    def __str__(self) -> str:
        return f"{self.status} for {self.task_id}"


def new_callback_token() -> str:
    return secrets.token_urlsafe(32)


def hash_callback_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
