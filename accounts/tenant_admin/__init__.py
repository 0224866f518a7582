from accounts.tenant_admin import api_keys, brand, credits, users, vouchers

__all__ = ["api_keys", "brand", "credits", "users", "vouchers"]
