from accounts.tenant_admin import (
    api_keys,
    brand,
    credits,
    packs,
    purchases,
    stripe_account,
    top_ups,
    users,
    vouchers,
)

__all__ = [
    "api_keys", "brand", "credits", "packs", "purchases", "stripe_account", "top_ups", "users",
    "vouchers",
]  # fmt: skip
