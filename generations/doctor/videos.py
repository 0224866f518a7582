"""What waits longer than it should, by state: docs/states.md says what each one waits for."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from generations import budget, keys
from generations.doctor.findings import Finding, Level, build_finding, describe_time
from generations.models import Generation
from generations.states import Status

LINE_LIMIT = timedelta(minutes=2)
# beat comes by every few seconds; what is due and untouched for longer than this is stuck.
BEAT_SLACK = timedelta(minutes=2)
LOOK_SLACK = timedelta(minutes=15)
RETRIEVING_LIMIT = timedelta(hours=1)


def check_line() -> Iterator[Finding]:
    """Waiting is no illness: others' turns, budgets, breakers and balances explain it."""
    now = timezone.now()
    waiting = Generation.objects.filter(status=Status.QUEUED, is_test=False)
    late = waiting.filter(due_at__lt=now - LINE_LIMIT)
    oldest = late.order_by("created_at").first()
    figures = {"in_line": waiting.count(), "late": late.count()}
    if oldest is None:
        yield build_finding("queued", f"{figures['in_line']} in line, none for long", **figures)
        return
    text = f"waiting: {figures['late']}, the oldest for {describe_time(now - oldest.created_at)}"
    if not _can_send():
        yield build_finding("queued", f"{text}: no key is free to send", **figures)
        return
    remedy = "A key is free to send: does the dispatch worker run?"
    yield Finding("queued", Level.NOTE, text, remedy, {**figures, "oldest": oldest.pk})


def check_videos() -> Iterator[Finding]:
    now = timezone.now()
    yield _judge(
        Status.SUBMITTING,
        Q(lease_until__lt=now - BEAT_SLACK),
        "left by their worker, not taken over",
        "beat takes them over: does it run?",
    )
    yield _judge(
        Status.UNCONFIRMED,
        Q(status_at__lt=now - settings.LUMIQ_PACE.unconfirmed_deadline - BEAT_SLACK),
        "not given up in time",
        "beat gives them up: does it run?",
    )
    yield _judge(
        Status.PROCESSING,
        Q(due_at__lt=now - LOOK_SLACK),
        "due, and not looked at",
        "Do beat and the fetch worker run, is budget left, does the key work?",
    )
    yield _judge(
        Status.RETRIEVING,
        Q(status_at__lt=now - RETRIEVING_LIMIT),
        "finished at LUMIQ, and not copied",
        "The fetch worker's log says why; does the storage take files?",
    )


def _judge(status: Status, is_late: Q, trouble: str, remedy: str) -> Finding:
    rows = Generation.objects.filter(status=status, is_test=False)
    late = rows.filter(is_late)
    oldest = late.order_by("status_at").first()
    figures = {"in_all": rows.count(), "late": late.count()}
    if oldest is None:
        return build_finding(status, f"{figures['in_all']}, none stuck", **figures)
    age = describe_time(timezone.now() - oldest.status_at)
    text = f"{trouble}: {figures['late']}, the oldest ({oldest.pk}) for {age}"
    return Finding(status, Level.ILL, text, remedy, {**figures, "oldest": oldest.pk})


def _can_send() -> bool:
    """Whether a key could pay for a video. While half of its budget is used, the line moves."""
    return any(
        not key.breaker
        and key.account is not None
        and keys.payable(key.account) >= keys.CHEAPEST_CREDITS
        and budget.look(key).free > settings.LUMIQ_REQUESTS_PER_MINUTE / 2
        for key in keys.takers()
    )
