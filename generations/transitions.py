"""The guarded update of a generation's status, with its event: what every change comes down to.

For generations.lifecycle and generations.submissions only; docs/states.md has the table.
"""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import ledger
from accounts.models import CreditHold
from generations import mails
from generations.errors import StaleTransition
from generations.models import Generation, GenerationEvent
from generations.outgoing import events
from generations.states import Status, is_allowed


def move(
    generation_id: uuid.UUID,
    sources: tuple[Status, ...],
    target: Status,
    *,
    guard: Q | None = None,
    note: str = "",
    **fields: Any,
) -> None:
    """To `target` from whichever of `sources` the row is in, if `guard` holds too.

    Runs inside the caller's transaction. Raises StaleTransition, and changes nothing, otherwise.
    """
    now = timezone.now()
    for source in sources:
        assert is_allowed(source, target), f"{source} → {target} is not in the table"
        rows = Generation.objects.filter(pk=generation_id, status=source)
        if guard is not None:
            rows = rows.filter(guard)
        if rows.update(status=target, status_at=now, checks=0, misses=0, **fields) == 1:
            record(generation_id, source, target, note)
            events.record_outcome(generation_id, target)
            return
    raise StaleTransition(f"{generation_id}: not {'/'.join(sources)} any more, not {target} now")


@transaction.atomic
def end(
    generation_id: uuid.UUID,
    sources: tuple[Status, ...],
    target: Status,
    *,
    guard: Q | None = None,
    reason: str = "",
    note: str = "",
) -> None:
    """Into a state without a video: the hold is released."""
    move(
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
    mails.tell_outcome(generation_id, target)


def record(generation_id: uuid.UUID, source: str, target: str, note: str = "") -> None:
    GenerationEvent.objects.create(
        generation_id=generation_id, from_status=source, to_status=target, note=note[:300]
    )
