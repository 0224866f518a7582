from accounts.admin import api_keys, ledger, tenants, users, vouchers

__all__ = ["api_keys", "ledger", "tenants", "users", "vouchers"]
