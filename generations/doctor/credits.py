"""Whether credits add up, and whether the master keys can pay."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts.models import CreditHold
from generations import beat, keys
from generations.audit import audit_all
from generations.doctor.findings import Finding, Level, build_finding, describe_time
from generations.errors import BudgetSpent, UnusableKey
from generations.lumiq.contract import FOOTBALL_CREDITS
from generations.lumiq.errors import LumiqError, LumiqKeyRefused
from generations.models import Generation, LumiqKey
from generations.states import ACTIVE, Phase, Status

# beat asks every five minutes.
READING_LATE = timedelta(minutes=20)
# LUMIQ needs 30 minutes at most, then the file is copied.
HOLD_LIMIT = timedelta(minutes=45)


def ask_lumiq() -> Iterator[Finding]:
    """Reads the balance of each active key anew."""
    for key in LumiqKey.objects.filter(is_active=True):
        name = f"lumiq, key {key.name}"
        try:
            beat.sync_account(key)
        except (LumiqKeyRefused, UnusableKey) as error:
            keys.record_refusal(key)
            yield Finding(name, Level.ILL, f"cannot be used: {error}", "Put in another key.")
        except BudgetSpent as error:
            yield Finding(name, Level.NOTE, f"not asked: {error}", "Ask again in a minute.")
        except LumiqError as error:
            remedy = "Is LUMIQ_BASE_URL right, and LUMIQ up?"
            yield Finding(name, Level.ILL, f"no answer: {error}", remedy)
        else:
            yield build_finding(name, "answers, and takes the key")


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


def check_keys() -> Iterator[Finding]:
    if settings.LUMIQ_USES_SANDBOX:
        text = "LUMIQ's sandbox makes the videos: no LUMIQ_API_KEY is set"
        yield Finding("lumiq", Level.NOTE, text)
    known = list(LumiqKey.objects.all())
    if not any(key.is_active for key in known):
        yield Finding("keys", Level.ILL, "no key is active", "Add one in the admin, Master keys.")
    for key in known:
        if key.is_active or _is_needed(key):
            yield _judge_key(key)


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


def _is_needed(key: LumiqKey) -> bool:
    """Only the key that ordered a video can fetch it."""
    begun = key.attempts.filter(phase=Phase.ACCEPTED, generation__status__in=ACTIVE)
    return begun.exists()


def _judge_key(key: LumiqKey) -> Finding:
    name, seen_at = f"key {key.name}", key.account_seen_at
    age = timezone.now() - seen_at if seen_at else None
    figures: dict[str, Any] = {
        "fingerprint": key.fingerprint,
        "is_active": key.is_active,
        "balance_credits": key.balance_credits,
        "reading_age_seconds": int(age.total_seconds()) if age else None,
        "refused_at": key.refused_at,
    }
    if not _is_readable(key):
        remedy = "Put the earlier SECRET_KEY back, or the key in once more."
        return Finding(name, Level.ILL, "cannot be read with this SECRET_KEY", remedy, figures)
    if key.refused_at:
        text = f"refused {describe_time(timezone.now() - key.refused_at)} ago, not taken since"
        remedy = "See at LUMIQ whether it was revoked or has no credits."
        return Finding(name, Level.ILL, text, remedy, figures)
    if key.balance_credits is None or age is None:
        return Finding(
            name, Level.NOTE, "its balance has not been read yet", "beat reads it.", figures
        )
    return _judge_balance(name, key.balance_credits, age, figures)


def _is_readable(key: LumiqKey) -> bool:
    try:
        keys.client_for(key)
    except UnusableKey:
        return False
    return True


def _judge_balance(name: str, balance: int, age: timedelta, figures: dict[str, Any]) -> Finding:
    text = f"{balance} credits, read {describe_time(age)} ago"
    if balance < FOOTBALL_CREDITS:
        remedy = "Buy credits at LUMIQ: this pays for no video."
        return Finding(name, Level.ILL, text, remedy, figures)
    if age > READING_LATE:
        remedy = "Does beat run, and does LUMIQ answer (`doctor --ask-lumiq`)?"
        return Finding(name, Level.ILL, text, remedy, figures)
    return build_finding(name, text, **figures)


def _sent_long_ago(now: datetime) -> QuerySet[Generation]:
    held = CreditHold.objects.filter(state=CreditHold.State.OPEN).values("generation_id")
    sent = Generation.objects.active().filter(pk__in=held).exclude(status=Status.QUEUED)
    return sent.exclude(attempts__started_at__gte=now - HOLD_LIMIT)
