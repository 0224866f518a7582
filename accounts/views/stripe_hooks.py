"""Stripe's events. Stored and answered at once: what follows is a worker's."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import stripe_events
from accounts.errors import ForgedEvent

logger = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@require_POST
def platform_event(request: HttpRequest) -> HttpResponse:
    return _receive(request, is_connect=False)


@csrf_exempt
@login_not_required
@require_POST
def connect_event(request: HttpRequest) -> HttpResponse:
    return _receive(request, is_connect=True)


def _receive(request: HttpRequest, *, is_connect: bool) -> HttpResponse:
    body = request.read(stripe_events.MAX_BODY_BYTES + 1)
    signature = request.headers.get("Stripe-Signature", "")
    try:
        stripe_events.receive(body, signature, is_connect=is_connect)
    except ForgedEvent as error:
        logger.warning("Stripe event refused: %s", error)
        return JsonResponse({"error": "refused"}, status=400)
    return JsonResponse({"received": True})
