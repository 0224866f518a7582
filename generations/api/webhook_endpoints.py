"""The caller's webhook endpoints: listed, made, tested, deleted."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from accounts.models.api_key import Scope
from generations.api import errors, parameters, schemas
from generations.api.auth import caller, requires
from generations.api.errors import ApiError
from generations.api.parameters import ALL_EVENTS
from generations.api.responses import answers
from generations.lumiq import contract
from generations.models import WebhookEndpoint
from generations.outgoing import endpoints
from generations.outgoing.addresses import RefusedAddress
from generations.outgoing.events import PingPending, ping

router = Router(tags=["Webhooks"])
manages = requires(Scope.WEBHOOKS)

_EVENTS = ", ".join(ALL_EVENTS)


@router.get("/webhook-endpoints", auth=manages, response=answers(schemas.WebhookEndpoints))
def webhook_endpoints(request: HttpRequest) -> dict[str, Any]:
    """Where your events go, besides the webhook_url of single orders."""
    rows = WebhookEndpoint.objects.for_user(caller(request)).order_by("created_at")
    return {"webhook_endpoints": [_describe(row) for row in rows]}


@router.post("/webhook-endpoints", auth=manages, response=answers(schemas.NewWebhookEndpoint, 409))
def create_webhook_endpoint(
    request: HttpRequest,
    url: parameters.EndpointUrl,
    events: parameters.EndpointEvents,
    description: parameters.EndpointDescription,
) -> dict[str, Any]:
    """Have events sent to an address. The answer has the secret that they are signed with."""
    chosen = [kind.strip() for kind in events.split(",") if kind.strip()]
    if not chosen or not {*chosen} <= {*ALL_EVENTS}:
        raise ApiError(errors.INVALID_REQUEST, f"events must be some of {', '.join(ALL_EVENTS)}.")
    if "\0" in description:
        raise ApiError(errors.INVALID_REQUEST, "Check description.")
    try:
        row = endpoints.create(caller(request), url=url, events=chosen, description=description)
    except RefusedAddress as error:
        raise ApiError(errors.INVALID_WEBHOOK_URL, error.message) from error
    except endpoints.KnownAddress as error:
        detail = "You have an endpoint of this address already."
        raise ApiError(errors.KNOWN_ENDPOINT, detail) from error
    except endpoints.TooManyEndpoints as error:
        detail = f"You may have {endpoints.MOST_ENDPOINTS}. Delete one first."
        raise ApiError(errors.TOO_MANY_ENDPOINTS, detail) from error
    return {"success": True, **_describe(row), "secret": row.secret}


@router.delete("/webhook-endpoints/{endpoint_id}", auth=manages, response=answers(schemas.Done))
def delete_webhook_endpoint(
    request: HttpRequest, endpoint_id: parameters.EndpointId
) -> dict[str, Any]:
    """It gets nothing any more, and its log is deleted."""
    endpoints.delete(_find(request, endpoint_id))
    return {"success": True}


@router.post(
    "/webhook-endpoints/{endpoint_id}/ping", auth=manages, response=answers(schemas.Done, 409)
)
def ping_webhook_endpoint(
    request: HttpRequest, endpoint_id: parameters.EndpointId
) -> dict[str, Any]:
    """Send it a test event. Your account's page shows what it answered."""
    endpoint = _find(request, endpoint_id)
    try:
        ping(endpoint)
    except PingPending as error:
        detail = "The last test event is still on its way."
        raise ApiError(errors.IN_PROGRESS, detail) from error
    return {"success": True}


def _find(request: HttpRequest, endpoint_id: str) -> WebhookEndpoint:
    try:
        pk = uuid.UUID(endpoint_id)
    except ValueError:
        raise Http404 from None
    row = WebhookEndpoint.objects.for_user(caller(request)).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _describe(row: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "url": row.url,
        "events": row.events,
        "description": row.description,
        "is_enabled": row.is_enabled,
        "created_at": contract.format_created_at(row.created_at),
    }
