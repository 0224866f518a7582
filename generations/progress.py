"""How far a video is, in the words and numbers of its status page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generations.estimates import Estimate
from generations.models import Generation, GenerationEvent
from generations.states import Status

# Longer than this is told in hours.
MANY_MINUTES = 100

# Where the scarf stands when a state begins. While LUMIQ makes the video it grows with the time.
_PERCENT = {
    Status.QUEUED: 8,
    Status.SUBMITTING: 20,
    Status.UNCONFIRMED: 24,
    Status.PROCESSING: 24,
    Status.RETRIEVING: 94,
}
_MAKING_PERCENT = 66


@dataclass(frozen=True)
class Step:
    """`state` is done, current or next; `at` is when the step began, or for one that is to come
    when it is expected, None where nobody knows."""

    label: str
    state: str
    at: datetime | None


def percent(generation: Generation, estimate: Estimate | None) -> int:
    begun = _PERCENT.get(Status(generation.status), 100)
    if generation.status != Status.PROCESSING or estimate is None:
        return begun
    elapsed = (timezone.now() - generation.status_at).total_seconds()
    done = 1.0 if estimate.is_late else elapsed / max(elapsed + estimate.high_seconds, 1)
    return begun + round(min(max(done, 0.0), 1.0) * _MAKING_PERCENT)


@dataclass(frozen=True)
class TimeLeft:
    """A range in whole minutes, or hours where it is long: "8–12" and "minutes to go"."""

    figure: str
    unit: str
    sentence: str


def time_left(estimate: Estimate) -> TimeLeft | None:
    """None for what is late: a time that has passed helps nobody."""
    if estimate.is_late:
        return None
    seconds = 60 if estimate.high_seconds < MANY_MINUTES * 60 else 3600
    by_hours = seconds == 3600
    low = round(estimate.low_seconds / seconds)
    if low == 0:  # an upper end is all there is to tell: it must hold
        high = max(1, math.ceil(estimate.high_seconds / seconds))
    else:
        high = round(estimate.high_seconds / seconds)
    if low in (0, high):
        return TimeLeft(str(high), *_about(high, by_hours=by_hours, at_most=low == 0))
    return TimeLeft(f"{low}–{high}", *_between(low, high, by_hours=by_hours))


def usual_time(low_seconds: int, high_seconds: int) -> str:
    low, high = round(low_seconds / 60), math.ceil(high_seconds / 60)
    if high <= 1:
        return _("Usually made within a minute.")
    if low in (0, high):
        told = ngettext(
            "Usually made in about %(n)d minute.", "Usually made in about %(n)d minutes.", high
        )
        return told % {"n": high}
    told = ngettext(
        "Usually made in %(low)d–%(high)d minute.",
        "Usually made in %(low)d–%(high)d minutes.",
        high,
    )
    return told % {"low": low, "high": high}


def _about(number: int, *, by_hours: bool, at_most: bool) -> tuple[str, str]:
    if by_hours:
        unit = ngettext("hour to go", "hours to go", number)
        sentence = ngettext("Ready in about %(n)d hour", "Ready in about %(n)d hours", number)
    elif at_most:
        unit = ngettext("minute at most", "minutes at most", number)
        sentence = ngettext("Ready in less than a minute", "Ready in %(n)d minutes at most", number)
    else:
        unit = ngettext("minute to go", "minutes to go", number)
        sentence = ngettext("Ready in about %(n)d minute", "Ready in about %(n)d minutes", number)
    return unit, sentence % {"n": number}


def _between(low: int, high: int, *, by_hours: bool) -> tuple[str, str]:
    """The word agrees with the end of the range: "3–10 دقائق", but "8–12 دقيقة"."""
    if by_hours:
        unit = ngettext("hour to go", "hours to go", high)
        sentence = ngettext(
            "Ready in %(low)d–%(high)d hour", "Ready in %(low)d–%(high)d hours", high
        )
    else:
        unit = ngettext("minute to go", "minutes to go", high)
        sentence = ngettext(
            "Ready in %(low)d–%(high)d minute", "Ready in %(low)d–%(high)d minutes", high
        )
    return unit, sentence % {"low": low, "high": high}


def build_timeline(
    generation: Generation, events: Sequence[GenerationEvent], estimate: Estimate | None
) -> list[Step]:
    began = {event.to_status: event.created_at for event in events}
    steps = [
        (_("Photo and teams received") if generation.left_kit else _("Clip and photo received"),
         generation.created_at),
        (_("In line"), began.get(Status.QUEUED)),
        (_("Being made"), began.get(Status.PROCESSING)),
        (_("Ready"), began.get(Status.READY) or _expected_at(estimate)),
    ]  # fmt: skip
    current = {Status.QUEUED: 1, Status.SUBMITTING: 1, Status.READY: 4}.get(
        Status(generation.status), 2
    )
    return [
        Step(
            label=label,
            state="done" if index < current else "current" if index == current else "next",
            at=at if index <= current or index == len(steps) - 1 else None,
        )
        for index, (label, at) in enumerate(steps)
    ]


def _expected_at(estimate: Estimate | None) -> datetime | None:
    if estimate is None or estimate.is_late:
        return None
    seconds = (estimate.low_seconds + estimate.high_seconds) / 2
    return timezone.now() + timedelta(seconds=seconds)
