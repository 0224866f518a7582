"""Master keys of LUMIQ: encrypted at rest, each with its breaker and its place in the budget."""

import hashlib

from django.db import models

from generations.models.lumiq_account import LumiqAccount
from generations.sealing import build_cipher


class LumiqKeyQuerySet(models.QuerySet["LumiqKey"]):
    def masters(self) -> "LumiqKeyQuerySet":
        """Those that make paid videos: without the sandbox's for test orders."""
        return self.filter(is_test=False)


class LumiqKey(models.Model):
    class Breaker(models.TextChoices):
        REFUSED = "refused", "LUMIQ refuses it"
        DRY = "dry", "Out of credits"
        UNCLEAR = "unclear", "Too many sends without a clear answer"

    name = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=16, unique=True, editable=False)
    encrypted_key = models.TextField(editable=False)
    is_active = models.BooleanField(
        default=True, help_text="Takes new videos. Videos it has begun stay with it in any case."
    )
    is_from_settings = models.BooleanField(default=False, editable=False)
    is_test = models.BooleanField(
        default=False, editable=False,
        help_text="The sandbox's, for what is ordered with test keys: never for a paid video.",
    )  # fmt: skip
    account = models.ForeignKey(
        LumiqAccount, on_delete=models.PROTECT, null=True, editable=False, related_name="keys",
        help_text="Whose credits it spends. It takes no videos before LUMIQ was asked.",
    )  # fmt: skip
    breaker = models.CharField(
        max_length=8, choices=Breaker, blank=True, editable=False,
        help_text="Why it takes no new videos for now.",
    )  # fmt: skip
    broken_at = models.DateTimeField(null=True, blank=True, editable=False)
    probe_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it is tried again."
    )
    probes = models.PositiveSmallIntegerField(default=0, editable=False)
    asked_account_at = models.DateTimeField(null=True, blank=True, editable=False)
    rests_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="LUMIQ said 429 and wished for this."
    )
    # Lane → until when (seconds since 1970) somebody waits for a place in it.
    wanted = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LumiqKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "LUMIQ key"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.fingerprint})"

    def set_key(self, key: str) -> None:
        self.fingerprint = fingerprint_of(key)
        self.encrypted_key = build_cipher("lumiq-key").encrypt(key.encode()).decode()

    def read_key(self) -> str:
        """The plain key. For generations.keys only; raises InvalidToken after a lost SECRET_KEY."""
        return build_cipher("lumiq-key").decrypt(self.encrypted_key.encode()).decode()


def fingerprint_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
