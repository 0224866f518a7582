"""LUMIQ's callbacks. Answered at once: what follows is the fetch queue's."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from generations import webhooks
from generations.lumiq.contract import MalformedPayload


@csrf_exempt
@login_not_required
@require_POST
def lumiq_callback(request: HttpRequest, token: str) -> HttpResponse:
    body = request.read(webhooks.MAX_BODY_BYTES + 1)
    try:
        webhooks.receive(token, body)
    except webhooks.UnknownToken:
        return JsonResponse({"error": "unknown"}, status=404)
    except MalformedPayload:
        return JsonResponse({"error": "malformed"}, status=400)
    return JsonResponse({"received": True})
