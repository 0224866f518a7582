"""What every page's template knows: the portal, and the visitor's credits."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import ledger
from accounts.models import User


def portal(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    balance = None
    if isinstance(user, User) and user.tenant_id is not None:
        balance = SimpleLazyObject(partial(ledger.balance_of, user))
    return {
        "tenant": getattr(request, "tenant", None),
        "balance": balance,
        "uses_sandbox": settings.LUMIQ_USES_SANDBOX,
    }
