"""The tenant's colours as a style sheet."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.branding import build_branding_css
from accounts.requests import PortalRequest


@login_not_required
@require_safe
@cache_control(public=True, max_age=60)
def branding_css(request: PortalRequest) -> HttpResponse:
    return HttpResponse(build_branding_css(request.tenant), content_type="text/css; charset=utf-8")
