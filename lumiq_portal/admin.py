"""The platform's admin site: on the platform's host, for its staff, over all portals."""

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class PlatformAdminSite(UnfoldAdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(
            getattr(request, "is_platform", False)
            and user.is_active
            and user.is_staff
            and user.tenant_id is None
        )
