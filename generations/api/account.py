"""GET /account."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from accounts import ledger
from accounts.models import ApiKey
from generations.models import Generation

router = Router()


@router.get("/account")
def account(request: HttpRequest) -> dict[str, Any]:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    balance = ledger.balance_of(key.user)
    return {
        "credits_balance": balance.available,
        "email": key.user.email,
        "total_api_calls": Generation.objects.for_user(key.user).count(),
        "total_credits_spent": ledger.spent_by(key.user),
    }
