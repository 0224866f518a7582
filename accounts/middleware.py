"""Who is asked (tenant by host) and who asks (a user of that tenant, or nobody)."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from accounts.tenancy import is_platform_host, normalise_host, tenant_for_host

# The same on every host: what machines that know no tenant ask for (LUMIQ, Stripe, load balancers),
# and static files, which the page for unknown hosts needs too.
HOST_FREE_PREFIXES = ("/hooks/", "/healthz", "/readyz", "/metrics", "/internal/", "/static/")
# What the platform's own host serves besides.
PLATFORM_PREFIXES = ("/admin/", "/static/")

GetResponse = Callable[[HttpRequest], HttpResponse]


class TenantMiddleware:
    """First of all: sets `request.tenant`, answers unknown hosts with a neutral 404."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = normalise_host(request.META.get("HTTP_HOST", ""))
        request.is_platform = bool(host) and is_platform_host(host or "")  # type: ignore[attr-defined]
        request.tenant = None  # type: ignore[attr-defined]
        if request.path.startswith(HOST_FREE_PREFIXES):
            # Nothing there looks at the host, which may be any address of the load balancer.
            return self.get_response(request)
        if host and not is_platform_host(host):
            request.tenant = tenant_for_host(host)  # type: ignore[attr-defined]
        if not self._serves(request):
            return render(request, "errors/unknown_host.html", status=404)
        response = self.get_response(request)
        patch_vary_headers(response, ["Host"])
        return response

    def _serves(self, request: HttpRequest) -> bool:
        if request.is_platform:  # type: ignore[attr-defined]
            return request.path == "/" or request.path.startswith(PLATFORM_PREFIXES)
        # Until tenants get their own admin site, /admin/ is on the platform's host only.
        return request.tenant is not None and not request.path.startswith("/admin/")  # type: ignore[attr-defined]


class SameTenantMiddleware:
    """A session of one portal is nobody on another, whatever its cookie says."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not self._belongs_here(request):
            # Not flushed for good: the row is the other portal's session, still valid there.
            request.user = AnonymousUser()
        return self.get_response(request)

    def _belongs_here(self, request: HttpRequest) -> bool:
        tenant = request.tenant  # type: ignore[attr-defined]
        if tenant is None:
            return bool(request.is_platform and request.user.tenant_id is None)  # type: ignore[attr-defined,union-attr]
        return bool(request.user.tenant_id == tenant.pk)  # type: ignore[union-attr]
