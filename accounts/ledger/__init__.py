"""The one writer of credits: double entry, append-only, integer credits. See docs/ledger.md.

Each posting inserts its unique reference first and then moves balances with conditional updates, so
a repeated or parallel call is applied once and no account is read, decided upon and written; where
an amount follows from a balance, all rows are locked before it is read. May be called inside the
caller's transaction; never does I/O beyond the database.
"""

from accounts.ledger.allocations import (
    book_loss,
    forfeit,
    fund_vouchers,
    record_supply,
    reserve,
    return_vouchers,
    unreserve,
)
from accounts.ledger.allowances import month_of
from accounts.ledger.balances import (
    Balance,
    Loss,
    balance_of,
    beyond_supply,
    budget_of,
    next_losses,
    owed_by,
    pool_of,
    reserved_of,
    sellable,
    spent_by,
    supply_left,
    total_of,
)
from accounts.ledger.holds import capture, hold, release
from accounts.ledger.lots import expire_due
from accounts.ledger.payments import (
    allocate_to_tenant,
    allocate_to_user,
    check_owes_nothing,
    collect_debts,
    credit,
    give_back,
    take_back,
)
from accounts.ledger.posting import Kind, Pot
from accounts.ledger.reversals import reverse

__all__ = [
    "Balance",
    "Kind",
    "Loss",
    "Pot",
    "allocate_to_tenant",
    "allocate_to_user",
    "balance_of",
    "beyond_supply",
    "book_loss",
    "budget_of",
    "capture",
    "check_owes_nothing",
    "collect_debts",
    "credit",
    "expire_due",
    "forfeit",
    "fund_vouchers",
    "give_back",
    "hold",
    "month_of",
    "next_losses",
    "owed_by",
    "pool_of",
    "record_supply",
    "release",
    "reserve",
    "reserved_of",
    "return_vouchers",
    "reverse",
    "sellable",
    "spent_by",
    "supply_left",
    "take_back",
    "total_of",
    "unreserve",
]
