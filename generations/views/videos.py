"""One video of its owner's: its page in whatever state it is, and the status alone."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import statement
from accounts.models import CreditHold
from accounts.requests import SignedInRequest
from generations import estimates, failures, progress, retries, stories
from generations.forms import CaptionForm
from generations.models import Generation


@require_safe
def video(request: SignedInRequest, generation_id: str) -> HttpResponse:
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    return render_video(request, generation)


def render_video(
    request: SignedInRequest, generation: Generation, *, caption_form: CaptionForm | None = None
) -> HttpResponse:
    """`caption_form` is one with mistakes, to be shown with them."""
    context = {
        "generation": generation,
        "has_consents": generation.consents.exists(),
        **_credits(generation),
    }
    if generation.is_active:
        context |= _status(generation)
    elif generation.is_ready:
        form = caption_form or CaptionForm(video=generation)
        context |= {**_ready(request, generation), "caption_form": form}
    else:
        context |= _failure(generation)
    return render(request, "video.html", context, status=422 if caption_form else 200)


@require_safe
def video_status(request: SignedInRequest, generation_id: str) -> HttpResponse:
    """For htmx; asks for the whole page once the video has come to its end."""
    generation = get_object_or_404(Generation.objects.for_user(request.user), pk=generation_id)
    context = {"generation": generation, **_credits(generation), **_status(generation)}
    response = render(request, "partials/_status.html", context)
    response.headers["Cache-Control"] = "no-store"
    if not generation.is_active:
        response.headers["HX-Refresh"] = "true"
    return response


def _credits(generation: Generation) -> dict[str, Any]:
    """What it cost, as the ledger has it: its status is not asked."""
    return {
        "hold": CreditHold.objects.filter(generation_id=generation.pk).first(),
        "ledger_lines": statement.lines_of(generation.user, generation.pk),
        "keeps_files": retries.keeps_files(generation),
        "price": retries.price_of(generation),
    }


def _status(generation: Generation) -> dict[str, Any]:
    estimate = estimates.expect(generation) if generation.is_active else None
    events = list(generation.events.all())
    return {
        "queue_position": estimate.position if estimate else None,
        "time_left": progress.time_left(estimate) if estimate else None,
        "usual_time": progress.usual_time(*estimates.making_seconds(generation)),
        "progress": progress.percent(generation, estimate),
        "timeline": progress.build_timeline(generation, events, estimate),
    }


def _ready(request: SignedInRequest, generation: Generation) -> dict[str, Any]:
    links = list(generation.share_links.all())
    for link in links:
        # For the template only.
        link.url = request.build_absolute_uri(link.get_absolute_url())  # type: ignore[attr-defined]
    return {
        "share_links": links,
        "story": stories.find(generation),
        "has_story": generation.ratio != stories.UPRIGHT,
    }


def _failure(generation: Generation) -> dict[str, Any]:
    obstacle = retries.find_obstacle(generation)
    return {
        "failure": failures.explain(generation, obstacle),
        "can_retry": obstacle is None,
        "retry": retries.find_retry(generation),
    }
