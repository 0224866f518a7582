"""One try to hand a generation to LUMIQ: claim, point of no return, answer or the lack of one.

Status, attempt and event change in one transaction, guarded by the lease of the worker at it. No
network in here; generations.dispatch does the sending. docs/lumiq.md says why two phases.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts import ledger
from generations import alerts, kicks, line
from generations.errors import LostLease, StaleTransition
from generations.lumiq.contract import Submitted
from generations.models import AlertKind, Generation, LumiqAccount, LumiqKey, SubmitAttempt
from generations.models.attempt import hash_callback_token, new_callback_token
from generations.states import Phase, Reason, Status
from generations.transitions import end, move, record

# So many sends of one video may stay without an answer, even if none of them was charged: it may be
# the video that LUMIQ chokes on.
MOST_UNCLEAR = 3
# Believed not to have reached LUMIQ, or not known: what a callback can still prove wrong.
ADOPTABLE = (Phase.COMMITTED, Phase.UNCLEAR, Phase.NOT_SENT)


@dataclass(frozen=True)
class Submission:
    """A claimed row and its new attempt; `callback_token` exists here and at LUMIQ only."""

    generation: Generation
    attempt: SubmitAttempt
    callback_token: str


@transaction.atomic
def start(generation_id: uuid.UUID, key: LumiqKey) -> Submission:
    """Claim a queued, due row for one attempt. Raises StaleTransition where another was faster.

    The one place where an order meets a key: a paid one only a master key, a test order only the
    sandbox's for tests.
    """
    lease_token = uuid.uuid4()
    now = timezone.now()
    move(
        generation_id,
        (Status.QUEUED,),
        Status.SUBMITTING,
        guard=Q(due_at__lte=now, is_test=key.is_test),
        lease_token=lease_token,
        lease_until=now + settings.LUMIQ_PACE.submit_lease,
        due_at=now + settings.LUMIQ_PACE.submit_lease,
    )
    generation = Generation.objects.select_related("photo", "clip").get(pk=generation_id)
    if not generation.is_test:
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
    until = now + settings.LUMIQ_PACE.submit_lease
    held = Generation.objects.filter(
        pk=attempt.generation_id, status=Status.SUBMITTING, lease_token=attempt.lease_token
    ).update(lease_until=until, due_at=until)
    if held != 1:
        raise LostLease(str(attempt))
    moved = SubmitAttempt.objects.filter(pk=attempt.pk, phase=Phase.STREAMING).update(
        phase=Phase.COMMITTED, committed_at=now
    )
    if moved != 1:
        raise LostLease(str(attempt))


@transaction.atomic
def mark_submitted(attempt: SubmitAttempt, submitted: Submitted) -> None:
    """LUMIQ took it: the answer to the send has come. Repeating it changes nothing."""
    _accept(attempt, submitted.task_id, credits_used=submitted.credits_used,
            credits_remaining=submitted.credits_remaining)  # fmt: skip


@transaction.atomic
def adopt(attempt: SubmitAttempt, task_id: str) -> None:
    """LUMIQ took it: learnt from a callback, or a broken answer, and confirmed with our key."""
    _accept(attempt, task_id, note="adopted from its callback")


@transaction.atomic
def requeue(attempt: SubmitAttempt, *, phase: Phase, note: str, wait: timedelta) -> None:
    """LUMIQ provably did not take it: back into the line, not before `wait` has passed."""
    _back_into_line(attempt, note=note, wait=wait)
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
        due_at=timezone.now() + settings.LUMIQ_PACE.unconfirmed_deadline,
    )
    _close_attempt(attempt, Phase.UNCLEAR, note)
    if claimed_task_id:
        SubmitAttempt.objects.filter(pk=attempt.pk, phase=Phase.UNCLEAR).update(
            claimed_task_id=claimed_task_id
        )
        kicks.kick_fetch(attempt.generation_id)


@transaction.atomic
def mark_not_charged(attempt: SubmitAttempt) -> None:
    """LUMIQ's own figures prove that an unclear send came to nothing: it may be made again.

    One whose user has the credits back already is only closed. Raises StaleTransition where its
    callback was faster.
    """
    generation = Generation.objects.select_for_update(no_key=True).get(pk=attempt.generation_id)
    note = "not charged, by LUMIQ's own figures"
    closed = SubmitAttempt.objects.filter(pk=attempt.pk, phase=Phase.UNCLEAR).update(
        phase=Phase.NOT_SENT, note=note, settled_at=timezone.now()
    )
    if closed != 1:
        raise StaleTransition(str(attempt))
    if generation.status != Status.UNCONFIRMED:
        return
    unclear_sends = generation.attempts.filter(phase=Phase.NOT_SENT).exclude(committed_at=None)
    if unclear_sends.count() < MOST_UNCLEAR:
        _back_into_line(attempt, note=note, wait=settings.LUMIQ_PACE.again_after)
    else:
        note = f"LUMIQ left {MOST_UNCLEAR} sends without an answer"
        end(generation.pk, (Status.UNCONFIRMED,), Status.FAILED,
            reason=Reason.FAILED_UPSTREAM, note=note)  # fmt: skip


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
    """LUMIQ looked at it and declined: not charged, and trying again would not help."""
    end(
        attempt.generation_id,
        (Status.SUBMITTING,),
        Status.FAILED,
        guard=Q(lease_token=attempt.lease_token),
        reason=reason,
        note=note,
    )
    _close_attempt(attempt, Phase.REFUSED, note)


def _accept(attempt: SubmitAttempt, task_id: str, **fields: Any) -> None:
    # The generation's row is locked first, as everywhere here: two orders would deadlock.
    generation = Generation.objects.select_for_update(no_key=True).get(pk=attempt.generation_id)
    if generation.status == Status.FAILED:
        # Then the account, before the attempt: its books may just be closed over it.
        LumiqAccount.objects.select_for_update(no_key=True).filter(
            keys=attempt.lumiq_key_id
        ).first()
    known = SubmitAttempt.objects.get(pk=attempt.pk)
    if known.phase == Phase.ACCEPTED:
        if known.task_id != task_id:
            raise StaleTransition(f"{attempt} is task {known.task_id}, not {task_id}")
        SubmitAttempt.objects.filter(pk=attempt.pk).update(**fields)
    else:
        SubmitAttempt.objects.filter(pk=attempt.pk).update(
            phase=Phase.ACCEPTED, task_id=task_id, answered_at=timezone.now(), **fields
        )
        _go_on(generation, known, task_id)
    _book_price_difference(generation, known, fields.get("credits_used"))


def _go_on(generation: Generation, attempt: SubmitAttempt, task_id: str) -> None:
    """The generation follows its attempt, unless another one is ahead."""
    if generation.status == Status.FAILED:
        # Given up before: the fetch job delivers it free if it comes to a video.
        if attempt.phase == Phase.UNCLEAR and attempt.settled_at:
            _explain_loss(generation, attempt)
        else:
            _book_loss(generation, attempt, "charged after it was given up")
        Generation.objects.filter(pk=generation.pk).update(due_at=timezone.now())
        return
    if not _is_ahead(generation, attempt):
        note = f"sent twice: attempt {attempt.number} is task {task_id}"
        _book_loss(generation, attempt, note)
        record(generation.pk, generation.status, generation.status, note)
        return
    called_back = attempt.callbacks.exists()
    now = timezone.now()
    move(
        generation.pk,
        (Status.SUBMITTING, Status.UNCONFIRMED, Status.QUEUED),
        Status.PROCESSING,
        lease_token=None,
        lease_until=None,
        due_at=now if called_back else now + settings.LUMIQ_PACE.first_poll,
    )
    if called_back:
        # It came before the answer, when there was nothing yet to look at.
        kicks.kick_fetch(generation.pk)


def _is_ahead(generation: Generation, attempt: SubmitAttempt) -> bool:
    """Whether no other attempt may have reached LUMIQ. One that is streaming now has not yet, and
    will find the row taken."""
    if generation.status not in (Status.SUBMITTING, Status.UNCONFIRMED, Status.QUEUED):
        return False
    later = generation.attempts.filter(number__gt=attempt.number)
    return not later.filter(phase__in=(Phase.COMMITTED, Phase.UNCLEAR, Phase.ACCEPTED)).exists()


def _book_loss(generation: Generation, attempt: SubmitAttempt, note: str) -> None:
    if generation.is_test:
        return  # simulated credits are nobody's loss
    ledger.book_loss(
        generation.credits,
        reference=f"loss:{attempt.pk}",
        generation_id=generation.pk,
        note=note,
    )


def _explain_loss(generation: Generation, attempt: SubmitAttempt) -> None:
    """The books were closed over it: its price is in suspense, as spent on no known order."""
    LumiqAccount.objects.filter(keys=attempt.lumiq_key_id).update(
        booked_credits=F("booked_credits") - generation.credits
    )


def _book_price_difference(
    generation: Generation, attempt: SubmitAttempt, credits_used: int | None
) -> None:
    """LUMIQ charged another price than its list says: the platform's, not the user's matter."""
    about = f"{generation.product}, {generation.duration_seconds} s"
    if credits_used is None or generation.is_test:
        return
    if credits_used == generation.credits:
        alerts.close(AlertKind.PRICE, about)
        return
    ledger.book_loss(
        credits_used - generation.credits,
        reference=f"price:{attempt.pk}",
        generation_id=generation.pk,
        note=f"LUMIQ charged {credits_used} instead of {generation.credits}",
    )
    alerts.open(
        AlertKind.PRICE,
        about,
        title="LUMIQ charges another price than the portal expects",
        text=f"A {generation.product} video of {generation.duration_seconds} s cost {credits_used} "
        f"credits; the portal sells it for {generation.credits}.",
    )


def _back_into_line(attempt: SubmitAttempt, *, note: str, wait: timedelta) -> None:
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


def _close_attempt(attempt: SubmitAttempt, phase: Phase, note: str) -> None:
    SubmitAttempt.objects.filter(pk=attempt.pk).exclude(phase=Phase.ACCEPTED).update(
        phase=phase, note=note[:300], answered_at=timezone.now()
    )
