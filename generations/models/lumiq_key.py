"""Master keys of LUMIQ, encrypted at rest, with the balance as last seen."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


class LumiqKey(models.Model):
    name = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=16, unique=True, editable=False)
    encrypted_key = models.TextField(editable=False)
    is_active = models.BooleanField(
        default=True, help_text="Takes new videos. Videos it has begun stay with it in any case."
    )
    account_email = models.EmailField(
        blank=True, editable=False, help_text="The account at LUMIQ: its keys share one balance."
    )
    balance_credits = models.BigIntegerField(null=True, blank=True, editable=False)
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    # As GET /account had it: balance plus all spending since the portal knows the account.
    bought_credits = models.BigIntegerField(null=True, blank=True, editable=False)
    spent_before_credits = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text="Spent before the portal knew the account."
    )
    account_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    account_tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    refused_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When LUMIQ last refused the key itself."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "LUMIQ key"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.fingerprint})"

    @property
    def account(self) -> str:
        """What tells accounts apart; a key that has not been asked about stands for itself."""
        return self.account_email or self.fingerprint

    def set_key(self, key: str) -> None:
        self.fingerprint = fingerprint_of(key)
        self.encrypted_key = _cipher().encrypt(key.encode()).decode()

    def read_key(self) -> str:
        """The plain key. For generations.keys only; raises InvalidToken after a lost SECRET_KEY."""
        return _cipher().decrypt(self.encrypted_key.encode()).decode()


def fingerprint_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _cipher() -> MultiFernet:
    secrets = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(b"lumiq-key:" + secret.encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
