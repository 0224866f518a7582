"""Moves the outbox: claims a delivery, sends it, records what came of it, says when to try again.

At least once: where a process dies over a delivery, another one sends it when the lease is over,
with the same `webhook-id`.
"""

import random
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone

from generations import kicks
from generations.models import (
    Delivery,
    DeliveryAttempt,
    EventType,
    WebhookDestination,
    WebhookEndpoint,
    WebhookEvent,
)
from generations.outgoing import endpoints, signing
from generations.outgoing.post import Answer, Limits, NoAnswer, Resolver, look_up, post
from generations.outgoing.trouble import Trouble
from generations.pace import nth

# How many deliveries one server gets at a time; one while it fails.
MOST_AT_ONCE = 2
# So many failures in a row of one server, and it rests: more than the quick tries of one delivery.
FAILURES_TO_REST = 5
# The tries that come within seconds; a failure that these do not mend is worth judging.
QUICK_TRIES = 4
KEPT_DAYS = 30
FORGOTTEN_AT_ONCE = 500
_GONE = 410


class InHand(Exception):
    """It is being sent at this moment."""


class EndpointDisabled(Exception):
    """Nothing is sent to a disabled endpoint."""


def send(
    delivery_id: uuid.UUID,
    *,
    limits: Limits = Limits(),  # noqa: B008 — frozen
    resolve: Resolver = look_up,
) -> None:
    """One try, if it is due and its server may be called now."""
    delivery = _claim(delivery_id)
    if delivery is None:
        return
    began_at, began = timezone.now(), time.monotonic()
    attempt = DeliveryAttempt(delivery=delivery, at=began_at)
    try:
        answer = _post(delivery, limits, resolve)
        attempt.status, attempt.answer = answer.status, answer.text
    except NoAnswer as error:
        attempt.trouble = error.trouble
    attempt.latency_ms = round((time.monotonic() - began) * 1000)
    _record(delivery, attempt)


def replay(delivery: Delivery) -> None:
    """All its tries anew, with the same id and body. Raises InHand or EndpointDisabled."""
    now = timezone.now()
    if _is_unwanted(delivery):
        raise EndpointDisabled
    rows = Delivery.objects.filter(pk=delivery.pk).not_in_hand(now)
    if not rows.update(state=Delivery.State.PENDING, tries=0, due_at=now, delivered_at=None):
        raise InHand
    kicks.kick_outbound(delivery.pk)


def next_due_seconds(now: datetime) -> float | None:
    """Until the next delivery is due, for beat; None where none waits."""
    rows = Delivery.objects.pending().exclude(destination__rests_until__gt=now)
    next_due = rows.filter(due_at__gt=now).aggregate(at=Min("due_at"))["at"]
    return None if next_due is None else (next_due - now).total_seconds()


def is_any_in_hand(now: datetime) -> bool:
    """One that fails is due again after a second: sooner than beat would look by itself."""
    return Delivery.objects.pending().filter(lease_until__gt=now, tries__lt=QUICK_TRIES).exists()


def forget() -> int:
    """The log goes back 30 days; returns how many events went."""
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS)
    old = WebhookEvent.objects.filter(created_at__lt=long_ago)
    old = old.exclude(deliveries__state=Delivery.State.PENDING).order_by()
    found = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    WebhookEvent.objects.filter(pk__in=found).delete()
    return len(found)


@transaction.atomic
def _claim(delivery_id: uuid.UUID) -> Delivery | None:
    """Become the only one who sends it. Its destination's row says whose turn it is."""
    delivery = (
        Delivery.objects.select_related("event__user", "endpoint").filter(pk=delivery_id).first()
    )
    if delivery is None:
        return None
    destination = _lock(delivery)
    now = timezone.now()
    rows = Delivery.objects.pending().not_in_hand(now).filter(pk=delivery_id, due_at__lte=now)
    if _is_unwanted(delivery) or delivery.tries > len(settings.LUMIQ_PACE.delivery_delays):
        rows.update(state=Delivery.State.DEAD)
        return None
    later = _wait_until(destination, delivery, now)
    if later is not None:
        rows.update(due_at=later)
        return None
    delivery.lease_token = uuid.uuid4()
    lease_until = now + settings.LUMIQ_PACE.delivery_lease
    won = rows.update(
        lease_token=delivery.lease_token,
        lease_until=lease_until,
        due_at=lease_until,
        tries=F("tries") + 1,
    )
    delivery.tries += 1
    return delivery if won else None


def _lock(delivery: Delivery) -> WebhookDestination:
    """Not for rows that refer to it: a video that is done is not kept waiting by a delivery."""
    rows = WebhookDestination.objects.select_for_update(no_key=True)
    return rows.get(pk=delivery.destination_id)


def _is_unwanted(delivery: Delivery) -> bool:
    if delivery.endpoint is None or delivery.event.type == EventType.PING:
        return False
    return not delivery.endpoint.is_enabled


def _wait_until(
    destination: WebhookDestination, delivery: Delivery, now: datetime
) -> datetime | None:
    if destination.rests_until is not None and destination.rests_until > now:
        return destination.rests_until
    in_hand = Delivery.objects.filter(destination=destination, lease_until__gt=now)
    most = MOST_AT_ONCE if destination.failures < FAILURES_TO_REST else 1
    if in_hand.exclude(pk=delivery.pk).count() >= most:
        return now + settings.LUMIQ_PACE.delivery_busy
    return None


def _post(delivery: Delivery, limits: Limits, resolve: Resolver) -> Answer:
    event = delivery.event
    now = timezone.now()
    signer = delivery.endpoint or endpoints.default_secret_of(event.user)
    keys = signer.secrets_at(now)
    if not keys:
        raise NoAnswer(Trouble.SECRET)
    body = event.body.encode()
    headers = {
        "Content-Type": "application/json",
        **signing.build_headers(event.message_id, body, keys=keys, now=now),
    }
    return post(delivery.url, body, headers, limits=limits, resolve=resolve)


@transaction.atomic
def _record(delivery: Delivery, attempt: DeliveryAttempt) -> None:
    destination = _lock(delivery)
    now = timezone.now()
    mine = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token)
    if not mine.update(lease_token=None, lease_until=None, **_decide(delivery, attempt, now)):
        return  # the lease was over, and another process has it or has had it
    attempt.save()
    _judge_destination(destination, attempt, now)
    if delivery.endpoint is not None:
        _judge_endpoint(delivery.endpoint, delivery, attempt)


def _decide(delivery: Delivery, attempt: DeliveryAttempt, now: datetime) -> dict[str, object]:
    delays = settings.LUMIQ_PACE.delivery_delays
    if attempt.is_success:
        return {"state": Delivery.State.DELIVERED, "delivered_at": now}
    is_only_try = delivery.event.type == EventType.PING or attempt.status == _GONE
    if is_only_try or delivery.tries > len(delays):
        return {"state": Delivery.State.DEAD}
    delay = nth(delays, delivery.tries - 1)
    if delivery.tries >= QUICK_TRIES:
        delay *= random.uniform(0.9, 1.1)  # noqa: S311 — so that what failed together does not come together
    return {"due_at": now + delay}


def _judge_destination(
    destination: WebhookDestination, attempt: DeliveryAttempt, now: datetime
) -> None:
    if attempt.is_success or attempt.status == _GONE:
        destination.failures, destination.rests_until = 0, None
    else:
        destination.failures += 1
        if destination.failures >= FAILURES_TO_REST:
            rests = settings.LUMIQ_PACE.destination_rests
            destination.rests_until = now + nth(rests, destination.failures - FAILURES_TO_REST)
    destination.save(update_fields=["failures", "rests_until"])


def _judge_endpoint(
    endpoint: WebhookEndpoint, delivery: Delivery, attempt: DeliveryAttempt
) -> None:
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if attempt.is_success:
        rows.filter(failing_since__isnull=False).update(failing_since=None)
        return
    if delivery.event.type == EventType.PING:
        return
    rows.filter(failing_since=None).update(failing_since=attempt.at)
    if attempt.status == _GONE:
        endpoints.disable(endpoint, endpoints.Disabled.GONE)
    long_ago = attempt.at - settings.LUMIQ_PACE.endpoint_give_up
    if delivery.tries >= QUICK_TRIES and rows.filter(failing_since__lte=long_ago).exists():
        endpoints.disable(endpoint, endpoints.Disabled.FAILING)
