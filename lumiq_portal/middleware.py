"""What the platform's admin needs to be different from the portals' pages."""

from typing import Any

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse


class PortalCSPMiddleware(CSPMiddleware):
    """Excepts the platform's admin alone: the same path on a portal's host is the tenant's admin,
    which keeps to the policy."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_platform = getattr(request, "is_platform", False)
        if is_platform and request.path_info.startswith("/admin/"):
            return response
        return super().process_response(request, response)


class SignInMiddleware(LoginRequiredMiddleware):
    """On the platform's host people sign in at its admin: LOGIN_URL is a page of portals."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if getattr(request, "is_platform", False):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return super().handle_no_permission(request, view_func)
