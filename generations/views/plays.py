"""Counts plays: the player tells of its first one in each view of a page."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.requests import PortalRequest
from generations import admission, plays


@csrf_exempt  # signed-out visitors have no token, and nothing can be gained by a forged play
@login_not_required
@require_POST
def record_play(request: PortalRequest, code: str) -> HttpResponse:
    """The fan's own plays and those of machines and of other sites' pages are not counted."""
    visit = admission.find_visit(request, code)
    if visit is None or not visit.is_open:
        raise Http404
    is_from_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    is_person = plays.is_person(request.headers.get("User-Agent", ""))
    if is_from_here and is_person and not visit.is_owner:
        plays.record(visit.link)
    return HttpResponse(status=204)
