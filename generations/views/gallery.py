"""The public gallery."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations import sharing
from generations.kits import KITS, KITS_BY_SLUG


@login_not_required
@require_safe
def gallery(request: PortalRequest) -> HttpResponse:
    kit = KITS_BY_SLUG.get(request.GET.get("team", ""))
    page = sharing.gallery_page(request.tenant, kit=kit, number=request.GET.get("page"))
    teams = sorted(KITS.values(), key=lambda each: each.team)
    return render(request, "gallery.html", {"page_obj": page, "teams": teams, "team": kit})
