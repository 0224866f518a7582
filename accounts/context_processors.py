"""What every page's template knows: the portal, the languages, the visitor's credits,
whether more are sold."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import language_choice, ledger, packs
from accounts.models import User


def portal(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    balance = None
    if isinstance(user, User) and user.tenant_id is not None:
        balance = SimpleLazyObject(partial(ledger.balance_of, user))
    tenant = getattr(request, "tenant", None)
    return {
        "tenant": tenant,
        "balance": balance,
        "languages": SimpleLazyObject(partial(language_choice.language_links, request)),
        "sells_credits": tenant and SimpleLazyObject(partial(packs.sells_credits, tenant)),
        "uses_sandbox": settings.LUMIQ_USES_SANDBOX,
    }
