"""A user's webhook endpoints: the list, one of them, its switches, and the secrets."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.requests import SignedInRequest
from generations.models import Delivery, WebhookEndpoint
from generations.models.webhook import FILTERED
from generations.outgoing import endpoints, events
from generations.outgoing.addresses import RefusedAddress
from generations.outgoing.forms import EndpointForm, NewEndpointForm

DELIVERIES_SHOWN = 25


@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: SignedInRequest) -> HttpResponse:
    form = NewEndpointForm(request.POST or None, initial={"events": list(FILTERED)})
    endpoint = _create(request.user, form) if form.is_valid() else None
    if endpoint is not None:
        messages.success(request, _("Added. Here is its secret; send it a test ping."))
        return redirect(endpoint)
    context = {
        "form": form,
        "endpoints": WebhookEndpoint.objects.for_user(request.user),
        "signer": endpoints.default_secret_of(request.user),
        "deliveries": Delivery.objects.for_user(request.user).for_log()[:DELIVERIES_SHOWN],
        "now": timezone.now(),
    }
    return render(request, "webhooks/webhooks.html", context, status=422 if form.errors else 200)


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
    return render(request, "webhooks/webhook.html", context, status=422 if form.errors else 200)


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
    endpoints.delete(_find(request, endpoint_id))
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


def _create(user: User, form: NewEndpointForm) -> WebhookEndpoint | None:
    """None where it may not be; the form says why."""
    try:
        return endpoints.create(user, **form.cleaned_data)
    except RefusedAddress as refusal:
        form.add_error("url", refusal.message)
    except endpoints.KnownAddress:
        form.add_error("url", _("You have an endpoint with this address already."))
    except endpoints.TooManyEndpoints:
        most = _("You have %(most)d endpoints. Delete one before you add another.")
        form.add_error(None, most % {"most": endpoints.MOST_ENDPOINTS})
    return None


def _find(request: SignedInRequest, endpoint_id: str) -> WebhookEndpoint:
    return get_object_or_404(WebhookEndpoint.objects.for_user(request.user), pk=endpoint_id)
