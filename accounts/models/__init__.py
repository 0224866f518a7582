from accounts.models.api_key import ApiKey
from accounts.models.ledger import (
    CreditAccount,
    CreditHold,
    CreditLeg,
    CreditLot,
    CreditLotUse,
    CreditTransaction,
)
from accounts.models.pack import Pack, PackPrice
from accounts.models.purchase import Purchase, PurchaseDispute
from accounts.models.stripe_event import StripeAccount, StripeEvent
from accounts.models.tenant import AllowancePeriod, Hostname, Tenant
from accounts.models.user import User
from accounts.models.voucher import Redemption, Voucher, VoucherBatch

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
    "Pack",
    "PackPrice",
    "Purchase",
    "PurchaseDispute",
    "Redemption",
    "StripeAccount",
    "StripeEvent",
    "Tenant",
    "User",
    "Voucher",
    "VoucherBatch",
]
