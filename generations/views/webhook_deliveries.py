"""The log of deliveries: one of them with its tries, and its replay."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from generations.models import Delivery
from generations.outgoing import deliveries

DELIVERIES_PER_PAGE = 50


@require_safe
def log(request: SignedInRequest) -> HttpResponse:
    rows = Delivery.objects.for_user(request.user).for_log()
    page = Paginator(rows, DELIVERIES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "deliveries": page.object_list}
    return render(request, "webhooks/deliveries.html", context)


@require_safe
def delivery(request: SignedInRequest, delivery_id: str) -> HttpResponse:
    found = _find(request, delivery_id)
    return render(request, "webhooks/delivery.html", {"delivery": found})


@require_POST
def replay(request: SignedInRequest, delivery_id: str) -> HttpResponse:
    found = _find(request, delivery_id)
    try:
        deliveries.replay(found)
        messages.success(request, _("It is sent again, with the same id and the same body."))
    except deliveries.InHand:
        messages.warning(request, _("It is being sent at this moment. Look again in a minute."))
    except deliveries.EndpointDisabled:
        messages.error(request, _("The endpoint is switched off. Switch it on first."))
    return redirect(found)


def _find(request: SignedInRequest, delivery_id: str) -> Delivery:
    rows = Delivery.objects.for_user(request.user).select_related("event__generation", "endpoint")
    return get_object_or_404(rows, pk=delivery_id)
