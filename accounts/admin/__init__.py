from accounts.admin import api_keys, ledger, tenants, users

__all__ = ["api_keys", "ledger", "tenants", "users"]
