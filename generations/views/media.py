"""Videos, posters, captions and draft photos, each behind the check of its page."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest, SignedInRequest
from generations import admission, subtitles
from generations.admission import Visit
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
    visit = _open_visit(request, code)
    is_download = request.method == "GET" and bool(request.GET.get("download"))
    if is_download and not visit.is_owner and _begins(request):
        admission.count_download(visit.link)
    return _unlisted(visit, _video(request, visit.link.generation))


@login_not_required
@require_safe
def shared_poster(request: PortalRequest, code: str) -> HttpResponseBase:
    visit = _open_visit(request, code)
    return _unlisted(visit, _poster(request, visit.link.generation))


@require_safe
def video_subtitles(request: SignedInRequest, generation_id: str) -> HttpResponseBase:
    return _subtitles(_owned(request, generation_id))


@login_not_required
@require_safe
def shared_subtitles(request: PortalRequest, code: str) -> HttpResponseBase:
    visit = _open_visit(request, code)
    return _unlisted(visit, _subtitles(visit.link.generation))


def _owned(request: SignedInRequest, generation_id: str) -> Generation:
    ready = Generation.objects.for_user(request.user).filter(status=Status.READY)
    return get_object_or_404(ready, pk=generation_id)


def _open_visit(request: PortalRequest, code: str) -> Visit:
    """The files obey what the page does: an end, a password, a limit of views."""
    visit = admission.find_visit(request, code)
    if visit is None or not visit.is_open:
        raise Http404
    return visit


def _begins(request: PortalRequest) -> bool:
    """A download in parts is one download: the part with the first byte counts."""
    return request.headers.get("Range", "bytes=0-").startswith("bytes=0-")


def _unlisted(visit: Visit, response: HttpResponseBase) -> HttpResponseBase:
    if not visit.may_be_indexed:
        response.headers["X-Robots-Tag"] = "noindex"
    if not visit.is_for_all:
        response.headers["Cache-Control"] = "private, no-store"
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


def _subtitles(generation: Generation) -> HttpResponse:
    told = subtitles.build_vtt(generation)
    if not told:
        raise Http404
    return HttpResponse(told, content_type="text/vtt; charset=utf-8")
