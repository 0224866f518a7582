"""When a master key is left alone: LUMIQ refuses it, it is out of credits, its answers are unclear.

Its videos keep their place and their credits, other keys go on, the operators are told once, and a
probe that succeeds closes the breaker again.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from generations import alerts, budget
from generations.keys import CHEAPEST_CREDITS
from generations.models import AlertKind, LumiqAccount, LumiqKey, SubmitAttempt
from generations.pace import nth
from generations.states import Phase, Status

logger = logging.getLogger(__name__)

Breaker = LumiqKey.Breaker

# So many of a key's last sends without a clear answer, and it is left alone for a while.
LAST_SENDS = 10
TOO_MANY_UNCLEAR = 3
# Without another 429 for so long, it was a single event.
RATE_LIMIT_IS_OVER = timedelta(hours=1)
TEST_REST_SECONDS = 60

_ALERTS = {
    Breaker.REFUSED: AlertKind.KEY_REFUSED,
    Breaker.DRY: AlertKind.KEY_DRY,
    Breaker.UNCLEAR: AlertKind.KEY_UNCLEAR,
}


def record_refusal(key: LumiqKey, what: str) -> None:
    """401 or 403, or unreadable: nothing is asked with it until a probe succeeds."""
    if key.is_test:
        _rest_from_tests(key, what)
        return
    _open(key, Breaker.REFUSED)
    alerts.open(
        AlertKind.KEY_REFUSED,
        key.fingerprint,
        title=f"The LUMIQ key {key.name} is refused",
        text=f"LUMIQ key {key}: {what}.",
    )


def record_dry(key: LumiqKey, price: int) -> None:
    """402: the account cannot pay `price`, whatever its balance seemed to be."""
    if key.is_test:
        _rest_from_tests(key, "out of credits")
        return
    LumiqAccount.objects.filter(keys=key, balance_credits__gte=price).update(
        balance_credits=price - 1
    )
    _open(key, Breaker.DRY)
    alerts.open(
        AlertKind.KEY_DRY,
        key.fingerprint,
        title=f"The LUMIQ key {key.name} is out of credits",
        text=f"LUMIQ refused a video for {price} credits: the account {key.account} has too few.",
    )


def record_unclear(key: LumiqKey) -> None:
    """A send without a clear answer. After too many of them the key sends a trial now and then."""
    if key.is_test:
        return  # wished for, as a rule
    answered = SubmitAttempt.objects.filter(lumiq_key=key).exclude(answered_at=None)
    last = answered.order_by("-answered_at").values_list("phase", flat=True)[:LAST_SENDS]
    was_trial = LumiqKey.objects.filter(pk=key.pk, breaker=Breaker.UNCLEAR).exists()
    if not was_trial and list(last).count(Phase.UNCLEAR) < TOO_MANY_UNCLEAR:
        return
    _open(key, Breaker.UNCLEAR)
    alerts.open(
        AlertKind.KEY_UNCLEAR,
        key.fingerprint,
        title="LUMIQ leaves too many orders without a clear answer",
        text=f"{TOO_MANY_UNCLEAR} or more of the last {LAST_SENDS} sends with the key {key} got no "
        "usable answer.",
    )


def record_clear(key: LumiqKey) -> None:
    """A send was answered: a breaker that had opened over unclear ones closes."""
    _close(key, Breaker.UNCLEAR)


def record_rate_limit(key: LumiqKey, retry_after_seconds: float | None) -> float:
    """429: nobody asks with this key for as long as LUMIQ wishes. Returns those seconds."""
    wish = retry_after_seconds
    if wish is None:
        wish = float(settings.LUMIQ_RETRY_AFTER_SECONDS)
    seconds = min(wish, settings.LUMIQ_PACE.longest_rest.total_seconds())
    budget.rest(key, seconds)
    if key.is_test:
        return seconds
    alerts.open(
        AlertKind.RATE_LIMITED,
        key.fingerprint,
        title=f"LUMIQ counts more requests of the key {key.name} than the portal makes",
        text=f"LUMIQ answered 429 with the key {key}, although the portal had kept to its limit of "
        f"{settings.LUMIQ_REQUESTS_PER_MINUTE} a minute.",
    )
    return seconds


def record_probe(key: LumiqKey, balance: int) -> None:
    """GET /account was answered: the key is accepted, and dry only if the balance says so."""
    _close(key, Breaker.REFUSED)
    if balance >= CHEAPEST_CREDITS:
        _close(key, Breaker.DRY)
    if key.rests_until is not None and key.rests_until < timezone.now() - RATE_LIMIT_IS_OVER:
        alerts.close(AlertKind.RATE_LIMITED, key.fingerprint)


def keys_to_probe() -> QuerySet[LumiqKey]:
    """Keys to be asked about by GET /account: new ones, and those whose breaker may close."""
    now = timezone.now()
    broken = Q(breaker__in=(Breaker.REFUSED, Breaker.DRY), probe_at__lte=now)
    is_new = Q(breaker="", account=None) & (
        Q(asked_account_at=None) | Q(asked_account_at__lt=now - settings.LUMIQ_PACE.account_again)
    )
    return LumiqKey.objects.masters().filter(broken | is_new).filter(_is_needed())


def is_refused(key: LumiqKey) -> bool:
    """Whether asking with it is useless for now."""
    if key.breaker != Breaker.REFUSED or key.probe_at is None:
        return False
    return key.probe_at > timezone.now()


def _is_needed() -> Q:
    """Takes new videos, or still has some to fetch."""
    unfinished = SubmitAttempt.objects.filter(
        phase__in=(Phase.COMMITTED, Phase.UNCLEAR, Phase.ACCEPTED),
        generation__status__in=(
            Status.SUBMITTING, Status.UNCONFIRMED, Status.PROCESSING, Status.RETRIEVING,
        ),
    )  # fmt: skip
    return Q(is_active=True) | Q(pk__in=unfinished.values("lumiq_key"))


def _rest_from_tests(key: LumiqKey, what: str) -> None:
    """The sandbox is not as it should be: no credits are at stake, so it is a matter of the log,
    and tried again by itself."""
    logger.error("The sandbox for test orders does not take its key %s: %s", key, what)
    budget.rest(key, TEST_REST_SECONDS)


def _open(key: LumiqKey, breaker: LumiqKey.Breaker) -> None:
    """Opens it, or leaves it open for longer after a probe that failed."""
    now = timezone.now()
    delays = settings.LUMIQ_PACE.probe_delays
    rows = LumiqKey.objects.filter(pk=key.pk)
    if rows.exclude(breaker=breaker).update(
        breaker=breaker, broken_at=now, probes=1, probe_at=now + delays[0]
    ):
        return
    for probes in rows.filter(probe_at__lte=now).values_list("probes", flat=True):
        rows.filter(probes=probes).update(probes=probes + 1, probe_at=now + nth(delays, probes))


def _close(key: LumiqKey, breaker: LumiqKey.Breaker) -> None:
    closed = LumiqKey.objects.filter(pk=key.pk, breaker=breaker).update(
        breaker="", broken_at=None, probe_at=None, probes=0
    )
    if closed:
        alerts.close(_ALERTS[breaker], key.fingerprint)
