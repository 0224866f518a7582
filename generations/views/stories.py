"""The vertical version of the owner's video: asked for, its state for htmx, the file."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from generations import stories
from generations.models import Generation
from generations.serving import serve
from generations.states import Status


@require_http_methods(["GET", "HEAD", "POST"])
def story(request: SignedInRequest, generation_id: str) -> HttpResponse:
    generation = _ready(request, generation_id)
    if request.method == "POST":
        stories.ask(generation)
        return redirect(generation)
    context = {"generation": generation, "story": stories.find(generation)}
    response = render(request, "partials/_story.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def story_file(request: SignedInRequest, generation_id: str) -> HttpResponseBase:
    generation = _ready(request, generation_id)
    made = stories.find(generation)
    if made is None or not made.is_made:
        raise Http404
    return serve(
        request,
        str(made.file.name),
        content_type="video/mp4",
        filename=_("%(title)s, story version.mp4") % {"title": generation.title},
        as_attachment=bool(request.GET.get("download")),
    )


def _ready(request: SignedInRequest, generation_id: str) -> Generation:
    """One that is upright already has none."""
    rows = Generation.objects.for_user(request.user).filter(status=Status.READY)
    return get_object_or_404(rows.exclude(ratio=stories.UPRIGHT), pk=generation_id)
