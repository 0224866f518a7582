"""Whether the master keys are taken by LUMIQ, and how much of their budgets is free."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from generations import breakers, budget, keys, reconciliation
from generations.doctor.findings import Finding, Level, build_finding, describe_time
from generations.errors import BudgetSpent, UnusableKey
from generations.lumiq.errors import LumiqError, LumiqKeyRefused
from generations.models import LumiqKey, SubmitAttempt
from generations.states import ACTIVE, Phase, Status

Breaker = LumiqKey.Breaker

# beat asks about a new key within seconds.
FIRST_LOOK_LATE = timedelta(minutes=5)

_BROKEN = {
    Breaker.REFUSED: (
        "LUMIQ refuses it",
        "See at LUMIQ whether it was revoked, and put another one in, Master keys. beat tries it.",
    ),
    Breaker.DRY: (
        "LUMIQ says that its account cannot pay",
        "Buy credits at LUMIQ: beat asks for the balance, and goes on.",
    ),
    Breaker.UNCLEAR: (
        "too many of its last sends got no clear answer",
        "Has LUMIQ trouble? Is the way to it and back sound? One video goes for a trial each time.",
    ),
}


def ask_lumiq() -> Iterator[Finding]:
    """Reads the account of each active key anew, with all that follows for beat as well."""
    for key in LumiqKey.objects.masters().filter(is_active=True):
        name = f"lumiq, key {key}"
        try:
            account = reconciliation.read_account(key)
        except (LumiqKeyRefused, UnusableKey) as error:
            breakers.record_refusal(key, str(error))
            yield Finding(name, Level.ILL, f"cannot be used: {error}", "Put in another key.")
        except BudgetSpent as error:
            yield Finding(name, Level.NOTE, f"not asked: {error}", "Ask again in a minute.")
        except LumiqError as error:
            remedy = "Is LUMIQ_BASE_URL right, and LUMIQ up?"
            yield Finding(name, Level.ILL, f"no answer: {error}", remedy)
        else:
            yield build_finding(name, f"answers, and takes the key of {account}")


def check_keys() -> Iterator[Finding]:
    if settings.LUMIQ_USES_SANDBOX:
        text = "LUMIQ's sandbox makes the videos: no LUMIQ_API_KEY is set"
        yield Finding("lumiq", Level.NOTE, text)
    in_use = list(find_keys_in_use().select_related("account"))
    if not any(key.is_active for key in in_use):
        yield Finding("keys", Level.ILL, "no key is active", "Add one in the admin, Master keys.")
    for key in in_use:
        yield _judge(key)


def find_keys_in_use() -> QuerySet[LumiqKey]:
    """Those that are active, and those that drain: only the key that sent a video can fetch it."""
    in_use = Q(is_active=True) | Q(pk__in=_at_lumiq().values("lumiq_key"))
    return LumiqKey.objects.masters().filter(in_use)


def _judge(key: LumiqKey) -> Finding:
    name, figures, now = f"key {key}", _build_figures(key), timezone.now()
    if not _is_readable(key):
        remedy = "Put the earlier SECRET_KEY back, or the key in once more."
        return Finding(name, Level.ILL, "cannot be read with this SECRET_KEY", remedy, figures)
    # Neither credits nor answers to sends matter to a key that only fetches.
    if key.breaker == Breaker.REFUSED or (key.breaker and key.is_active):
        what, remedy = _BROKEN[Breaker(key.breaker)]
        return Finding(name, Level.ILL, f"{what}, {_describe_break(key, now)}", remedy, figures)
    if key.rests_until and key.rests_until > now:
        text = f"LUMIQ said 429: left alone for {describe_time(key.rests_until - now)} more"
        remedy = "Does anybody else use it? Is LUMIQ_REQUESTS_PER_MINUTE what LUMIQ allows?"
        return Finding(name, Level.NOTE, text, remedy, figures)
    return _judge_working(key, name, figures)


def _judge_working(key: LumiqKey, name: str, figures: dict[str, Any]) -> Finding:
    free = f"{figures['free_requests']} of {figures['limit']} requests free"
    if not key.is_active:
        text = f"inactive, videos that are still with it: {figures['videos']}; {free}"
        return build_finding(name, text, **figures)
    if key.account is None:
        is_late = key.created_at < timezone.now() - FIRST_LOOK_LATE
        text = "takes no videos before LUMIQ was asked about its account"
        remedy = "beat asks: does it run, and does LUMIQ answer (`doctor --ask-lumiq`)?"
        return Finding(name, Level.ILL if is_late else Level.NOTE, text, remedy, figures)
    return build_finding(name, f"takes videos, {free}", **figures)


def _build_figures(key: LumiqKey) -> dict[str, Any]:
    outlook = budget.look(key)
    last_minute = key.requests.filter(began_at__gt=Now() - timedelta(minutes=1))
    lanes = last_minute.order_by("lane").values_list("lane").annotate(count=Count("pk"))
    videos = _at_lumiq().filter(lumiq_key=key).aggregate(n=Count("generation", distinct=True))
    return {
        "fingerprint": key.fingerprint,
        "account": key.account.name if key.account else None,
        "is_active": key.is_active,
        "videos": videos["n"],
        "breaker": key.breaker,
        "broken_at": key.broken_at,
        "probe_at": key.probe_at,
        "rests_until": key.rests_until,
        "limit": settings.LUMIQ_REQUESTS_PER_MINUTE,
        "free_requests": outlook.free,
        "wait_seconds": round(outlook.wait_seconds, 1),
        "requests_of_the_last_minute": dict(lanes),
    }


def _is_readable(key: LumiqKey) -> bool:
    try:
        keys.client_for(key)
    except UnusableKey:
        return False
    return True


def _describe_break(key: LumiqKey, now: datetime) -> str:
    since = describe_time(now - (key.broken_at or now))
    if key.probe_at is None or key.probe_at <= now:
        return f"for {since}; to be tried again now"
    return f"for {since}; tried again in {describe_time(key.probe_at - now)}"


def _at_lumiq() -> QuerySet[SubmitAttempt]:
    """Sends that may have reached LUMIQ, of videos that are not at their end."""
    sent = SubmitAttempt.objects.exclude(phase__in=(Phase.NOT_SENT, Phase.REFUSED))
    return sent.filter(generation__status__in=ACTIVE - {Status.QUEUED})
