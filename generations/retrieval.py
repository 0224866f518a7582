"""Follows a submitted video to its end: believe LUMIQ only, copy the file, check it, complete.

Runs after a callback (a hint) and when beat finds the row due; any number may run at once.
"""

import hashlib
import logging
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils import timezone

from generations import budget, keys, lifecycle, submissions, videos
from generations.budget import Lane
from generations.errors import BudgetSpent, StaleTransition, UnusableKey, UnusableVideo
from generations.lifecycle import RETRIEVAL_LEASE, StoredVideo
from generations.lumiq import contract
from generations.lumiq import errors as lumiq
from generations.lumiq.client import Download
from generations.models import Generation, SubmitAttempt
from generations.states import Phase, Reason, Status

logger = logging.getLogger(__name__)

# Between our own questions, after the first one; then the last of them until GIVE_UP.
POLL_DELAYS_SECONDS = (60, 60, 120, 180, 240, 300, 300, 900)
GIVE_UP = timedelta(hours=24)
# Between tries to copy a finished file; then the last of them while LUMIQ keeps it.
COPY_DELAYS_SECONDS = (15, 30, 60, 120, 300, 900, 1800, 3600)
COPY_UNTIL = timedelta(days=29)
# LUMIQ says "no such task" about a finished one: so often it is asked again before we believe it.
NOT_FOUND_LIMIT = 5
# A whole file that is no video stays none, however often it is fetched.
UNUSABLE_LIMIT = 8
MOST_RETRY_AFTER_SECONDS = 120

NEEDS_ADOPTION = (Status.SUBMITTING, Status.UNCONFIRMED, Status.FAILED)
CAN_ADVANCE = (Status.PROCESSING, Status.RETRIEVING, Status.FAILED)


def follow_up(generation_id: uuid.UUID) -> None:
    generation = Generation.objects.filter(pk=generation_id).first()
    if generation and generation.status in NEEDS_ADOPTION:
        _adopt(generation)
        generation.refresh_from_db()
    if generation and generation.status in CAN_ADVANCE:
        _advance(generation)


def _adopt(generation: Generation) -> None:
    """A callback, or a broken answer, names the task of an attempt; LUMIQ must know it as ours."""
    attempts = generation.attempts.filter(phase__in=(Phase.COMMITTED, Phase.UNCLEAR))
    for attempt in attempts.select_related("lumiq_key"):
        callback = attempt.callbacks.last()
        task_id = callback.task_id if callback else attempt.claimed_task_id
        if not task_id:
            continue
        try:
            _ask(attempt, task_id, Lane.CONFIRM)
            submissions.adopt(attempt, task_id)
        except (lumiq.LumiqError, BudgetSpent, UnusableKey, StaleTransition) as error:
            logger.info("%s not adopted yet: %s", attempt, error)


def _advance(generation: Generation) -> None:
    attempt = generation.attempts.filter(phase=Phase.ACCEPTED).select_related("lumiq_key").last()
    if attempt is None:
        return
    try:
        token = lifecycle.claim(generation.pk, (Status(generation.status),), RETRIEVAL_LEASE)
    except StaleTransition:
        return
    try:
        _look(generation, attempt, token)
    except BudgetSpent as error:
        _put_back(generation, token, error.wait_seconds)
    except lumiq.LumiqRateLimited as error:
        seconds = min(error.retry_after_seconds or 60, MOST_RETRY_AFTER_SECONDS)
        _put_back(generation, token, seconds)
    except lumiq.LumiqTaskNotFound:
        _missed(generation, attempt, token, NOT_FOUND_LIMIT, "LUMIQ has no such task")
    except UnusableVideo as error:
        logger.warning("%s: %s", generation.pk, error)
        _missed(generation, attempt, token, UNUSABLE_LIMIT, f"unusable: {error}")
    except (lumiq.LumiqError, UnusableKey, OSError) as error:
        logger.warning("%s: %s: %s", generation.pk, type(error).__name__, error)
        _try_again(generation, attempt, token)
    except StaleTransition:
        logger.warning("%s was taken over by another worker", generation.pk)


def _look(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> None:
    hint = attempt.callbacks.last()
    believed_done = generation.status == Status.RETRIEVING or (
        # The download itself is the confirmation; after a first failure LUMIQ is asked.
        hint is not None and hint.status == contract.COMPLETED and generation.checks == 0
    )
    if not believed_done:
        lane = Lane.CONFIRM if hint else Lane.POLL
        status = _ask(attempt, attempt.task_id, lane)
        if status == contract.PROCESSING:
            _still_processing(generation, attempt, token)
            return
        if status == contract.FAILED:
            _failed(generation, attempt, token)
            return
    _copy(generation, attempt, token)


def _ask(attempt: SubmitAttempt, task_id: str, lane: Lane) -> str:
    budget.spend(attempt.lumiq_key.fingerprint, lane)
    return keys.client_for(attempt.lumiq_key).fetch_status(task_id).status


def _still_processing(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> None:
    if attempt.started_at < timezone.now() - GIVE_UP and generation.status != Status.FAILED:
        _fail(generation, attempt, token, Reason.TIMED_OUT, "not done in 24 hours")
        return
    done = lifecycle.count_check(generation.pk)
    _put_back(generation, token, POLL_DELAYS_SECONDS[min(done, len(POLL_DELAYS_SECONDS) - 1)])


def _failed(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> None:
    if generation.status == Status.FAILED:
        # The user has the credits back already, and a callback said otherwise: seldom again.
        _put_back(generation, token, COPY_DELAYS_SECONDS[-1])
        return
    note = attempt.callbacks.values_list("error", flat=True).last() or "LUMIQ could not make it"
    _fail(generation, attempt, token, Reason.FAILED_UPSTREAM, note)


def _copy(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> None:
    budget.spend(attempt.lumiq_key.fingerprint, Lane.DOWNLOAD)
    client = keys.client_for(attempt.lumiq_key)
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        path = Path(folder) / "video.mp4"
        with client.open_download(attempt.task_id) as download:
            if generation.status != Status.RETRIEVING:
                lifecycle.start_retrieval(generation.pk, token)
                generation.status = Status.RETRIEVING
            digest = _stream(download, path)
        facts = videos.inspect(path, expected_seconds=generation.duration_seconds)
        stem = f"t/{generation.tenant_id}/g/{generation.pk}/{digest[:8]}"
        stored = StoredVideo(
            video=_store(f"{stem}.mp4", path),
            poster=_store(f"{stem}.jpg", videos.draw_poster(path)),
            size_bytes=path.stat().st_size,
            sha256=digest,
            width=facts.width,
            height=facts.height,
            duration_ms=facts.duration_ms,
        )
    lifecycle.complete(generation.pk, token, stored)
    logger.info("%s is ready", generation.pk)


def _stream(download: Download, path: Path) -> str:
    """Write the file and return its SHA-256. Raises UnusableVideo where bytes are missing."""
    digest = hashlib.sha256()
    with path.open("wb") as target:
        for chunk in download.iter_chunks():
            digest.update(chunk)
            target.write(chunk)
        size = target.tell()
    if download.content_length is not None and size != download.content_length:
        raise UnusableVideo(f"{size} bytes of {download.content_length} arrived")
    return digest.hexdigest()


def _store(name: str, content: Path | bytes) -> str:
    """Names carry the content's hash, so a file that is there already is the same file."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if default_storage.exists(name):
        if default_storage.size(name) == size:
            return name
        default_storage.delete(name)  # what a worker left that died while it wrote
    if isinstance(content, bytes):
        return default_storage.save(name, ContentFile(content))
    with content.open("rb") as source:
        return default_storage.save(name, File(source))


def _missed(
    generation: Generation, attempt: SubmitAttempt, token: uuid.UUID, limit: int, note: str
) -> None:
    misses = lifecycle.count_check(generation.pk, "misses")
    if misses + 1 >= limit and generation.status != Status.FAILED:
        _fail(generation, attempt, token, Reason.FILE_LOST, note)
        return
    _try_again(generation, attempt, token)


def _fail(
    generation: Generation, attempt: SubmitAttempt, token: uuid.UUID, reason: Reason, note: str
) -> None:
    lifecycle.fail(generation.pk, reason, billed_attempt=attempt, note=note, token=token)


def _try_again(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> None:
    if attempt.started_at < timezone.now() - COPY_UNTIL and generation.status != Status.FAILED:
        _fail(generation, attempt, token, Reason.FILE_LOST, "not copied in 29 days")
        return
    done = lifecycle.count_check(generation.pk)
    _put_back(generation, token, COPY_DELAYS_SECONDS[min(done, len(COPY_DELAYS_SECONDS) - 1)])


def _put_back(generation: Generation, token: uuid.UUID, seconds: float) -> None:
    lifecycle.put_back(generation.pk, token, due_at=timezone.now() + timedelta(seconds=seconds))
