"""Takes in LUMIQ's callbacks: store, deduplicate, wake a fetch. They are hints, nothing more."""

import hashlib
import json

from django.conf import settings
from django.utils import timezone

from generations import kicks
from generations.lumiq.contract import Callback as Payload
from generations.lumiq.contract import MalformedPayload
from generations.models import Callback, Generation, SubmitAttempt
from generations.models.attempt import hash_callback_token
from generations.states import Status

MAX_BODY_BYTES = 16 * 1024


class UnknownToken(Exception):
    """No attempt has this callback address."""


def receive(token: str, body: bytes) -> None:
    """Repetitions are no error. Raises UnknownToken or MalformedPayload."""
    attempt = SubmitAttempt.objects.filter(token_hash=hash_callback_token(token)).first()
    if attempt is None:
        raise UnknownToken
    payload = _parse(body)
    Callback.objects.bulk_create(
        [
            Callback(
                attempt=attempt,
                body_hash=hashlib.sha256(body).hexdigest(),
                task_id=payload.task_id,
                status=payload.status,
                error=payload.error,
            )
        ],
        ignore_conflicts=True,
    )
    # Due at once, so that beat comes for it if the kick is lost.
    Generation.objects.filter(
        pk=attempt.generation_id, status=Status.PROCESSING, lease_until=None
    ).update(due_at=timezone.now())
    # Believed lost and about to be sent again: not before LUMIQ was asked about it.
    Generation.objects.filter(pk=attempt.generation_id, status=Status.QUEUED).update(
        due_at=timezone.now() + 2 * settings.LUMIQ_PACE.adoption_again
    )
    kicks.kick_fetch(attempt.generation_id)


def _parse(body: bytes) -> Payload:
    if len(body) > MAX_BODY_BYTES:
        raise MalformedPayload("too large")
    try:
        return Payload.from_json(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise MalformedPayload("not the documented JSON") from error
