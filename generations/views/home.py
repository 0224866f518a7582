"""The portal's front page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations import browsing, cards, estimates, progress
from generations.lumiq.contract import FOOTBALL_CREDITS, FOOTBALL_SECONDS
from generations.models import Generation
from generations.public_pages import render_public

LATEST = 8
DEFAULT_PAIRING = ("Argentina", "Croatia")


@login_not_required
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    if request.is_platform:
        return render(request, "platform.html")
    latest = browsing.newest(request.tenant, most=LATEST)
    sample = next((video for video in latest if video.left_kit), None)
    left, right = (sample.team_left, sample.team_right) if sample else DEFAULT_PAIRING
    context = {
        "sample": sample,
        "latest": latest,
        "left": left,
        "right": right,
        "price": FOOTBALL_CREDITS,
        "usual_time": progress.usual_time(
            *estimates.usual_seconds(Generation.Product.FOOTBALL, FOOTBALL_SECONDS)
        ),
        "canonical": request.build_absolute_uri(request.path),
        "card": cards.path_for(request.tenant, None, None),
    }
    return render_public(request, "home.html", context)
