"""Whether credits add up, and none are held for ever."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts import ledger
from accounts.models import CreditHold
from generations.audit import audit_all
from generations.doctor.findings import Finding, Level, build_finding, describe_time
from generations.models import Generation
from generations.states import Status

# LUMIQ needs 30 minutes at most, then the file is copied.
HOLD_LIMIT = timedelta(minutes=45)


def check_ledger() -> Iterator[Finding]:
    audit = audit_all()
    figures = {**audit.totals, "problems": audit.problems}
    if audit.problems:
        text = f"off: {len(audit.problems)}, the first: {audit.problems[0]}"
        remedy = "Run `manage.py audit_ledger` for all. Nothing corrects the ledger by itself."
        yield Finding("ledger", Level.ILL, text, remedy, figures)
    else:
        text = f"in order, {audit.totals['transactions']} transactions"
        yield build_finding("ledger", text, **figures)


def check_supply() -> Iterator[Finding]:
    """How much more was given to portals than LUMIQ has for them."""
    supply, sellable = ledger.supply_left(), ledger.sellable()
    figures = {
        "supply": supply,
        "sellable": sellable,
        "oversold": max(0, -supply),
        "ratio": str(settings.PORTAL_OVERSELL_RATIO),
    }
    text = f"{supply} credits are not given to a portal"
    if supply < 0:
        text = f"portals and users have {-supply} credits more than there are at LUMIQ"
    if sellable < 0:
        remedy = f"Buy {-sellable} credits at LUMIQ, or raise PORTAL_OVERSELL_RATIO knowingly."
        text += f", which is {-sellable} more than PORTAL_OVERSELL_RATIO allows"
        yield Finding("supply", Level.NOTE, text, remedy, figures)
    elif supply < 0:
        remedy = "Buy credits at LUMIQ before they are wanted: orders beyond them are refused."
        yield Finding("supply", Level.NOTE, text, remedy, figures)
    else:
        yield build_finding("supply", text, **figures)


def check_holds() -> Iterator[Finding]:
    now = timezone.now()
    old = CreditHold.objects.filter(state=CreditHold.State.OPEN, created_at__lt=now - HOLD_LIMIT)
    held = old.aggregate(n=Sum("amount"))["n"] or 0
    stuck = _sent_long_ago(now).count()
    text = f"{held} credits are held for more than {describe_time(HOLD_LIMIT)}"
    figures = {"old": old.count(), "credits": held, "sent_long_ago": stuck}
    if stuck:
        text += f"; videos sent as long ago: {stuck}"
        remedy = "The lines above say in which state; the admin has each one's events."
        yield Finding("holds", Level.ILL, text, remedy, figures)
    elif held:
        yield Finding("holds", Level.NOTE, text, "Orders wait in line.", figures)
    else:
        yield build_finding("holds", "none is old", **figures)


def _sent_long_ago(now: datetime) -> QuerySet[Generation]:
    held = CreditHold.objects.filter(state=CreditHold.State.OPEN).values("generation_id")
    sent = Generation.objects.active().filter(pk__in=held).exclude(status=Status.QUEUED)
    return sent.exclude(attempts__started_at__gte=now - HOLD_LIMIT)
