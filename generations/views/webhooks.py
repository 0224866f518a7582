"""A user's webhook endpoints: the list, one of them, its switches, and the secrets."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import SignedInRequest
from generations.models import Delivery, WebhookEndpoint
from generations.outgoing import endpoints, events
from generations.outgoing.forms import EndpointForm, NewEndpointForm

DELIVERIES_SHOWN = 25


@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: SignedInRequest) -> HttpResponse:
    form = NewEndpointForm(request.POST or None, user=request.user)
    if form.is_valid() and form.endpoint is not None:
        messages.success(request, _("Added. Its secret is below; send it a test ping."))
        return redirect(form.endpoint)
    context = {
        "form": form,
        "endpoints": WebhookEndpoint.objects.for_user(request.user),
        "most_endpoints": endpoints.MOST_ENDPOINTS,
        "signer": endpoints.default_secret_of(request.user),
        "deliveries": Delivery.objects.for_user(request.user).for_log()[:DELIVERIES_SHOWN],
        "now": timezone.now(),
    }
    return render(request, "webhooks.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: SignedInRequest, endpoint_id: str) -> HttpResponse:
    endpoint = _find(request, endpoint_id)
    stored = {"events": endpoint.events, "description": endpoint.description}
    form = EndpointForm(request.POST or None, initial=stored)
    if form.is_valid():
        endpoints.change(endpoint, **form.cleaned_data)
        messages.success(request, _("Saved. It counts from the next event on."))
        return redirect(endpoint)
    context = {
        "form": form,
        "endpoint": endpoint,
        "deliveries": Delivery.objects.filter(endpoint=endpoint).for_log()[:DELIVERIES_SHOWN],
        "now": timezone.now(),
    }
    return render(request, "webhook.html", context, status=422 if form.errors else 200)


@require_POST
def activate(request: SignedInRequest, endpoint_id: str) -> HttpResponse:
    endpoint = _find(request, endpoint_id)
    endpoints.enable(endpoint)
    messages.success(request, _("Switched on. What it missed can be replayed."))
    return redirect(endpoint)


@require_POST
def deactivate(request: SignedInRequest, endpoint_id: str) -> HttpResponse:
    endpoint = _find(request, endpoint_id)
    endpoints.disable(endpoint, endpoints.Disabled.OWNER)
    messages.success(request, _("Switched off. Nothing is delivered to it."))
    return redirect(endpoint)


@require_POST
def delete(request: SignedInRequest, endpoint_id: str) -> HttpResponse:
    _find(request, endpoint_id).delete()
    messages.success(request, _("The endpoint and its log are deleted."))
    return redirect("webhooks")


@require_POST
def rotate(request: SignedInRequest, endpoint_id: str) -> HttpResponse:
    endpoint = _find(request, endpoint_id)
    endpoints.rotate(endpoint)
    messages.success(request, _("There is a new secret. The old one works for 24 hours more."))
    return redirect(endpoint)


@require_POST
def rotate_default(request: SignedInRequest) -> HttpResponse:
    endpoints.rotate(endpoints.default_secret_of(request.user))
    messages.success(request, _("There is a new secret. The old one works for 24 hours more."))
    return redirect("webhooks")


@require_POST
def ping(request: SignedInRequest, endpoint_id: str) -> HttpResponse:
    endpoint = _find(request, endpoint_id)
    try:
        return redirect(events.ping(endpoint))
    except events.PingPending:
        messages.warning(request, _("The last test ping is still on its way. Wait a moment."))
        return redirect(endpoint)


def _find(request: SignedInRequest, endpoint_id: str) -> WebhookEndpoint:
    return get_object_or_404(WebhookEndpoint.objects.for_user(request.user), pk=endpoint_id)
