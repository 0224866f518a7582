"""Mutants that no test can kill, and why. Looked up by function and change."""

_LOCK = "a lock of rows, which SQLite has not: its transactions begin IMMEDIATE"
_RACE = "differs only where another process comes between two statements"
_UNKNOWN = "a state that nobody knows is an inquiry as well"
_BATCH = "how many at once; the rest is done by the next pass"

# (path, function) → {change: reason}
EQUIVALENT: dict[tuple[str, str], dict[str, str]] = {
    ("accounts/ledger/holds.py", "_hold_with_pool.measure"): {
        "lacking = max([0 → 1], credits - balances[wallet])": _RACE,
    },
    ("accounts/ledger/holds.py", "_hold_with_pool"): {
        "), measured_of=lambda first: _pool_part([user → None], first))": _RACE,
    },
    ("accounts/ledger/lots.py", "module"): {"AT_ONCE = [500 → 501]": _BATCH},
    ("accounts/ledger/lots.py", "_expire"): {"[lock(find_rows([wallet, pool])) → pass]": _LOCK},
    ("accounts/ledger/payments.py", "module"): {"AT_ONCE = [50 → 51]": _BATCH},
    ("accounts/ledger/posting.py", "find_rows"): {
        "_asdict()) for account in sorted(missing[, key=str → ])], ignore_conflicts=True)": (
            "no posting has two accounts of one kind"
        ),
        "ed(missing, key=str)], ignore_conflicts=[True → False])": _RACE,
        ") for account in sorted(missing, key=str[)], ignore_conflicts=True) → )])]": _RACE,
    },
    ("accounts/ledger/posting.py", "_move"): {
        "is_free = amount [> → >=] 0 or lowest is None": "amounts of 0 are left out before",
    },
    ("accounts/ledger/posting.py", "lock"): {
        "found = CreditAccount.objects.filter[(pk__in=rows.values()). → ().]order_by('pk')": (
            "locks more rows, and reads the same of them"
        ),
    },
    ("accounts/purchases.py", "module"): {"MOST_LOOKS = [5 → 6]": _RACE},
    ("accounts/purchases.py", "start"): {
        "[User.objects.select_for_update(no_key=True).get(pk=user.pk) → pass]": _LOCK,
    },
    ("accounts/settlement.py", "module"): {
        "_DISPUTE_STATES = {'[warning_needs_response → XXwarning_needs_responseXX]': INQUIRY, "
        "'warning_under_review': INQU": _UNKNOWN,
        " = {'warning_needs_response': INQUIRY, '[warning_under_review → XXwarning_under_reviewXX]'"
        ": INQUIRY, 'needs_response': CONTESTED,": _UNKNOWN,
        "INQUIRY: 0, CONTESTED: 1, LOST: 2, WON: [3 → 4]}": "the order is the same",
    },
    ("accounts/purchases.py", "start_top_up"): {
        "[Tenant.objects.select_for_update(no_key=True).get(pk=user.tenant.pk) → pass]": _LOCK,
    },
}


def reason_of(mutant):
    return EQUIVALENT.get((mutant.path, mutant.function), {}).get(mutant.text)


def unused(mutants):
    """Entries that no mutant answers to any more, of modules that were looked at."""
    seen = {(mutant.path, mutant.function, mutant.text) for mutant in mutants}
    paths = {path for path, _, _ in seen}
    return [
        (path, function, text)
        for (path, function), changes in EQUIVALENT.items()
        for text in changes
        if path in paths and (path, function, text) not in seen
    ]
