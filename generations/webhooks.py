"""Takes in LUMIQ's callbacks: store, deduplicate, wake a fetch. They are hints, nothing more."""

import hashlib
import json
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Case, DateTimeField, Q, Value, When
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
    callback = Callback(
        attempt=attempt,
        body_hash=hashlib.sha256(body).hexdigest(),
        task_id=payload.task_id,
        status=payload.status,
        error=payload.error,
    )
    with transaction.atomic():
        Callback.objects.bulk_create([callback], ignore_conflicts=True)
        _make_due(attempt.generation_id)
        kicks.kick_fetch(attempt.generation_id)


def _make_due(generation_id: uuid.UUID) -> None:
    """At once, so that beat comes for it if the kick is lost. What is believed lost and about to be
    sent again: not before LUMIQ was asked about it."""
    now = timezone.now()
    is_queued = Q(status=Status.QUEUED)
    later = Value(now + 2 * settings.LUMIQ_PACE.adoption_again, DateTimeField())
    Generation.objects.filter(
        is_queued | Q(status=Status.PROCESSING, lease_until=None), pk=generation_id
    ).update(due_at=Case(When(is_queued, then=later), default=Value(now, DateTimeField())))


def _parse(body: bytes) -> Payload:
    if len(body) > MAX_BODY_BYTES:
        raise MalformedPayload("too large")
    try:
        return Payload.from_json(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise MalformedPayload("not the documented JSON") from error
