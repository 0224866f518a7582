"""The public page of a share link."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import PortalRequest
from generations import sharing
from generations.models import Generation
from generations.public_pages import render_public
from generations.structured_data import build_video_object


@login_not_required
@require_safe
def share(request: PortalRequest, code: str) -> HttpResponse:
    link = sharing.find_shared(request.tenant, code)
    if link is None:
        if sharing.was_shared(request.tenant, code):
            return render(request, "errors/410.html", status=410)
        raise Http404
    generation = link.generation
    is_public = generation.visibility == Generation.Visibility.PUBLIC
    addresses = {
        "page_url": request.build_absolute_uri(link.get_absolute_url()),
        "video_url": request.build_absolute_uri(reverse("share-file", args=[code])),
        "poster_url": request.build_absolute_uri(reverse("share-poster", args=[code])),
    }
    context = {
        "generation": generation,
        "link": link,
        **addresses,
        "video_object": build_video_object(generation, **addresses) if is_public else "",
        "is_owner": request.user == generation.user,
    }
    response = render_public(request, "share.html", context)
    if not is_public:
        response.headers["X-Robots-Tag"] = "noindex"
    return response
