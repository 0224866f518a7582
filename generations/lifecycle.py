"""Every change of a generation's status: status, ledger posting and event in one transaction.

Each function is a guarded update: it raises StaleTransition, and changes nothing, where the row is
no longer in the state it starts from. No network, no Redis, no storage in here.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import ledger
from accounts.models import CreditHold, User
from generations import keys, kicks
from generations.errors import LostLease, StaleTransition, SupplyExhausted
from generations.lumiq.contract import Submitted
from generations.models import Generation, GenerationEvent, LumiqKey, ShareLink, SubmitAttempt
from generations.models.attempt import hash_callback_token, new_callback_token
from generations.states import Phase, Reason, Status, is_allowed

# Longer than the client's longest wait for LUMIQ, so that a live worker never loses its row.
SUBMIT_LEASE = timedelta(minutes=5)
RETRIEVAL_LEASE = timedelta(minutes=10)
# When to ask LUMIQ by ourselves, counted from the answer to the submission: the callback normally
# comes first. The documentation's maximum is 30 minutes.
FIRST_POLL = timedelta(minutes=4)
# LUMIQ's maximum wait and a little more: after this nobody learns any more what became of a send.
UNCONFIRMED_DEADLINE = timedelta(minutes=35)


@dataclass(frozen=True)
class Order:
    """What a user wants made. `nonce` makes a repeated order the same order."""

    nonce: uuid.UUID
    product: Generation.Product
    photo_id: uuid.UUID
    credits: int
    duration_seconds: int
    ratio: str
    team_left: str = ""
    team_right: str = ""
    clip_id: uuid.UUID | None = None
    voice_id: str = ""


@dataclass(frozen=True)
class Submission:
    """A claimed row and its new attempt; `callback_token` exists here and at LUMIQ only."""

    generation: Generation
    attempt: SubmitAttempt
    callback_token: str


def queue(user: User, order: Order) -> Generation:
    """Take an order: row, hold and event at once, or nothing.

    Returns the first generation for a repeated nonce. Raises InsufficientCredits (the wallet) or
    SupplyExhausted (the master key, see PORTAL_OVERSELL).
    """
    earlier = Generation.objects.filter(user=user, order_nonce=order.nonce).first()
    if earlier:
        return earlier
    try:
        with transaction.atomic():
            generation = _create(user, order)
            ledger.hold(user, order.credits, generation_id=generation.pk, note=generation.title)
            _check_master_capacity()
            _record(generation.pk, "", Status.QUEUED)
            kicks.kick_dispatch(generation.pk)
    except IntegrityError:
        # The same order from a parallel request was first.
        return Generation.objects.get(user=user, order_nonce=order.nonce)
    return generation


def cancel(generation: Generation) -> None:
    """Only while it waits for its turn; the credits go back."""
    _end(generation.pk, (Status.QUEUED,), Status.CANCELLED)


@transaction.atomic
def start_submission(generation_id: uuid.UUID, key: LumiqKey) -> Submission:
    """Claim a queued, due row for one attempt. Raises StaleTransition where another was faster."""
    lease_token = uuid.uuid4()
    now = timezone.now()
    _move(
        generation_id,
        (Status.QUEUED,),
        Status.SUBMITTING,
        guard=Q(due_at__lte=now),
        lease_token=lease_token,
        lease_until=now + SUBMIT_LEASE,
        due_at=now + SUBMIT_LEASE,
    )
    generation = Generation.objects.select_related("photo", "clip").get(pk=generation_id)
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
def commit_submission(attempt: SubmitAttempt) -> None:
    """The point of no return of the two-phase send: after this the request may have been made.

    Locks the generation's row first, as recover_submission does, so that either this worker goes on
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
    _close_attempt(attempt, phase, note)
    _move(
        attempt.generation_id,
        (Status.SUBMITTING, Status.UNCONFIRMED),
        Status.QUEUED,
        guard=Q(lease_token=attempt.lease_token),
        note=note,
        lease_token=None,
        lease_until=None,
        due_at=timezone.now() + wait,
    )


@transaction.atomic
def mark_unconfirmed(
    attempt: SubmitAttempt, *, note: str, claimed_task_id: str | None = None
) -> None:
    """Sent, and no trustworthy answer: never sent again without proof that it was not billed.

    `claimed_task_id` is what a broken answer seemed to name; LUMIQ is asked about it.
    """
    _close_attempt(attempt, Phase.UNCLEAR, note)
    if claimed_task_id:
        SubmitAttempt.objects.filter(pk=attempt.pk, phase=Phase.UNCLEAR).update(
            claimed_task_id=claimed_task_id
        )
        kicks.kick_fetch(attempt.generation_id)
    _move(
        attempt.generation_id,
        (Status.SUBMITTING,),
        Status.UNCONFIRMED,
        guard=Q(lease_token=attempt.lease_token),
        note=note,
        lease_until=None,
        due_at=timezone.now() + UNCONFIRMED_DEADLINE,
    )


@transaction.atomic
def recover_submission(generation_id: uuid.UUID) -> None:
    """Take over from a worker that died while sending (its lease has run out)."""
    now = timezone.now()
    expired = Generation.objects.filter(
        pk=generation_id, status=Status.SUBMITTING, lease_until__lt=now
    )
    if expired.update(lease_until=now) != 1:  # locks the row against commit_submission
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
    _close_attempt(attempt, Phase.REFUSED, note)
    _end(attempt.generation_id, (Status.SUBMITTING,), Status.FAILED, reason=reason, note=note)


@transaction.atomic
def fail(
    generation_id: uuid.UUID,
    reason: Reason,
    *,
    billed_attempt: SubmitAttempt | None,
    note: str,
    token: uuid.UUID | None = None,
) -> None:
    """It will not be made. The user's credits go back; what LUMIQ billed is the platform's loss.

    With a `token` the caller's claim must still hold; without one the row must be unconfirmed.
    """
    _end(
        generation_id,
        (Status.PROCESSING, Status.RETRIEVING) if token else (Status.UNCONFIRMED,),
        Status.FAILED,
        guard=Q(lease_token=token) if token else Q(due_at__lte=timezone.now()),
        reason=reason,
        note=note,
    )
    if billed_attempt:
        credits = billed_attempt.credits_used
        if credits is None:
            credits = Generation.objects.values_list("credits", flat=True).get(pk=generation_id)
        ledger.book_loss(
            credits,
            reference=f"loss:{billed_attempt.pk}",
            generation_id=generation_id,
            note=note,
        )


def claim(generation_id: uuid.UUID, statuses: Iterable[Status], lease: timedelta) -> uuid.UUID:
    """Become the only worker on this row for `lease`. Raises StaleTransition."""
    token = uuid.uuid4()
    now = timezone.now()
    won = (
        Generation.objects.filter(pk=generation_id, status__in=list(statuses))
        .filter(Q(lease_until=None) | Q(lease_until__lt=now))
        .update(lease_token=token, lease_until=now + lease, due_at=now + lease)
    )
    if won != 1:
        raise StaleTransition(str(generation_id))
    return token


def put_back(generation_id: uuid.UUID, token: uuid.UUID, *, due_at: datetime) -> None:
    """Give a claim back; somebody looks again at `due_at`."""
    Generation.objects.filter(pk=generation_id, lease_token=token).update(
        lease_token=None, lease_until=None, due_at=due_at
    )


def count_check(generation_id: uuid.UUID, field: str = "checks") -> int:
    """One more try, or one more miss, within this status; returns how many there were before.

    For the holder of the row's lease only.
    """
    before: int = Generation.objects.values_list(field, flat=True).get(pk=generation_id)
    Generation.objects.filter(pk=generation_id).update(**{field: before + 1})
    return before


@transaction.atomic
def start_retrieval(generation_id: uuid.UUID, token: uuid.UUID) -> None:
    """LUMIQ has the finished file: its answer to our download, with our key, has begun.

    From `failed` this is a late success, delivered free.
    """
    _move(
        generation_id,
        (Status.PROCESSING, Status.FAILED),
        Status.RETRIEVING,
        guard=Q(lease_token=token),
        finished_at=None,
        reason="",
    )


@dataclass(frozen=True)
class StoredVideo:
    """Names in the storage, and what the file is."""

    video: str
    poster: str
    size_bytes: int
    sha256: str
    width: int
    height: int
    duration_ms: int


@transaction.atomic
def complete(generation_id: uuid.UUID, token: uuid.UUID, stored: StoredVideo) -> None:
    """In our storage and checked: the hold is captured, the video is there."""
    _move(
        generation_id,
        (Status.RETRIEVING,),
        Status.READY,
        guard=Q(lease_token=token),
        finished_at=timezone.now(),
        lease_token=None,
        lease_until=None,
        video=stored.video,
        poster=stored.poster,
        video_bytes=stored.size_bytes,
        video_sha256=stored.sha256,
        video_width=stored.width,
        video_height=stored.height,
        video_duration_ms=stored.duration_ms,
    )
    if CreditHold.objects.filter(generation_id=generation_id, state="open").exists():
        ledger.capture(generation_id)
    ShareLink.objects.get_or_create(generation_id=generation_id, name="First link")


def _create(user: User, order: Order) -> Generation:
    assert user.tenant is not None, "the platform's staff order nothing"
    now = timezone.now()
    return Generation.objects.create(
        tenant=user.tenant,
        user=user,
        order_nonce=order.nonce,
        product=order.product,
        photo_id=order.photo_id,
        clip_id=order.clip_id,
        team_left=order.team_left,
        team_right=order.team_right,
        duration_seconds=order.duration_seconds,
        ratio=order.ratio,
        voice_id=order.voice_id,
        credits=order.credits,
        status_at=now,
        due_at=now,
    )


def _check_master_capacity() -> None:
    """Last in the transaction of an order, since it locks rows that all orders share."""
    if settings.PORTAL_OVERSELL == "queue":
        return
    capacity = keys.master_capacity()
    if capacity is None or capacity < 0:
        raise SupplyExhausted


def _accept(attempt: SubmitAttempt, task_id: str, **fields: Any) -> None:
    known = SubmitAttempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
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
    _move(
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


@transaction.atomic
def _end(
    generation_id: uuid.UUID,
    sources: tuple[Status, ...],
    target: Status,
    *,
    guard: Q | None = None,
    reason: str = "",
    note: str = "",
) -> None:
    """Into a state without a video: the hold is released."""
    _move(
        generation_id,
        sources,
        target,
        guard=guard,
        note=note,
        reason=reason,
        finished_at=timezone.now(),
        lease_token=None,
        lease_until=None,
    )
    if CreditHold.objects.filter(generation_id=generation_id, state="open").exists():
        ledger.release(generation_id)


def _move(
    generation_id: uuid.UUID,
    sources: tuple[Status, ...],
    target: Status,
    *,
    guard: Q | None = None,
    note: str = "",
    **fields: Any,
) -> None:
    """The guarded update. Runs inside the caller's transaction, with the event beside it."""
    now = timezone.now()
    for source in sources:
        assert is_allowed(source, target), f"{source} → {target} is not in the table"
        rows = Generation.objects.filter(pk=generation_id, status=source)
        if guard is not None:
            rows = rows.filter(guard)
        if rows.update(status=target, status_at=now, checks=0, misses=0, **fields) == 1:
            _record(generation_id, source, target, note)
            return
    raise StaleTransition(f"{generation_id}: not {'/'.join(sources)} any more, not {target} now")


def _record(generation_id: uuid.UUID, source: str, target: str, note: str = "") -> None:
    GenerationEvent.objects.create(
        generation_id=generation_id, from_status=source, to_status=target, note=note[:300]
    )
