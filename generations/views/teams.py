"""All teams, the videos of one, and the match of two."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations import browsing, cards, matches, search, team_names
from generations.kits import KITS, KITS_BY_SLUG, Kit
from generations.lumiq.contract import FOOTBALL_CREDITS
from generations.public_pages import render_public
from generations.views.paging import read_videos

MOST_MATCHES, MOST_MATCHES_OF_A_TEAM = 12, 5


@login_not_required
@require_safe
def teams(request: PortalRequest) -> HttpResponse:
    found = matches.rank(request.tenant)
    fans = matches.count_by_team(found)
    context = {
        "teams": [(KITS[team], fans.get(team, 0)) for team in team_names.in_order(KITS)],
        "matches": found[:MOST_MATCHES],
    }
    return render_public(request, "teams.html", context, lambda: _told(request))


@login_not_required
@require_safe
def team(request: PortalRequest, slug: str) -> HttpResponse:
    kit = KITS_BY_SLUG.get(slug)
    if kit is None:
        return _redirect_to_team(slug)
    videos = read_videos(request, which=browsing.of_team(kit))
    found = matches.rank(request.tenant, kit=kit, shown=videos["cards"])
    context = {
        **videos,
        "team": kit,
        "fans": matches.count_by_team(found).get(kit.team, 0),
        "matches": found[:MOST_MATCHES_OF_A_TEAM],
    }
    return render_public(request, "team.html", context, lambda: _told(request))


@login_not_required
@require_safe
def match(request: PortalRequest, slug: str) -> HttpResponse:
    """In either order; the one of the alphabet is the match's address."""
    kits = matches.parse(slug, KITS_BY_SLUG)
    if kits is None:
        raise Http404
    asked = matches.pair(*kits)
    if asked.slug != slug:
        return HttpResponsePermanentRedirect(reverse("match", args=[asked.slug]))
    videos = read_videos(request, which=browsing.of_match(asked.left, asked.right))
    counted = matches.count_fans(request.tenant, asked, shown=videos["cards"])
    context = {**videos, "match": counted}
    return render_public(
        request, "match.html", context, lambda: _told(request, asked.left, asked.right)
    )


def _told(request: PortalRequest, left: Kit | None = None, right: Kit | None = None) -> Any:
    """What the portal and the code tell beside what was read."""
    return {"card": cards.path_for(request.tenant, left, right), "price": FOOTBALL_CREDITS}


def _redirect_to_team(slug: str) -> HttpResponsePermanentRedirect:
    """From another name of it: /teams/usa/."""
    kit = search.find_team(slug.replace("-", " "))
    if kit is None:
        raise Http404
    return HttpResponsePermanentRedirect(reverse("team", args=[kit.slug]))
