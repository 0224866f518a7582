"""Who calls the API: X-API-Key, of a user of the host's own tenant."""

from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyHeader

from accounts.models import ApiKey, User
from accounts.models.api_key import hash_key
from generations.api.errors import ApiError
from generations.lumiq import contract

LAST_USED_EVERY = timedelta(minutes=1)


class PortalKey(APIKeyHeader):
    """Runs before the body is read, so that a stranger cannot make us take an upload."""

    param_name = contract.KEY_HEADER

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey:
        if not key:
            raise ApiError(contract.MISSING_KEY, "Send your key in the X-API-Key header.")
        row = (
            ApiKey.objects.live()
            .filter(key_hash=hash_key(key), user__tenant=request.tenant)  # type: ignore[attr-defined]
            .select_related("user__tenant")
            .first()
        )
        if row is None:
            raise ApiError(contract.INVALID_KEY, "Make a new key in your account.")
        _mark_used(row)
        return row


def calling_key(request: HttpRequest) -> ApiKey:
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # set by ninja
    return key


def caller(request: HttpRequest) -> User:
    """Whose key the request came with."""
    return calling_key(request).user


def _mark_used(row: ApiKey) -> None:
    """At most once a minute: a busy key must not write a row with each request."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    ApiKey.objects.filter(stale, pk=row.pk).update(last_used_at=now)
