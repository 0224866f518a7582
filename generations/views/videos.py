"""The owner's videos: the list, one video with its status, and the status alone."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import CreditHold, CreditLeg
from accounts.requests import SignedInRequest
from generations import estimates, progress
from generations.models import Generation

MOST_LISTED = 200


@require_safe
def videos(request: SignedInRequest) -> HttpResponse:
    generations = Generation.objects.for_user(request.user)[:MOST_LISTED]
    return render(request, "videos.html", {"generations": generations})


@require_safe
def video(request: SignedInRequest, generation_id: str) -> HttpResponse:
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    context = _status_context(generation)
    links = list(generation.share_links.all())
    for link in links:
        link.url = request.build_absolute_uri(link.get_absolute_url())  # type: ignore[attr-defined]
    return render(request, "video.html", {**context, "share_links": links})


@require_safe
def video_status(request: SignedInRequest, generation_id: str) -> HttpResponse:
    """For htmx; asks for the whole page once the video has come to its end."""
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    response = render(request, "partials/_status.html", _status_context(generation))
    response.headers["Cache-Control"] = "no-store"
    if not generation.is_active:
        response.headers["HX-Refresh"] = "true"
    return response


def _status_context(generation: Generation) -> dict[str, Any]:
    hold = CreditHold.objects.filter(generation_id=generation.pk).first()
    entry = (
        CreditLeg.objects.filter(
            transaction__reference=f"hold:{generation.pk}", account__kind="held"
        )
        .select_related("transaction")
        .first()
    )
    events = list(generation.events.all())
    estimate = estimates.expect(generation) if generation.is_active else None
    return {
        "generation": generation,
        "events": events,
        "hold": hold,
        "hold_entry": entry,
        "queue_position": estimate.position if estimate else None,
        "time_left": progress.time_left(estimate) if estimate else None,
        "progress": progress.percent(generation),
        "timeline": progress.build_timeline(generation, events),
    }
