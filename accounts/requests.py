"""Requests as the portal's views get them, for the type checker."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import Tenant, User


class HostRequest(HttpRequest):
    """Any request, as the middleware sees it: also the platform's, and those for unknown hosts."""

    tenant: Tenant | None
    is_platform: bool
    user: User | AnonymousUser


class PortalRequest(HttpRequest):
    """Any request to a portal: TenantMiddleware has let it through, so there is a tenant."""

    tenant: Tenant
    is_platform: bool


class SignedInRequest(PortalRequest):
    """A request behind SignInMiddleware."""

    user: User
