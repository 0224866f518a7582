"""What every page's template knows: the portal, and the visitor's credits."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import ledger


def portal(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated and user.tenant_id is not None
    return {
        "tenant": getattr(request, "tenant", None),
        "balance": SimpleLazyObject(lambda: ledger.balance_of(user)) if signed_in else None,
        "uses_sandbox": settings.LUMIQ_USES_SANDBOX,
    }
