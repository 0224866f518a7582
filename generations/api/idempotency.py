"""Idempotency-Key: a call that is repeated with the same key has one effect and one answer.

Answers of success are kept for 24 hours. Errors have changed nothing and are not kept.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from generations.api.auth import calling_key
from generations.api.errors import IN_PROGRESS, INVALID_REQUEST, KEY_REUSED, ApiError
from generations.api.parameters import LONGEST_KEY
from generations.models import IdempotentRequest

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
# Longer than any call takes: after that its process is believed dead.
LOCKED_FOR = timedelta(minutes=2)


def once(
    request: HttpRequest, about: Iterable[Any], act: Callable[[uuid.UUID | None], dict[str, Any]]
) -> dict[str, Any]:
    """What `act` answers, or what it answered before. `about` is all that the caller sent.

    `act` gets an id that is the same in each repetition, with which a second order is the first
    one; None without the header.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act(None)
    if not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise ApiError(INVALID_REQUEST, f"{HEADER} must have 1 to {LONGEST_KEY} characters.")
    row = _claim(request, key, _fingerprint(request, about))
    if row.response is not None:
        request.extra_headers[REPLAYED_HEADER] = "true"  # type: ignore[attr-defined]  # set by api.py
        answer: dict[str, Any] = row.response
        return answer
    mine = IdempotentRequest.objects.filter(pk=row.pk)
    try:
        answer = act(row.nonce)
    except ApiError:
        mine.delete()
        raise
    except BaseException:
        mine.update(locked_until=timezone.now())
        raise
    mine.update(response=answer)
    return answer


def _claim(request: HttpRequest, key: str, fingerprint: str) -> IdempotentRequest:
    api_key = calling_key(request)
    now = timezone.now()
    rows = IdempotentRequest.objects.filter(api_key=api_key, key=key)
    rows.outdated().delete()
    fields = {"fingerprint": fingerprint, "locked_until": now + LOCKED_FOR}
    try:
        with transaction.atomic():
            return rows.create(api_key=api_key, key=key, **fields)
    except IntegrityError:
        pass
    row = rows.first()
    if row is None:  # the first call has just ended with an error
        raise _in_progress()
    if row.fingerprint != fingerprint:
        raise ApiError(
            KEY_REUSED,
            f"This {HEADER} came with another request. Use a new one. Nothing was charged.",
        )
    if row.response is None and not rows.filter(locked_until__lte=now).update(
        locked_until=now + LOCKED_FOR
    ):
        raise _in_progress()
    return row


def _in_progress() -> ApiError:
    detail = f"A request with this {HEADER} is at work. Try again in a second."
    return ApiError(IN_PROGRESS, detail, headers={"Retry-After": "1"})


def _fingerprint(request: HttpRequest, about: Iterable[Any]) -> str:
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    for part in about:
        if isinstance(part, UploadedFile):
            for chunk in part.chunks():
                digest.update(chunk)
            part.seek(0)
        else:
            digest.update(json.dumps(part, sort_keys=True).encode())
        digest.update(b"\n")
    return digest.hexdigest()
