"""How far a video is, in the words and numbers of its status page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from generations.models import Generation, GenerationEvent
from generations.states import Status

_PERCENT = {
    Status.QUEUED: 8,
    Status.SUBMITTING: 20,
    Status.UNCONFIRMED: 30,
    Status.PROCESSING: 45,
    Status.RETRIEVING: 90,
}


@dataclass(frozen=True)
class Step:
    """`state` is done, current or next; `at` is when the step began, None while it has not."""

    label: str
    state: str
    at: datetime | None


def percent(generation: Generation) -> int:
    return _PERCENT.get(Status(generation.status), 100)


def queue_position(generation: Generation) -> int | None:
    """1 is the next of this portal. None once it has left the line."""
    if generation.status != Status.QUEUED:
        return None
    ahead = Generation.objects.for_tenant(generation.tenant).filter(
        status=Status.QUEUED, created_at__lt=generation.created_at
    )
    return ahead.count() + 1


def build_timeline(generation: Generation, events: Sequence[GenerationEvent]) -> list[Step]:
    began = {event.to_status: event.created_at for event in events}
    steps = [
        (_("Photo and teams received") if generation.left_kit else _("Clip and photo received"),
         generation.created_at),
        (_("In line"), began.get(Status.QUEUED)),
        (_("Being made"), began.get(Status.PROCESSING)),
        (_("Ready"), began.get(Status.READY)),
    ]  # fmt: skip
    current = {Status.QUEUED: 1, Status.SUBMITTING: 1, Status.READY: 4}.get(
        Status(generation.status), 2
    )
    return [
        Step(
            label=label,
            state="done" if index < current else "current" if index == current else "next",
            at=at if index <= current else None,
        )
        for index, (label, at) in enumerate(steps)
    ]
