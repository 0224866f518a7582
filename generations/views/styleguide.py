"""All parts of the look on one page, for who works on it."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations.kits import KITS

MODES = ("dark", "light")


@login_not_required
@require_safe
def styleguide(request: PortalRequest) -> HttpResponse:
    """For the portal's staff, or anyone while DEBUG is on. `?mode=dark` shows the other mode."""
    if not (settings.DEBUG or getattr(request.user, "is_tenant_staff", False)):
        raise Http404
    mode = request.GET.get("mode", "")
    context = {"kits": list(KITS.values()), "data_mode": mode if mode in MODES else ""}
    return render(request, "styleguide.html", context)
