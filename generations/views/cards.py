"""Preview cards, for messengers and other sites."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations import cards
from generations.kits import KITS_BY_SLUG, Kit
from generations.serving import serve
from generations.storing import StorageAway


@login_not_required
@require_safe
def pairing_card(request: PortalRequest, left: str, right: str) -> HttpResponseBase:
    kits = KITS_BY_SLUG.get(left), KITS_BY_SLUG.get(right)
    if None in kits or left == right:
        raise Http404
    return _serve(request, *kits)


@login_not_required
@require_safe
def portal_card(request: PortalRequest) -> HttpResponseBase:
    return _serve(request, None, None)


def _serve(request: PortalRequest, left: Kit | None, right: Kit | None) -> HttpResponseBase:
    try:
        name = cards.fetch_card(request.tenant, left, right)
        response = serve(request, name, content_type="image/jpeg", filename="card.jpg")
    except StorageAway:
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    # The address changes with the portal's look, so what it gave may be kept.
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
