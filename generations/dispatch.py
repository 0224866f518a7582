"""Sends queued videos to LUMIQ: choose, spend budget, claim, send in two phases, record.

LUMIQ is not idempotent, so a send is repeated only where it provably was not processed; anything
unclear becomes `unconfirmed` (docs/states.md, reliability of sends in docs/lumiq.md).
"""

import logging
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.urls import reverse

from generations import budget, keys, line, submissions, uploads
from generations.budget import Lane
from generations.errors import BudgetSpent, LostLease, StaleTransition, UnusableKey
from generations.lumiq import errors as lumiq
from generations.lumiq.contract import Submitted
from generations.models import Generation
from generations.states import Phase, Reason
from generations.submissions import Submission

logger = logging.getLogger(__name__)

# So often a file that the storage does not give is tried again.
SOURCE_TRIES = 5
REFUSED_WAIT = timedelta(minutes=1)
# LUMIQ's window is a minute: a longer wish is somebody's mistake.
MOST_RETRY_AFTER_SECONDS = 120


def submit_next() -> bool:
    """Submit the generation whose turn it is. False where there is nothing to do or no budget."""
    key = keys.choose_key()
    chosen = line.choose_next()
    if key is None or chosen is None:
        return False
    try:
        budget.spend(key.fingerprint, Lane.SUBMIT)
        submission = submissions.start(chosen.generation_id, key)
    except (BudgetSpent, StaleTransition) as error:
        logger.info("%s stays in line: %s", chosen.generation_id, error)
        return False
    try:
        _send_and_record(submission)
    except UnusableKey as error:
        logger.error("%s", error)
        keys.record_refusal(key)
        submissions.requeue(
            submission.attempt, phase=Phase.NOT_SENT, note="key unusable", wait=REFUSED_WAIT
        )
    except (LostLease, StaleTransition):
        logger.warning("%s was taken over by another worker", submission.attempt)
    return True


def callback_url(token: str) -> str:
    return settings.PORTAL_CALLBACK_BASE_URL + reverse("lumiq-callback", args=[token])


def _send_and_record(submission: Submission) -> None:
    attempt = submission.attempt
    requeue = partial(submissions.requeue, attempt)
    try:
        submitted = _send(submission)
    except lumiq.LumiqSourceBroken as error:
        logger.error("%s: our own file cannot be sent: %s", attempt, error)
        if attempt.number < SOURCE_TRIES:
            requeue(phase=Phase.NOT_SENT, note=str(error), wait=REFUSED_WAIT)
        else:
            submissions.refuse(attempt, Reason.PHOTO_UNUSABLE, note=str(error))
    except lumiq.LumiqNotSent as error:
        wait = timedelta(seconds=min(300, 5 * 2 ** min(attempt.number, 6)))
        requeue(phase=Phase.NOT_SENT, note=str(error), wait=wait)
    except lumiq.LumiqRateLimited as error:
        wait = timedelta(seconds=min(error.retry_after_seconds or 60, MOST_RETRY_AFTER_SECONDS))
        requeue(phase=Phase.REFUSED, note="rate limit of LUMIQ", wait=wait)
    except lumiq.LumiqKeyRefused:
        logger.error("LUMIQ refuses the key %s: no new videos with it", attempt.lumiq_key)
        keys.record_refusal(attempt.lumiq_key)
        requeue(phase=Phase.REFUSED, note="key refused", wait=REFUSED_WAIT)
    except lumiq.LumiqOutOfCredits:
        logger.error("The LUMIQ key %s has no credits left", attempt.lumiq_key)
        keys.record_dry(attempt.lumiq_key)
        requeue(phase=Phase.REFUSED, note="LUMIQ key out of credits", wait=REFUSED_WAIT)
    except lumiq.LumiqRejected as error:
        logger.error("%s was rejected by LUMIQ: %s", attempt, error)
        submissions.refuse(attempt, Reason.REFUSED_UPSTREAM, note=str(error))
    except lumiq.LumiqUnclear as error:
        logger.warning("%s: unclear whether LUMIQ took it (%s)", attempt, error)
        submissions.mark_unconfirmed(attempt, note=str(error), claimed_task_id=error.task_id)
    else:
        # Logged first: should the database be away now, this line knows the task.
        logger.info("%s is task %s", attempt, submitted.task_id)
        submissions.mark_submitted(attempt, submitted)


def _send(submission: Submission) -> Submitted:
    generation, attempt = submission.generation, submission.attempt
    client = keys.client_for(attempt.lumiq_key)
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
