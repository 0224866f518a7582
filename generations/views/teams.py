"""All teams, the videos of one, and the match of two."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations import browsing, cards, matches, search, team_names
from generations.kits import KITS, KITS_BY_SLUG
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
        "card": cards.path_for(request.tenant, None, None),
        "price": FOOTBALL_CREDITS,
    }
    return render_public(request, "teams.html", context)


@login_not_required
@require_safe
def team(request: PortalRequest, slug: str) -> HttpResponse:
    kit = KITS_BY_SLUG.get(slug)
    if kit is None:
        return _redirect_to_team(slug)
    found = matches.rank(request.tenant, kit=kit)
    context = {
        **read_videos(request, which=browsing.of_team(kit)),
        "team": kit,
        "fans": matches.count_by_team(found).get(kit.team, 0),
        "matches": found[:MOST_MATCHES_OF_A_TEAM],
        "card": cards.path_for(request.tenant, None, None),
        "price": FOOTBALL_CREDITS,
    }
    return render_public(request, "team.html", context)


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
    context = {
        **read_videos(request, which=browsing.of_match(asked.left, asked.right)),
        "match": matches.count_fans(request.tenant, asked),
        "card": cards.path_for(request.tenant, asked.left, asked.right),
        "price": FOOTBALL_CREDITS,
    }
    return render_public(request, "match.html", context)


def _redirect_to_team(slug: str) -> HttpResponsePermanentRedirect:
    """From another name of it: /teams/usa/."""
    kit = search.find_team(slug.replace("-", " "))
    if kit is None:
        raise Http404
    return HttpResponsePermanentRedirect(reverse("team", args=[kit.slug]))
