"""Brings the ledger's supply up to date before credits are given out of it."""

from accounts import ledger
from generations import keys, reconciliation
from generations.errors import BudgetSpent, UnusableKey
from generations.lumiq.errors import LumiqError
from generations.models import LumiqKey


def ensure_supply(credits: int) -> str:
    """Ask LUMIQ where the supply as last seen has fewer credits. Returns why that failed, or ""."""
    keys.ensure_configured_key()
    if ledger.sellable() >= credits:
        return ""
    for key in LumiqKey.objects.masters().filter(is_active=True):
        try:
            reconciliation.read_account(key)
        except (LumiqError, BudgetSpent, UnusableKey) as error:
            return f"the balance of the LUMIQ key could not be read ({error})"
    return ""
