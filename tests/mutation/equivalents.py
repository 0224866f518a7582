"""Mutants that no test can kill, or need not, and why. Looked up by function and change."""

# (path, function) → {change: reason}
EQUIVALENT: dict[tuple[str, str], dict[str, str]] = {}


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
