"""One try to hand a generation to LUMIQ: claim, point of no return, answer or the lack of one.

Status, attempt and event change in one transaction, guarded by the lease of the worker at it. No
network in here; generations.dispatch does the sending. docs/lumiq.md says why two phases.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from generations import keys, kicks, line
from generations.errors import LostLease, StaleTransition
from generations.lumiq.contract import Submitted
from generations.models import Generation, LumiqKey, SubmitAttempt
from generations.models.attempt import hash_callback_token, new_callback_token
from generations.states import Phase, Reason, Status
from generations.transitions import end, move

# Longer than the client's longest wait for LUMIQ, so that a live worker never loses its row.
SUBMIT_LEASE = timedelta(minutes=5)
# When to ask LUMIQ by ourselves, counted from the answer to the submission: the callback normally
# comes first. The documentation's maximum is 30 minutes.
FIRST_POLL = timedelta(minutes=4)
# LUMIQ's maximum wait and a little more: after this nobody learns any more what became of a send.
UNCONFIRMED_DEADLINE = timedelta(minutes=35)


@dataclass(frozen=True)
class Submission:
    """A claimed row and its new attempt; `callback_token` exists here and at LUMIQ only."""

    generation: Generation
    attempt: SubmitAttempt
    callback_token: str


@transaction.atomic
def start(generation_id: uuid.UUID, key: LumiqKey) -> Submission:
    """Claim a queued, due row for one attempt. Raises StaleTransition where another was faster."""
    lease_token = uuid.uuid4()
    now = timezone.now()
    move(
        generation_id,
        (Status.QUEUED,),
        Status.SUBMITTING,
        guard=Q(due_at__lte=now),
        lease_token=lease_token,
        lease_until=now + SUBMIT_LEASE,
        due_at=now + SUBMIT_LEASE,
    )
    generation = Generation.objects.select_related("photo", "clip").get(pk=generation_id)
    line.charge(generation)
    callback_token = new_callback_token()
    attempt = SubmitAttempt.objects.create(
        generation=generation,
        number=generation.attempts.count() + 1,
        lumiq_key=key,
        lease_token=lease_token,
        token_hash=hash_callback_token(callback_token),
    )
    return Submission(generation, attempt, callback_token)


@transaction.atomic
def commit(attempt: SubmitAttempt) -> None:
    """The point of no return of the two-phase send: after this the request may have been made.

    Locks the generation's row first, as recover does, so that either this worker goes on
    or the row is taken over, never both. Raises LostLease.
    """
    now = timezone.now()
    held = Generation.objects.filter(
        pk=attempt.generation_id, status=Status.SUBMITTING, lease_token=attempt.lease_token
    ).update(lease_until=now + SUBMIT_LEASE, due_at=now + SUBMIT_LEASE)
    if held != 1:
        raise LostLease(str(attempt))
    moved = SubmitAttempt.objects.filter(pk=attempt.pk, phase=Phase.STREAMING).update(
        phase=Phase.COMMITTED, committed_at=now
    )
    if moved != 1:
        raise LostLease(str(attempt))


@transaction.atomic
def mark_submitted(attempt: SubmitAttempt, submitted: Submitted) -> None:
    """LUMIQ took it: the answer to the send has come."""
    _accept(attempt, submitted.task_id, credits_used=submitted.credits_used,
            credits_remaining=submitted.credits_remaining)  # fmt: skip
    keys.record_remaining(attempt.lumiq_key, submitted.credits_remaining)


@transaction.atomic
def adopt(attempt: SubmitAttempt, task_id: str) -> None:
    """LUMIQ took it: learnt from a callback and confirmed with our key."""
    _accept(attempt, task_id, note="adopted from its callback")


@transaction.atomic
def requeue(attempt: SubmitAttempt, *, phase: Phase, note: str, wait: timedelta) -> None:
    """LUMIQ provably did not take it: back into the line, not before `wait` has passed."""
    move(
        attempt.generation_id,
        (Status.SUBMITTING, Status.UNCONFIRMED),
        Status.QUEUED,
        guard=Q(lease_token=attempt.lease_token),
        note=note,
        lease_token=None,
        lease_until=None,
        due_at=timezone.now() + wait,
    )
    _close_attempt(attempt, phase, note)


@transaction.atomic
def mark_unconfirmed(
    attempt: SubmitAttempt, *, note: str, claimed_task_id: str | None = None
) -> None:
    """Sent, and no trustworthy answer: never sent again without proof that it was not billed.

    `claimed_task_id` is what a broken answer seemed to name; LUMIQ is asked about it.
    """
    move(
        attempt.generation_id,
        (Status.SUBMITTING,),
        Status.UNCONFIRMED,
        guard=Q(lease_token=attempt.lease_token),
        note=note,
        lease_until=None,
        due_at=timezone.now() + UNCONFIRMED_DEADLINE,
    )
    _close_attempt(attempt, Phase.UNCLEAR, note)
    if claimed_task_id:
        SubmitAttempt.objects.filter(pk=attempt.pk, phase=Phase.UNCLEAR).update(
            claimed_task_id=claimed_task_id
        )
        kicks.kick_fetch(attempt.generation_id)


@transaction.atomic
def recover(generation_id: uuid.UUID) -> None:
    """Take over from a worker that died while sending (its lease has run out)."""
    now = timezone.now()
    expired = Generation.objects.filter(
        pk=generation_id, status=Status.SUBMITTING, lease_until__lt=now
    )
    if expired.update(lease_until=now) != 1:  # locks the row against commit
        raise StaleTransition(str(generation_id))
    attempt = SubmitAttempt.objects.filter(generation=generation_id).latest("number")
    if attempt.phase == Phase.STREAMING:
        requeue(attempt, phase=Phase.NOT_SENT, note="the worker died before sending",
                wait=timedelta())  # fmt: skip
    else:
        mark_unconfirmed(attempt, note="the worker died after sending")


@transaction.atomic
def refuse(attempt: SubmitAttempt, reason: Reason, *, note: str) -> None:
    """LUMIQ looked at it and declined: not billed, and trying again would not help."""
    end(attempt.generation_id, (Status.SUBMITTING,), Status.FAILED, reason=reason, note=note)
    _close_attempt(attempt, Phase.REFUSED, note)


def _accept(attempt: SubmitAttempt, task_id: str, **fields: Any) -> None:
    # The generation's row is locked first, as everywhere here: two orders would deadlock.
    Generation.objects.select_for_update(no_key=True).get(pk=attempt.generation_id)
    known = SubmitAttempt.objects.get(pk=attempt.pk)
    if known.phase == Phase.ACCEPTED:
        if known.task_id != task_id:
            raise StaleTransition(f"{attempt} is task {known.task_id}, not {task_id}")
        SubmitAttempt.objects.filter(pk=attempt.pk).update(**fields)
        return
    now = timezone.now()
    SubmitAttempt.objects.filter(pk=attempt.pk).update(
        phase=Phase.ACCEPTED, task_id=task_id, answered_at=now, **fields
    )
    if Generation.objects.filter(pk=attempt.generation_id, status=Status.FAILED).exists():
        # Given up before: the fetch job delivers it free if it comes to a video.
        Generation.objects.filter(pk=attempt.generation_id).update(due_at=now)
        return
    called_back = known.callbacks.exists()
    move(
        attempt.generation_id,
        (Status.SUBMITTING, Status.UNCONFIRMED),
        Status.PROCESSING,
        guard=Q(lease_token=attempt.lease_token),
        lease_token=None,
        lease_until=None,
        due_at=now if called_back else now + FIRST_POLL,
    )
    if called_back:
        # It came before the answer, when there was nothing yet to look at.
        kicks.kick_fetch(attempt.generation_id)


def _close_attempt(attempt: SubmitAttempt, phase: Phase, note: str) -> None:
    SubmitAttempt.objects.filter(pk=attempt.pk).exclude(phase=Phase.ACCEPTED).update(
        phase=phase, note=note[:300], answered_at=timezone.now()
    )
