"""The life of an order: taken, cancelled, fetched, delivered or failed.

Every change of status, its ledger posting and its event are one transaction. Each function raises
StaleTransition, and changes nothing, where the row is no longer in the state it starts from. What
happens between the line and LUMIQ's answer is generations.submissions. No network, no storage here.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import api_keys, ledger
from accounts.models import ApiKey, CreditHold, User
from generations import consents, keys, kicks, line, mails
from generations.errors import StaleTransition, SupplyExhausted
from generations.models import Generation, ShareLink, SubmitAttempt
from generations.states import Reason, Status
from generations.transitions import end, move, record

Visibility = Generation.Visibility


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
    is_prepared: bool = True
    api_key: ApiKey | None = None
    webhook_url: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    # The failed one of which this has the files.
    retry_of: Generation | None = None
    # Made by the sandbox, for no credits whatever its price.
    is_test: bool = False
    test_scenario: str = ""
    visibility: Generation.Visibility = Visibility.LINK
    # As generations.consents.Given.
    consents: tuple[dict[str, Any], ...] = ()


def queue(user: User, order: Order) -> Generation:
    """Take an order: row, hold and event at once, or nothing. A test order needs no hold and has no
    turn to wait for.

    Returns the first generation for a repeated nonce. Raises InsufficientCredits (the wallet),
    KeyCapReached (the API key) or SupplyExhausted (the master key, see PORTAL_OVERSELL).
    """
    try:
        with transaction.atomic():
            generation = _create(user, order)
            if not order.is_test:
                _hold_and_line_up(generation)
            record(generation.pk, "", Status.QUEUED)
            for given in order.consents:
                consents.record(generation, given)
            if order.is_prepared:
                kicks.kick_dispatch(generation.pk)
            else:
                kicks.kick_prepare(generation.pk)
    except IntegrityError:
        # The same order was there already.
        return Generation.objects.get(user=user, order_nonce=order.nonce)
    return generation


def cancel(generation: Generation) -> None:
    """Only while it waits for its turn; the credits go back."""
    end(generation.pk, (Status.QUEUED,), Status.CANCELLED)


def refuse_files(generation_id: uuid.UUID, reason: Reason, *, note: str) -> None:
    """A file of the order is unusable, which is found only after the order was taken."""
    end(generation_id, (Status.QUEUED,), Status.FAILED, reason=reason, note=note)


def give_up_waiting(generation_id: uuid.UUID) -> None:
    """Its turn has not come for a day: the credits go back."""
    end(
        generation_id,
        (Status.QUEUED,),
        Status.FAILED,
        guard=Q(created_at__lt=timezone.now() - settings.LUMIQ_PACE.queue_deadline),
        reason=Reason.TIMED_OUT,
        note="waited too long for its turn",
    )


@transaction.atomic
def fail(
    generation_id: uuid.UUID,
    reason: Reason,
    *,
    billed_attempt: SubmitAttempt,
    note: str,
    token: uuid.UUID,
) -> None:
    """It will not be made, and LUMIQ charged for it: the user's credits go back, and the price is
    the platform's loss. The caller's claim on the row must still hold."""
    end(
        generation_id,
        (Status.PROCESSING, Status.RETRIEVING),
        Status.FAILED,
        guard=Q(lease_token=token),
        reason=reason,
        note=note,
    )
    credits = Generation.objects.values_list("credits", flat=True).get(pk=generation_id)
    if credits:  # none for a test order
        ledger.book_loss(
            credits,
            reference=f"loss:{billed_attempt.pk}",
            generation_id=generation_id,
            note=note,
        )


def give_up_unconfirmed(generation_id: uuid.UUID) -> None:
    """Nobody has learnt in time what became of the send: the credits go back. Whether LUMIQ charged
    for it, its figures will tell (generations.reconciliation); a late video is delivered free."""
    end(
        generation_id,
        (Status.UNCONFIRMED,),
        Status.FAILED,
        guard=Q(due_at__lte=timezone.now()),
        reason=Reason.TIMED_OUT,
        note="no word from LUMIQ about the send",
    )


def claim(generation_id: uuid.UUID, status: Status) -> uuid.UUID:
    """Become the only worker on this row, to fetch its video. Raises StaleTransition, also where
    its owner has deleted it: a late success is for nobody then."""
    token = uuid.uuid4()
    now = timezone.now()
    lease = settings.LUMIQ_PACE.retrieval_lease
    won = (
        Generation.objects.filter(pk=generation_id, status=status, deleted_at=None)
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
    move(
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
    move(
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
    if not Generation.objects.filter(pk=generation_id, is_test=True).exists():
        ShareLink.objects.get_or_create(generation_id=generation_id, name="First link")
    mails.tell_outcome(generation_id, Status.READY)


def _hold_and_line_up(generation: Generation) -> None:
    ledger.hold(
        generation.user,
        generation.credits,
        generation_id=generation.pk,
        note=generation.recorded_title,
    )
    if generation.api_key is not None:
        api_keys.check_cap(generation.api_key, generation.credits)
    line.join(generation)
    _check_master_capacity()


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
        retry_of=order.retry_of,
        retry_number=order.retry_of.retry_number + 1 if order.retry_of else 0,
        credits=0 if order.is_test else order.credits,
        visibility=Visibility.PRIVATE if order.is_test else order.visibility,
        api_key=order.api_key,
        webhook_url=order.webhook_url,
        metadata=order.metadata,
        is_test=order.is_test,
        test_scenario=order.test_scenario,
        status_at=now,
        due_at=now if order.is_prepared else now + settings.LUMIQ_PACE.preparation,
    )


def _check_master_capacity() -> None:
    """Last in the transaction of an order, since it locks rows that all orders share."""
    if settings.PORTAL_OVERSELL == "queue":
        return
    capacity = keys.master_capacity()
    if capacity is None or capacity < 0:
        raise SupplyExhausted
