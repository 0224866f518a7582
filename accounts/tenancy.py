"""From the Host header to the tenant, and from a tenant to its addresses."""

import re

from django.conf import settings

from accounts.models import Hostname, Tenant

_HOST = re.compile(r"\A(?P<host>[a-z0-9.-]{1,253}|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\Z")


def normalise_host(header: str) -> str | None:
    """The bare lower-case hostname of a Host header; None where it is none."""
    match = _HOST.match(header.strip().lower())
    return match["host"].rstrip(".") if match else None


def tenant_for_host(host: str) -> Tenant | None:
    """The active tenant that `host` (normalised) leads to."""
    row = (
        Hostname.objects.select_related("tenant").filter(host=host, tenant__is_active=True).first()
    )
    return row.tenant if row else None


def is_platform_host(host: str) -> bool:
    return host == settings.PORTAL_PLATFORM_HOST


def build_url(tenant: Tenant, path: str) -> str:
    """An absolute address on the tenant's primary hostname, for mails and commands."""
    host = primary_host(tenant)
    assert host is not None, f"tenant {tenant.slug} has no hostname"
    port = f":{settings.PORTAL_URL_PORT}" if settings.PORTAL_URL_PORT else ""
    return f"{settings.PORTAL_URL_SCHEME}://{host}{port}{path}"


def primary_host(tenant: Tenant) -> str | None:
    """None of a portal that was taken off the net."""
    hostname = tenant.hostnames.order_by("-is_primary", "pk").first()
    return hostname.host if hostname else None
