"""The public page of a share link, and the steps before it: a password, a view."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.errors import TooManyTries, TriesNotCounted
from accounts.requests import PortalRequest
from generations import admission, link_passwords
from generations.admission import Outcome, Visit
from generations.public_pages import render_public
from generations.share_previews import Preview, build_preview
from generations.structured_data import build_video_object


@login_not_required
@require_safe
def share(request: PortalRequest, code: str) -> HttpResponse:
    visit = visit_or_404(request, code)
    if visit.is_gone:
        return _guarded(visit, render(request, "errors/410.html", {"visit": visit}, status=410))
    if visit.outcome is Outcome.SIGN_IN:
        return _guarded(visit, redirect_to_login(request.get_full_path()))
    if visit.outcome is Outcome.PASSWORD:
        return show_password_page(request, visit)
    if visit.is_open and visit.is_for_all:
        page = render_public(
            request, "share.html", _read_of(visit), lambda: _describe(request, visit)
        )
    else:
        page = render(request, "share.html", build_context(request, visit))
    return _guarded(visit, page)


@login_not_required
@require_safe
def sheet(request: PortalRequest, code: str) -> HttpResponse:
    """Ways to pass the link on, as a page of their own: for browsers without scripts."""
    visit = visit_or_404(request, code)
    if not visit.is_open:
        return redirect("share", code)
    return _guarded(visit, render(request, "share_sheet.html", build_context(request, visit)))


@login_not_required
@require_POST
def password(request: PortalRequest, code: str) -> HttpResponse:
    visit = visit_or_404(request, code)
    if visit.outcome is not Outcome.PASSWORD:
        return redirect("share", code)
    guess, address = request.POST.get("password", ""), request.META.get("REMOTE_ADDR", "")
    try:
        is_right = link_passwords.is_right(visit.link, guess[:200], address=address)
    except TooManyTries as error:
        told = _say_when(error.wait_seconds)
        answer = show_password_page(request, visit, error=told, status=429)
        answer.headers["Retry-After"] = str(error.wait_seconds)
        return answer
    except TriesNotCounted:
        told = _("We cannot check passwords right now. Try again in a few minutes.")
        return show_password_page(request, visit, error=told, status=503)
    if not is_right:
        told = _("That is not the password. Ask who sent you the link.")
        return show_password_page(request, visit, error=told, status=422)
    response = redirect("share", code)
    admission.remember_password(response, visit.link)
    return response


# Without a token: browsers report views of pages that no cookie goes with. At worst a view is
# counted that was none, which whoever knows the address can do anyway.
@csrf_exempt
@login_not_required
@require_POST
def views(request: PortalRequest, code: str) -> HttpResponse:
    visit = visit_or_404(request, code)
    if visit.link.max_views is None:
        if visit.is_open and not visit.is_owner:
            admission.count_view(visit.link)
        return HttpResponse(status=204)
    response = redirect("share", code)
    if visit.outcome is Outcome.ASK_FOR_VIEW and admission.count_view(visit.link):
        admission.remember_view(response, visit.link)
    return response


def visit_or_404(request: PortalRequest, code: str) -> Visit:
    visit = admission.find_visit(request, code)
    if visit is None:
        raise Http404
    return visit


def build_context(request: PortalRequest, visit: Visit) -> dict[str, Any]:
    return {**_read_of(visit), **_describe(request, visit)}


def show_password_page(
    request: PortalRequest, visit: Visit, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {"visit": visit, "preview": build_preview(request, visit), "error": error}
    return _guarded(visit, render(request, "share_password.html", context, status=status))


def _read_of(visit: Visit) -> dict[str, Any]:
    """With the link its video, and the video's fan."""
    return {"link": visit.link, "is_owner": visit.is_owner}


def _describe(request: PortalRequest, visit: Visit) -> dict[str, Any]:
    """What follows from that at this address."""
    link, preview = visit.link, build_preview(request, visit)
    described = _build_video_object(request, visit, preview) if visit.may_be_indexed else ""
    return {
        "visit": visit,
        "generation": link.generation,
        "preview": preview,
        "video_object": described,
        "views_left": link.max_views - link.views if link.max_views else 0,
    }


def _build_video_object(request: PortalRequest, visit: Visit, preview: Preview) -> str:
    poster = reverse("share-poster", args=[visit.link.code])
    return build_video_object(
        visit.link.generation,
        page_url=preview.page_url,
        video_url=preview.video_url,
        poster_url=request.build_absolute_uri(poster),
    )


def _guarded(visit: Visit, response: HttpResponse) -> HttpResponse:
    if not visit.may_be_indexed:
        response.headers["X-Robots-Tag"] = "noindex"
    if not visit.is_for_all:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _say_when(wait_seconds: int) -> str:
    minutes = -(-wait_seconds // 60)
    told = ngettext(
        "Too many tries. Try again in %(minutes)s minute.",
        "Too many tries. Try again in %(minutes)s minutes.",
        minutes,
    )
    return told % {"minutes": minutes}
