"""Follows a submitted video to its end: believe LUMIQ only, copy the file, check it, complete.

Runs after a callback (a hint) and when beat finds the row due; any number may run at once.
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from generations import (
    alerts,
    breakers,
    budget,
    copying,
    keys,
    lifecycle,
    submissions,
)
from generations.budget import Lane, Place
from generations.errors import BudgetSpent, StaleTransition, UnusableKey, UnusableVideo
from generations.lumiq import contract
from generations.lumiq import errors as lumiq
from generations.lumiq.client import LumiqClient
from generations.models import AlertKind, Generation, SubmitAttempt
from generations.pace import Pace, nth
from generations.states import Phase, Reason, Status
from generations.storing import StorageAway

logger = logging.getLogger(__name__)

# LUMIQ says "no such task" about a finished one: so often it is asked again before we believe it.
NOT_FOUND_LIMIT = 8
# A whole file that is no video stays none, however often it is fetched.
UNUSABLE_LIMIT = 8

CAN_ADVANCE = (Status.PROCESSING, Status.RETRIEVING, Status.FAILED)


def follow_up(generation_id: uuid.UUID) -> None:
    generation = Generation.objects.filter(pk=generation_id).first()
    if generation is None:
        return
    _adopt(generation)
    generation.refresh_from_db()
    if generation.status in CAN_ADVANCE:
        _advance(generation)


def _adopt(generation: Generation) -> None:
    """A callback, or a broken answer, names the task of an attempt; LUMIQ must know it as ours.

    In whatever state the video is: a send that was believed lost may turn out to have been charged.
    """
    attempts = generation.attempts.filter(phase__in=submissions.ADOPTABLE)
    for attempt in attempts.select_related("lumiq_key"):
        named = [*attempt.callbacks.values_list("task_id", flat=True), attempt.claimed_task_id]
        for task_id in sorted({*named} - {""}):
            if _adopt_task(attempt, task_id):
                break


def _adopt_task(attempt: SubmitAttempt, task_id: str) -> bool:
    try:
        _ask(attempt, task_id, Lane.CONFIRM)
        submissions.adopt(attempt, task_id)
    except (lumiq.LumiqError, BudgetSpent, UnusableKey, StaleTransition) as error:
        logger.info("%s not adopted yet: %s", attempt, error)
        return False
    except IntegrityError:
        logger.error("%s: task %s belongs to another attempt", attempt, task_id)
        return False
    return True


def _advance(generation: Generation) -> None:
    attempt = generation.attempts.filter(phase=Phase.ACCEPTED).select_related("lumiq_key").last()
    if attempt is None:
        return
    try:
        token = lifecycle.claim(generation.pk, Status(generation.status))
    except StaleTransition:
        return
    try:
        _look(generation, attempt, token)
    except BudgetSpent as error:
        # Also while LUMIQ refuses the key, which may be for ever.
        if not _is_over(generation, attempt, token):
            _put_back(generation, token, timedelta(seconds=error.wait_seconds))
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
    # A download that succeeds is the confirmation; after a first failure LUMIQ is asked.
    may_be_copied = generation.status == Status.RETRIEVING or generation.checks == 0
    if not (may_be_copied and _is_finished(generation, attempt)):
        lane = Lane.CONFIRM if attempt.callbacks.exists() else Lane.POLL
        status = _ask(attempt, attempt.task_id, lane)
        if status == contract.PROCESSING:
            _still_processing(generation, attempt, token)
            return
        if status == contract.FAILED:
            _failed(generation, attempt, token)
            return
    _copy(generation, attempt, token)


def _ask(attempt: SubmitAttempt, task_id: str, lane: Lane) -> str:
    with _asking(attempt, lane) as (client, _):
        return client.fetch_status(task_id).status


@contextmanager
def _asking(attempt: SubmitAttempt, lane: Lane) -> Iterator[tuple[LumiqClient, Place]]:
    """One request. Raises BudgetSpent where it must wait, also while LUMIQ refuses the key."""
    key = keys.key_of_task(attempt)
    if breakers.is_refused(key):
        assert key.probe_at is not None
        raise BudgetSpent((key.probe_at - timezone.now()).total_seconds())
    try:
        client = keys.client_for(key)
        with budget.request(key, lane) as place:
            yield client, place
    except lumiq.LumiqRateLimited as error:
        raise BudgetSpent(breakers.record_rate_limit(key, error.retry_after_seconds)) from error
    except (lumiq.LumiqKeyRefused, UnusableKey) as error:
        breakers.record_refusal(key, str(error))
        raise


def _still_processing(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> None:
    if attempt.started_at < timezone.now() - _pace().give_up and generation.status != Status.FAILED:
        _fail(generation, attempt, token, Reason.TIMED_OUT, "not done in 24 hours")
        return
    done = lifecycle.count_check(generation.pk)
    _put_back(generation, token, nth(_pace().poll_delays, done))


def _failed(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> None:
    if generation.status == Status.FAILED:
        # The user has the credits back already, and a callback said otherwise: seldom again.
        _put_back(generation, token, _pace().copy_delays[-1])
        return
    note = attempt.callbacks.values_list("error", flat=True).last() or "LUMIQ could not make it"
    _fail(generation, attempt, token, Reason.FAILED_UPSTREAM, note)


def _copy(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> None:
    with (
        _asking(attempt, Lane.DOWNLOAD) as (client, place),
        client.open_download(attempt.task_id) as download,
    ):
        place.answered()  # it is counted by now, however long the file takes
        copying.check_type(download)
        if generation.status != Status.RETRIEVING:
            lifecycle.start_retrieval(generation.pk, token)
            generation.status = Status.RETRIEVING
        stored = copying.receive(download, generation)
    lifecycle.complete(generation.pk, token, stored)
    alerts.close(AlertKind.FILE_LATE, str(generation.pk))
    logger.info("%s is ready", generation.pk)


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
    if _is_over(generation, attempt, token):
        return
    pace = _pace()
    if attempt.started_at < timezone.now() - pace.copy_is_late:
        _tell_operator(generation, f"it is not copied after {pace.copy_is_late.days} days")
    done = lifecycle.count_check(generation.pk)
    _put_back(generation, token, nth(pace.copy_delays, done))


def _is_over(generation: Generation, attempt: SubmitAttempt, token: uuid.UUID) -> bool:
    """Ends what has been tried for as long as it makes sense."""
    if generation.status == Status.FAILED:
        return False
    age = timezone.now() - attempt.started_at
    pace = _pace()
    if age > pace.copy_until:
        note = f"not copied in {pace.copy_until.days} days"
        _fail(generation, attempt, token, Reason.FILE_LOST, note)
        return True
    if age > pace.give_up and not _is_finished(generation, attempt):
        _fail(generation, attempt, token, Reason.TIMED_OUT, "LUMIQ could not be asked")
        return True
    return False


def _is_finished(generation: Generation, attempt: SubmitAttempt) -> bool:
    """By all that was heard: a file is there that is worth many tries."""
    hint = attempt.callbacks.last()
    return generation.status == Status.RETRIEVING or (
        hint is not None and hint.status == contract.COMPLETED
    )


def _put_back(generation: Generation, token: uuid.UUID, wait: timedelta) -> None:
    lifecycle.put_back(generation.pk, token, due_at=timezone.now() + wait)


def _pace() -> Pace:
    pace: Pace = settings.LUMIQ_PACE
    return pace


def _tell_operator(generation: Generation, trouble: str) -> None:
    """Somebody must look: by itself it may not get better."""
    if generation.is_test:
        return
    alerts.open(
        AlertKind.FILE_LATE,
        str(generation.pk),
        title="A finished video cannot be fetched from LUMIQ",
        text=f"The video {generation.pk} is finished at LUMIQ: {trouble}.",
    )
