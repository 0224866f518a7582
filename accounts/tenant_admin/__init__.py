from accounts.tenant_admin import (
    api_keys,
    brand,
    credits,
    stripe_account,
    top_ups,
    users,
    vouchers,
)

__all__ = ["api_keys", "brand", "credits", "stripe_account", "top_ups", "users", "vouchers"]
