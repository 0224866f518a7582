"""Follows a submitted video to its end: believe LUMIQ only, copy the file, check it, complete.

Runs after a callback (a hint) and when beat finds the row due; any number may run at once.
"""

import hashlib
import logging
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from generations import budget, keys, lifecycle, storing, submissions, videos
from generations.budget import Lane
from generations.errors import BudgetSpent, StaleTransition, UnusableKey, UnusableVideo
from generations.lifecycle import RETRIEVAL_LEASE, StoredVideo
from generations.lumiq import contract
from generations.lumiq import errors as lumiq
from generations.lumiq.client import Download
from generations.models import Generation, SubmitAttempt
from generations.states import Phase, Reason, Status
from generations.storing import StorageAway

logger = logging.getLogger(__name__)

# Between our own questions, after the first one; then the last of them until GIVE_UP.
POLL_DELAYS_SECONDS = (60, 60, 120, 180, 240, 300, 300, 900)
GIVE_UP = timedelta(hours=24)
# Between tries to copy a finished file; then the last of them while LUMIQ keeps it.
COPY_DELAYS_SECONDS = (15, 30, 60, 120, 300, 900, 1800, 3600)
COPY_UNTIL = timedelta(days=29)
# From then on somebody must look: LUMIQ deletes the file on day 30.
OVERDUE_AFTER = timedelta(days=20)
# LUMIQ says "no such task" about a finished one: so often it is asked again before we believe it.
NOT_FOUND_LIMIT = 5
# A whole file that is no video stays none, however often it is fetched.
UNUSABLE_LIMIT = 8
MOST_RETRY_AFTER_SECONDS = 120
# Of thirty seconds of video; against an endless answer.
MOST_VIDEO_BYTES = 2 * 1024**3
# Well within the lease, so that a dripping download ends while the row is still ours.
MOST_DOWNLOAD_SECONDS = 420

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
    except (lumiq.LumiqError, UnusableKey, StorageAway, OSError) as error:
        logger.warning("%s: %s: %s", generation.pk, type(error).__name__, error)
        if isinstance(error, lumiq.LumiqRedirected):
            _tell_operator(generation, "LUMIQ redirects, which is not followed (docs/lumiq.md)")
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
        arrived = Path(folder) / "arrived.mp4"
        with client.open_download(attempt.task_id) as download:
            _check_type(download)
            if generation.status != Status.RETRIEVING:
                lifecycle.start_retrieval(generation.pk, token)
                generation.status = Status.RETRIEVING
            _stream(download, arrived)
        stored = _store(generation, arrived, is_whole=download.content_length is not None)
    lifecycle.complete(generation.pk, token, stored)
    logger.info("%s is ready", generation.pk)


def _check_type(download: Download) -> None:
    """A proxy's page about its troubles is no video, and says nothing about the video."""
    kind = download.content_type.partition(";")[0].strip().lower()
    if not kind.startswith("video/") and kind != "application/octet-stream":
        raise lumiq.LumiqUnavailable(f"a download of type {kind[:60]!r}")


def _stream(download: Download, path: Path) -> None:
    ends_at = time.monotonic() + MOST_DOWNLOAD_SECONDS
    with path.open("wb") as target:
        for chunk in download.iter_chunks():
            target.write(chunk)
            if time.monotonic() > ends_at:
                raise lumiq.LumiqUnavailable("the download takes too long")
            if target.tell() > MOST_VIDEO_BYTES:
                raise UnusableVideo(f"more than {MOST_VIDEO_BYTES} bytes")
        size = target.tell()
    if download.content_length is not None and size != download.content_length:
        raise lumiq.LumiqUnavailable(f"{size} bytes of {download.content_length} arrived")


def _store(generation: Generation, arrived: Path, *, is_whole: bool) -> StoredVideo:
    """Check the file, put its index in front where it isn't, and store it with its poster.

    Raises UnusableVideo only where all of it `is_whole`: what may have been cut off on its way is
    worth another try, however often.
    """
    try:
        facts = videos.inspect(arrived, expected_seconds=generation.duration_seconds)
        path = _with_index_in_front(generation, arrived)
        poster = videos.draw_poster(path)
    except UnusableVideo as error:
        if is_whole:
            raise
        raise lumiq.LumiqUnavailable(f"of a length that was not told: {error}") from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    stem = f"t/{generation.tenant_id}/g/{generation.pk}/{digest[:8]}"
    return StoredVideo(
        video=storing.store(f"{stem}.mp4", path),
        poster=storing.store(f"{stem}.jpg", poster),
        size_bytes=path.stat().st_size,
        sha256=digest,
        width=facts.width,
        height=facts.height,
        duration_ms=facts.duration_ms,
    )


def _with_index_in_front(generation: Generation, arrived: Path) -> Path:
    """As it came, byte for byte, where nothing is to be done or a copy would lose something."""
    if videos.is_faststart(arrived):
        return arrived
    moved = arrived.with_name("faststart.mp4")
    if videos.make_faststart(arrived, moved, expected_seconds=generation.duration_seconds):
        return moved
    logger.warning("%s is kept with its index at the end: a copy would not be equal", generation.pk)
    return arrived


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
    if attempt.started_at < timezone.now() - OVERDUE_AFTER:
        _tell_operator(generation, f"not copied in {OVERDUE_AFTER.days} days")
    done = lifecycle.count_check(generation.pk)
    _put_back(generation, token, COPY_DELAYS_SECONDS[min(done, len(COPY_DELAYS_SECONDS) - 1)])


def _put_back(generation: Generation, token: uuid.UUID, seconds: float) -> None:
    lifecycle.put_back(generation.pk, token, due_at=timezone.now() + timedelta(seconds=seconds))


def _tell_operator(generation: Generation, trouble: str) -> None:
    """Somebody must look: by itself it may not get better. Comes again with every try."""
    logger.error("The video %s cannot be fetched: %s", generation.pk, trouble)
