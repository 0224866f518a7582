"""Who calls the API: X-API-Key, of a user of the host's own tenant; and what the key may do."""

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyHeader

from accounts.models import ApiKey, User
from accounts.models.api_key import Scope, hash_key
from accounts.networks import is_within
from generations.api import bodies, rate_limit
from generations.api.errors import MISSING_SCOPE, ApiError
from generations.lumiq import contract

LAST_USED_EVERY = timedelta(minutes=1)


class PortalKey(APIKeyHeader):
    """Runs before the body is read, so that a stranger cannot make us take an upload."""

    param_name = contract.KEY_HEADER

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey:
        if not key:
            raise ApiError(contract.MISSING_KEY, "Send your key in the X-API-Key header.")
        row = _find(request, key)
        _check_address(request, row)
        if self.scope is not None and self.scope not in row.scopes:
            raise ApiError(
                MISSING_SCOPE,
                f"This needs the scope {self.scope.value}. Add it to the key in your account.",
            )
        headers = rate_limit.count(row)
        request.extra_headers.update(headers)  # type: ignore[attr-defined]  # set by api.py
        bodies.guard(request)
        _mark_used(row)
        return row


def requires(scope: Scope) -> PortalKey:
    """`@router.get("/account", auth=requires(Scope.ACCOUNT))`: keys without it get a 403.

    As `auth` rather than as a decorator of the view, which would run after the body was read.
    """
    return PortalKey(scope)


def caller(request: HttpRequest) -> User:
    """Whose key the request came with."""
    return calling_key(request).user


def calling_key(request: HttpRequest) -> ApiKey:
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # set by ninja
    return key


def _find(request: HttpRequest, key: str) -> ApiKey:
    """A key that has ended is told so to whoever holds it; a foreign one is unknown here."""
    tenant = request.tenant  # type: ignore[attr-defined]  # by TenantMiddleware
    keys = ApiKey.objects.filter(key_hash=hash_key(key), user__is_active=True, user__tenant=tenant)
    row = keys.select_related("user").first()
    if row is None:
        raise ApiError(contract.INVALID_KEY, "Make a new key in your account.")
    if row.has_ended:
        fate = "was revoked" if row.revoked_at else "has expired"
        raise ApiError(contract.INVALID_KEY, f"This key {fate}. Make a new one in your account.")
    row.user.tenant = tenant  # spares another look at the same row
    return row


def _check_address(request: HttpRequest, row: ApiKey) -> None:
    """REMOTE_ADDR is the client's also behind PORTAL_TRUSTED_PROXIES (lumiq_portal.wsgi)."""
    address = request.META.get("REMOTE_ADDR", "")
    if row.allowed_networks and not is_within(address, row.allowed_networks):
        raise ApiError(
            contract.INVALID_KEY,
            f"This key may not be used from {address or 'an unknown address'}. "
            "Add the address to the key's networks in your account.",
        )


def _mark_used(row: ApiKey) -> None:
    """At most once a minute: a busy key must not write a row with each request."""
    now = timezone.now()
    if row.last_used_at is None or row.last_used_at < now - LAST_USED_EVERY:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
