"""For programs: the feed, the sitemap, and what robots may ask for."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import views as sitemaps
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from accounts.requests import PortalRequest
from generations.feeds import PublicPages, VideoFeed

# What stands there is nobody's but a signed-in fan's. Shared pages say themselves whether a search
# engine may list them, so it must be let in to read that.
_CLOSED = ("/account/", "/admin/", "/api/v1/", "/create/", "/hooks/", "/uploads/", "/videos/")

_feed = VideoFeed()


@login_not_required
@require_safe
@conditional_page
@cache_control(no_cache=True)
def feed(request: PortalRequest) -> HttpResponseBase:
    return _feed(request)


@login_not_required
@require_safe
@conditional_page
@cache_control(no_cache=True)
def sitemap(request: PortalRequest) -> HttpResponseBase:
    made = sitemaps.sitemap(request, {"pages": PublicPages(request)}).render()
    # Not the template response itself: in place of that no decorator can put a 304.
    return HttpResponse(made.content, headers=made.headers)


@login_not_required
@require_safe
def robots(request: PortalRequest) -> HttpResponse:
    closed = "\n".join(f"Disallow: {path}" for path in _CLOSED)
    address = request.build_absolute_uri(reverse("sitemap"))
    text = f"User-agent: *\n{closed}\n\nSitemap: {address}\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
