"""The states of a generation and the table of transitions. Pure; see docs/states.md."""

from django.db.models import TextChoices


class Status(TextChoices):
    QUEUED = "queued"
    SUBMITTING = "submitting"
    UNCONFIRMED = "unconfirmed"
    PROCESSING = "processing"
    RETRIEVING = "retrieving"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset(
        {Status.SUBMITTING, Status.PROCESSING, Status.CANCELLED, Status.FAILED}
    ),
    Status.SUBMITTING: frozenset(
        {Status.PROCESSING, Status.QUEUED, Status.UNCONFIRMED, Status.FAILED}
    ),
    Status.UNCONFIRMED: frozenset({Status.PROCESSING, Status.QUEUED, Status.FAILED}),
    Status.PROCESSING: frozenset({Status.RETRIEVING, Status.FAILED}),
    Status.RETRIEVING: frozenset({Status.READY, Status.FAILED}),
    Status.READY: frozenset(),
    Status.FAILED: frozenset({Status.RETRIEVING}),
    Status.CANCELLED: frozenset(),
}

TERMINAL = frozenset({Status.READY, Status.FAILED, Status.CANCELLED})
ACTIVE = frozenset(Status) - TERMINAL
HOLDS_CREDITS = ACTIVE
# Held by us and not yet taken from the master key's balance.
UNBILLED = frozenset({Status.QUEUED, Status.SUBMITTING, Status.UNCONFIRMED})


class Phase(TextChoices):
    """How far one attempt to submit came; only `committed` and later may have reached LUMIQ."""

    STREAMING = "streaming"
    COMMITTED = "committed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNCLEAR = "unclear"


class Reason(TextChoices):
    """Why a video could not be made, as far as a fan needs to know."""

    PHOTO_UNUSABLE = "photo_unusable"
    CLIP_UNUSABLE = "clip_unusable"
    REFUSED_UPSTREAM = "refused_upstream"
    FAILED_UPSTREAM = "failed_upstream"
    TIMED_OUT = "timed_out"
    FILE_LOST = "file_lost"


class Shown(TextChoices):
    """The words that people see."""

    IN_LINE = "in_line"
    BEING_MADE = "being_made"
    READY = "ready"
    NOT_MADE = "not_made"
    CANCELLED = "cancelled"


SHOWN: dict[Status, Shown] = {
    Status.QUEUED: Shown.IN_LINE,
    Status.SUBMITTING: Shown.IN_LINE,
    Status.UNCONFIRMED: Shown.BEING_MADE,
    Status.PROCESSING: Shown.BEING_MADE,
    Status.RETRIEVING: Shown.BEING_MADE,
    Status.READY: Shown.READY,
    Status.FAILED: Shown.NOT_MADE,
    Status.CANCELLED: Shown.CANCELLED,
}


def is_allowed(source: Status, target: Status) -> bool:
    return target in TRANSITIONS[source]
