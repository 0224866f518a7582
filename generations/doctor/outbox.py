"""Whether mails to users go out: what waits, what is not taken, what was given up."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from accounts.models import Mail
from generations.doctor.findings import Finding, Level, build_finding, describe_time

# A worker takes a mail within seconds, and beat wakes one for whatever it missed.
UNTOUCHED = timedelta(minutes=15)
MANY_TRIES = 3
RECENT = timedelta(days=1)


def check_outbox() -> Iterator[Finding]:
    now = timezone.now()
    pending = Mail.objects.pending()
    late = pending.filter(due_at__lt=now - UNTOUCHED).order_by("due_at").first()
    refused = pending.filter(tries__gte=MANY_TRIES).count()
    dead = Mail.objects.filter(state=Mail.State.DEAD, due_at__gt=now - RECENT).count()
    figures = {"waiting": pending.count(), "refused": refused, "given_up": dead}
    if late is not None:
        text = f"mails that nobody sends, the oldest for {describe_time(now - late.due_at)}"
        remedy = "Start `manage.py rqworker outbound --serializer json`, and beat."
        yield Finding("outbox", Level.ILL, text, remedy, figures)
    elif refused:
        text = f"mails that were not taken in {MANY_TRIES} tries: {refused}"
        remedy = "/admin/ → Mails says why. Look at EMAIL_URL."
        yield Finding("outbox", Level.ILL, text, remedy, figures)
    elif dead:
        text = f"mails given up within a day: {dead}"
        remedy = "/admin/ → Mails says why, and sends them again."
        yield Finding("outbox", Level.NOTE, text, remedy, figures)
    else:
        yield build_finding("outbox", f"mails waiting: {figures['waiting']}", **figures)
