"""Encrypts secrets that must be readable again, with keys made of SECRET_KEY and its fallbacks."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def build_cipher(purpose: str) -> MultiFernet:
    """What is encrypted for one purpose cannot be read for another."""
    secrets = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(f"{purpose}:{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
