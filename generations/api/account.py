"""GET /account."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from accounts import ledger
from accounts.models.api_key import Scope
from generations.api import schemas
from generations.api.auth import caller, requires
from generations.api.responses import answers
from generations.models import Generation

router = Router(tags=["Account"])


@router.get("/account", auth=requires(Scope.ACCOUNT), response=answers(schemas.Account))
def account(request: HttpRequest) -> dict[str, Any]:
    """Your balance, and what you have used."""
    user = caller(request)
    return {
        "credits_balance": ledger.balance_of(user).available,
        "email": user.email,
        "total_api_calls": Generation.objects.for_user(user).count(),
        "total_credits_spent": ledger.spent_by(user),
    }
