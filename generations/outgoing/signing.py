"""Signatures as Standard Webhooks has them: HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def build_headers(
    message_id: str, body: bytes, *, keys: Sequence[str], now: datetime
) -> dict[str, str]:
    """One signature a key: during a rotation whoever knows the old or the new one can verify."""
    timestamp = str(int(now.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_sign(key, message_id, timestamp, body) for key in keys),
    }


def _sign(key: str, message_id: str, timestamp: str, body: bytes) -> str:
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    secret = base64.b64decode(key.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
