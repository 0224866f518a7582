"""What is broken on purpose, and by which tests that must be noticed."""

from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEAST_PERCENT = 85
# Tests that take seconds each: what survives would have to be given to all of them. So the figures
# are lower bounds; some survivors die in these.
NOT_SLOW = "not parallel and not circle"


@dataclass(frozen=True)
class Subject:
    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def only(self, words):
        """With the modules whose path has one of these words in it; all without words."""
        found = [m for m in self.modules if not words or any(word in m for word in words)]
        return replace(self, modules=tuple(found))


SUBJECTS = (
    Subject(
        "ledger",
        (
            "accounts/ledger/allocations.py",
            "accounts/ledger/allowances.py",
            "accounts/ledger/balances.py",
            "accounts/ledger/holds.py",
            "accounts/ledger/lots.py",
            "accounts/ledger/payments.py",
            "accounts/ledger/posting.py",
            "accounts/ledger/reversals.py",
        ),
        (
            "tests/accounts/test_ledger.py",
            "tests/accounts/test_ledger_debts.py",
            "tests/accounts/test_ledger_expiry.py",
            "tests/accounts/test_ledger_in_the_database.py",
            "tests/accounts/test_ledger_payments.py",
            "tests/accounts/test_ledger_postings.py",
            "tests/accounts/test_overselling.py",
            "tests/accounts/test_shared_pool.py",
        ),
    ),
    Subject(
        "purchases",
        (
            "accounts/purchases.py",
            "accounts/purchase_steps.py",
            "accounts/settlement.py",
        ),
        (
            "tests/accounts/test_purchase_books.py",
            "tests/accounts/test_purchase_reversals.py",
            "tests/accounts/test_purchases.py",
            "tests/accounts/test_settlement.py",
            "tests/accounts/test_top_ups.py",
        ),
    ),
)
