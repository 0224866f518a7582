"""The public gallery, and its search."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations import cards, search, team_names
from generations.browsing import EVERYTHING, Which
from generations.kits import KITS, KITS_BY_SLUG
from generations.lumiq.contract import FOOTBALL_CREDITS
from generations.matches import pair
from generations.public_pages import render_public
from generations.views.paging import read_videos


@login_not_required
@require_safe
def gallery(request: PortalRequest) -> HttpResponse:
    """A search for nothing but one team or two is answered with their own page."""
    if not {"team", "page"}.isdisjoint(request.GET):
        return _leave_former_address(request.GET.get("team", ""))
    words = " ".join(request.GET.get("q", "").split())[: search.LONGEST]
    found = search.read(words)
    if 1 <= len(found.kits) <= 2:
        return redirect(_address_of(found))
    which = Which(found.condition) if words else EVERYTHING
    videos = read_videos(request, which=which, words=words)
    near = search.read(search.suggest(found)) if words and not videos["cards"] else found
    context = {
        **videos,
        "words": words,
        "near": [kit.team for kit in near.kits[:2]],
        "near_address": _address_of(near) if near.kits else "",
    }
    return render_public(
        request,
        "gallery.html",
        context,
        lambda: {
            "teams": [KITS[team] for team in team_names.in_order(KITS)],
            "card": cards.path_for(request.tenant, None, None),
            "price": FOOTBALL_CREDITS,
        },
    )


def _address_of(found: search.Search) -> str:
    """Where all videos of these one or two teams are."""
    first, *others = found.kits
    if not others:
        return reverse("team", args=[first.slug])
    return reverse("match", args=[pair(first, others[0]).slug])


def _leave_former_address(slug: str) -> HttpResponsePermanentRedirect:
    """From before teams had pages of their own, and pages a position instead of a number."""
    kit = KITS_BY_SLUG.get(slug)
    address = reverse("team", args=[kit.slug]) if kit else reverse("gallery")
    return HttpResponsePermanentRedirect(address)
