"""The content security policy, from which the platform's admin alone is excepted."""

from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PortalCSPMiddleware(CSPMiddleware):
    """The same path on a portal's host is the tenant's admin, which keeps to the policy."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_platform = getattr(request, "is_platform", False)
        if is_platform and request.path_info.startswith("/admin/"):
            return response
        return super().process_response(request, response)
