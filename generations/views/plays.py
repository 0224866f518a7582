"""Counts plays: the player tells of its first one in each view of a page."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.requests import PortalRequest
from generations import plays, sharing


@csrf_exempt  # signed-out visitors have no token, and nothing can be gained by a forged play
@login_not_required
@require_POST
def record_play(request: PortalRequest, code: str) -> HttpResponse:
    """The fan's own plays and those of machines and of other sites' pages are not counted."""
    link = sharing.find_shared(request.tenant, code)
    if link is None:
        raise Http404
    is_from_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    is_person = plays.is_person(request.headers.get("User-Agent", ""))
    if is_from_here and is_person and request.user != link.generation.user:
        plays.record(link)
    return HttpResponse(status=204)
