"""Writes what customers are told: one event with its final body, one delivery a destination.

Called in the transaction that changed the state (generations.transitions), so that both are there
or neither. Nothing is sent here.
"""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts import tenancy
from accounts.models import User
from generations import kicks
from generations.lumiq import contract
from generations.models import (
    Delivery,
    EventType,
    Generation,
    WebhookDestination,
    WebhookEndpoint,
    WebhookEvent,
)
from generations.outgoing.addresses import host_of
from generations.reasons import sentence
from generations.states import Status

_TYPES = {
    Status.READY: EventType.COMPLETED,
    Status.FAILED: EventType.FAILED,
    Status.CANCELLED: EventType.FAILED,
}


class PingPending(Exception):
    """The last test ping of this endpoint is still on its way."""


def record_outcome(generation_id: uuid.UUID, status: Status) -> None:
    """Nothing where the video has no end yet, or nobody asked to be told of it."""
    if status not in _TYPES:
        return
    generation = Generation.objects.select_related("tenant", "user").get(pk=generation_id)
    kind = _TYPES[status]
    targets = _find_targets(generation, kind)
    if not targets:
        return
    now = timezone.now()
    event = WebhookEvent.objects.create(
        tenant=generation.tenant,
        user=generation.user,
        generation=generation,
        type=kind,
        body=json.dumps(_build_body(generation, now)),
        created_at=now,
    )
    for url, endpoint in targets.items():
        _enqueue(event, url, endpoint)


def ping(endpoint: WebhookEndpoint) -> Delivery:
    """A test, in the shape of the others so that any receiver can read it. Raises PingPending."""
    earlier = Delivery.objects.pending().filter(endpoint=endpoint, event__type=EventType.PING)
    if earlier.exists():
        raise PingPending
    now = timezone.now()
    body = {"task_id": "ping", "status": "ping", "timestamp": _format(now)}
    event = WebhookEvent.objects.create(
        tenant=endpoint.tenant,
        user=endpoint.user,
        type=EventType.PING,
        body=json.dumps(body),
        created_at=now,
    )
    return _enqueue(event, endpoint.url, endpoint)


def _find_targets(generation: Generation, kind: EventType) -> dict[str, WebhookEndpoint | None]:
    """Each address once; where an endpoint has the order's own address, the endpoint's secret."""
    targets: dict[str, WebhookEndpoint | None] = {}
    if generation.webhook_url:
        targets[generation.webhook_url] = None
    endpoints = WebhookEndpoint.objects.for_user(generation.user).filter(is_enabled=True)
    # Until the delivery is there nobody switches it off, and so deletes it.
    for endpoint in endpoints.select_for_update(no_key=True):
        if kind in endpoint.events:
            targets[endpoint.url] = endpoint
    return targets


def _build_body(generation: Generation, now: datetime) -> dict[str, Any]:
    """LUMIQ's documented payloads; `metadata` only where the caller has given some."""
    body = {"task_id": str(generation.pk)}
    if generation.is_ready:
        body |= {"status": contract.COMPLETED, "video_url": _video_url(generation)}
    else:
        body |= {"status": contract.FAILED, "error": sentence(generation) or ""}
    body["timestamp"] = _format(now)
    return {**body, "metadata": generation.metadata} if generation.metadata else body


def _video_url(generation: Generation) -> str:
    path = reverse("api:download", args=[generation.pk])
    if not generation.tenant.hostnames.exists():
        return path  # a portal that was taken off the net: no reason not to deliver the video
    return tenancy.build_url(generation.tenant, path)


def _format(moment: datetime) -> str:
    """UTC, and no zone named, as in LUMIQ's documentation."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def _enqueue(event: WebhookEvent, url: str, endpoint: WebhookEndpoint | None) -> Delivery:
    user: User = event.user
    destination, _ = WebhookDestination.objects.get_or_create(user=user, host=host_of(url))
    delivery = Delivery.objects.create(
        event=event,
        endpoint=endpoint,
        destination=destination,
        url=url,
        due_at=event.created_at,
    )
    kicks.kick_outbound(delivery.pk)
    return delivery
