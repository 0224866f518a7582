"""Videos, posters and draft photos, each behind the check of its page."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest, SignedInRequest
from generations import sharing
from generations.models import Generation, Upload
from generations.serving import serve
from generations.states import Status


@require_safe
def upload(request: SignedInRequest, upload_id: str) -> HttpResponseBase:
    row = get_object_or_404(Upload.objects.for_user(request.user), pk=upload_id)
    name = row.file.name or ""
    return serve(request, name, content_type=row.content_type, filename=name.rsplit("/")[-1])


@require_safe
def video_file(request: SignedInRequest, generation_id: str) -> HttpResponseBase:
    return _video(request, _owned(request, generation_id))


@require_safe
def video_poster(request: SignedInRequest, generation_id: str) -> HttpResponseBase:
    return _poster(request, _owned(request, generation_id))


@login_not_required
@require_safe
def shared_file(request: PortalRequest, code: str) -> HttpResponseBase:
    generation = _shared(request, code)
    return _for_robots(generation, _video(request, generation))


@login_not_required
@require_safe
def shared_poster(request: PortalRequest, code: str) -> HttpResponseBase:
    generation = _shared(request, code)
    return _for_robots(generation, _poster(request, generation))


def _owned(request: SignedInRequest, generation_id: str) -> Generation:
    ready = Generation.objects.for_user(request.user).filter(status=Status.READY)
    return get_object_or_404(ready, pk=generation_id)


def _shared(request: PortalRequest, code: str) -> Generation:
    link = sharing.find_shared(request.tenant, code)
    if link is None:
        raise Http404
    return link.generation


def _for_robots(generation: Generation, response: HttpResponseBase) -> HttpResponseBase:
    if generation.visibility != Generation.Visibility.PUBLIC:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _video(request: PortalRequest, generation: Generation) -> HttpResponseBase:
    return serve(
        request,
        generation.video.name or "",
        content_type="video/mp4",
        filename=f"{generation.title}.mp4",
        as_attachment=bool(request.GET.get("download")),
    )


def _poster(request: PortalRequest, generation: Generation) -> HttpResponseBase:
    return serve(
        request,
        generation.poster.name or "",
        content_type="image/jpeg",
        filename=f"{generation.title}.jpg",
    )
