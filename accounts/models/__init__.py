from accounts.models.api_key import ApiKey
from accounts.models.ledger import (
    CreditAccount,
    CreditHold,
    CreditLeg,
    CreditLot,
    CreditLotUse,
    CreditTransaction,
)
from accounts.models.mail import Mail
from accounts.models.pack import Pack, PackPrice
from accounts.models.purchase import Purchase, PurchaseDispute, TopUp
from accounts.models.stripe_account import StripeAccount
from accounts.models.stripe_event import StripeEvent
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
    "Mail",
    "Pack",
    "PackPrice",
    "Purchase",
    "PurchaseDispute",
    "Redemption",
    "StripeAccount",
    "StripeEvent",
    "Tenant",
    "TopUp",
    "User",
    "Voucher",
    "VoucherBatch",
]
