from accounts.admin import api_keys, ledger, mails, packs, purchases, tenants, users, vouchers

__all__ = ["api_keys", "ledger", "mails", "packs", "purchases", "tenants", "users", "vouchers"]
