"""Sends queued videos to LUMIQ: choose, take a place in the budget, claim, send, record.

LUMIQ is not idempotent, so a send is repeated only where it provably was not processed; anything
unclear becomes `unconfirmed` (docs/states.md, docs/lumiq.md).
"""

import logging
import uuid
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse

from generations import breakers, budget, keys, line, reconciliation, spool, submissions, uploads
from generations.budget import Lane, Place
from generations.errors import BudgetSpent, LostLease, StaleTransition, UnusableKey
from generations.line import Waiting
from generations.lumiq import errors as lumiq
from generations.lumiq.contract import Submitted
from generations.models import Generation, LumiqKey, SubmitAttempt
from generations.pace import Pace
from generations.preparation import UnusableFile, prepare_files
from generations.states import Phase, Reason
from generations.submissions import Submission

logger = logging.getLogger(__name__)

# So often a file that the storage does not give is tried again.
SOURCE_TRIES = 5
# Workers that choose at the same moment choose the same video; one gets it, the others try again.
CLAIMS = 20
AT_ONCE = timedelta()


def submit(generation_id: uuid.UUID) -> bool:
    """For a worker that this order woke. A test order is sent itself; else the id says nothing:
    whose turn it is, fairness decides."""
    if Generation.objects.filter(pk=generation_id, is_test=True).exists():
        return submit_test(generation_id)
    return submit_next()


def submit_next() -> bool:
    """Submit the generation whose turn it is. False where there is nothing to do or no budget."""
    spool.drain()
    for _ in range(CLAIMS):
        taken = _take_turn()
        if taken is None:
            return False
        chosen, key, place = taken
        if _submit(chosen.generation_id, key, place):
            return True
    return False


def submit_test(generation_id: uuid.UUID) -> bool:
    """Send this test order to its sandbox: it waits in no line. False where that cannot be now."""
    key = keys.ensure_test_key()
    if key is None:
        return False
    try:
        place = budget.take(key, Lane.SUBMIT)
    except BudgetSpent:
        return False
    return _submit(generation_id, key, place)


def callback_url(token: str) -> str:
    return settings.PORTAL_CALLBACK_BASE_URL + reverse("lumiq-callback", args=[token])


def _take_turn() -> tuple[Waiting, LumiqKey, Place] | None:
    """Whose turn it is, a key that can pay for it, and a place in that key's budget."""
    for key in keys.takers():
        assert key.account is not None
        chosen = line.choose_next(most_credits=keys.payable(key.account))
        if chosen is None:
            continue
        try:
            place = budget.take(key, Lane.SUBMIT)
        except BudgetSpent:
            continue
        if keys.try_out(key):
            return chosen, key, place
        place.unused()
    return None


def _submit(generation_id: uuid.UUID, key: LumiqKey, place: Place) -> bool:
    """False where it is not, or no longer, to be sent, or not with this key."""
    try:
        submission = submissions.start(generation_id, key)
    except StaleTransition:
        place.unused()
        return False
    try:
        _send_and_record(submission)
    except (LostLease, StaleTransition):
        logger.warning("%s was taken over by another worker", submission.attempt)
    finally:
        place.answered()
    return True


def _send_and_record(submission: Submission) -> None:
    attempt = submission.attempt
    key = attempt.lumiq_key
    requeue = partial(submissions.requeue, attempt)
    try:
        submitted = _send(submission)
    except UnusableKey as error:
        breakers.record_refusal(key, str(error))
        requeue(phase=Phase.NOT_SENT, note="key unusable", wait=AT_ONCE)
    except (UnusableFile, lumiq.LumiqSourceBroken) as error:
        _source_broken(attempt, error)
    except lumiq.LumiqNotSent as error:
        requeue(phase=Phase.NOT_SENT, note=str(error), wait=_growing_wait(attempt))
    except lumiq.LumiqRateLimited as error:
        breakers.record_rate_limit(key, error.retry_after_seconds)
        requeue(phase=Phase.REFUSED, note="rate limit of LUMIQ", wait=AT_ONCE)
    except lumiq.LumiqKeyRefused as error:
        breakers.record_refusal(key, str(error))
        requeue(phase=Phase.REFUSED, note="key refused", wait=AT_ONCE)
    except lumiq.LumiqOutOfCredits:
        breakers.record_dry(key, submission.generation.credits)
        requeue(phase=Phase.REFUSED, note="LUMIQ key out of credits", wait=AT_ONCE)
    except lumiq.LumiqRejected as error:
        logger.error("%s was rejected by LUMIQ: %s", attempt, error)
        submissions.refuse(attempt, Reason.REFUSED_UPSTREAM, note=str(error))
    except lumiq.LumiqUnclear as error:
        logger.warning("%s: unclear whether LUMIQ took it (%s)", attempt, error)
        submissions.mark_unconfirmed(attempt, note=str(error), claimed_task_id=error.task_id)
        breakers.record_unclear(key)
    else:
        _record(attempt, submitted)


def _record(attempt: SubmitAttempt, submitted: Submitted) -> None:
    """The one answer that may not be lost: LUMIQ has charged for it."""
    try:
        submissions.mark_submitted(attempt, submitted)
    except DatabaseError:
        spool.keep(attempt, submitted)
        raise
    logger.info("%s is task %s", attempt, submitted.task_id)
    keys.record_remaining(attempt.lumiq_key, submitted.credits_remaining)
    breakers.record_clear(attempt.lumiq_key)
    reconciliation.look_at_answer(attempt)


def _growing_wait(attempt: SubmitAttempt) -> timedelta:
    pace: Pace = settings.LUMIQ_PACE
    wait: timedelta = pace.again_after * 2 ** min(attempt.number, 10)
    return min(pace.again_longest, wait)


def _source_broken(attempt: SubmitAttempt, error: UnusableFile | lumiq.LumiqSourceBroken) -> None:
    logger.error("%s: our own file cannot be sent: %s", attempt, error)
    if isinstance(error, UnusableFile):
        submissions.refuse(attempt, error.reason, note=error.note)
    elif attempt.number < SOURCE_TRIES:
        wait = settings.LUMIQ_PACE.source_again
        submissions.requeue(attempt, phase=Phase.NOT_SENT, note=str(error), wait=wait)
    else:
        is_clip = error.field == "video"
        reason = Reason.CLIP_UNUSABLE if is_clip else Reason.PHOTO_UNUSABLE
        submissions.refuse(attempt, reason, note=str(error))


def _send(submission: Submission) -> Submitted:
    generation, attempt = submission.generation, submission.attempt
    client = keys.client_for(attempt.lumiq_key, scenario=generation.test_scenario)
    prepare_files(generation)
    photo = uploads.as_file_part(generation.photo)
    before_last = partial(submissions.commit, attempt)
    url = callback_url(submission.callback_token)
    if generation.product == Generation.Product.FOOTBALL:
        return client.submit_football(
            photo=photo,
            team_left=generation.team_left,
            team_right=generation.team_right,
            webhook_url=url,
            before_last=before_last,
        )
    assert generation.clip is not None
    return client.submit_avatar(
        clip=uploads.as_file_part(generation.clip),
        photo=photo,
        duration_seconds=generation.duration_seconds,
        ratio=generation.ratio,
        voice_id=generation.voice_id or None,
        webhook_url=url,
        before_last=before_last,
    )
