from accounts.admin import api_keys, ledger, packs, purchases, tenants, users

__all__ = ["api_keys", "ledger", "packs", "purchases", "tenants", "users"]
