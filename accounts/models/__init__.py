from accounts.models.api_key import ApiKey
from accounts.models.ledger import (
    CreditAccount,
    CreditHold,
    CreditLeg,
    CreditLot,
    CreditLotUse,
    CreditTransaction,
)
from accounts.models.tenant import AllowancePeriod, Hostname, Tenant
from accounts.models.user import User

__all__ = [
    "AllowancePeriod",
    "ApiKey",
    "CreditAccount",
    "CreditHold",
    "CreditLeg",
    "CreditLot",
    "CreditLotUse",
    "CreditTransaction",
    "Hostname",
    "Tenant",
    "User",
]
