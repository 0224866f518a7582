"""What `make mutants` prints."""

from collections import Counter

from tests.mutation.equivalents import unused
from tests.mutation.plan import LEAST_PERCENT

_ROW = "{:38} {:>7} {:>9} {:>11} {:>8}"


def tell_survivor(mutant, verdict):
    if _short(verdict) == "survived":
        note = " (no test runs it)" if verdict == "not run" else ""
        print(f"{mutant.path}:{mutant.line} {mutant.function}: {mutant.text}{note}", flush=True)


def tell(subjects, verdicts, seconds, *, is_whole):
    """How much is wrong."""
    print(f"\n\n{len(verdicts)} mutants in {seconds:.0f} s\n")
    print(_ROW.format("", "killed", "survived", "equivalent", "killed"))
    wrong = 0
    for subject in subjects:
        for path in subject.modules:
            _tell_counts(path, [found for found in verdicts if found[0].path == path])
        percent = _tell_counts(
            subject.name, [found for found in verdicts if found[0].path in subject.modules]
        )
        wrong += percent < LEAST_PERCENT
    stale = unused(mutant for mutant, _ in verdicts) if is_whole else []
    for entry in stale:
        print(f"No such mutant any more, take it out of equivalents.py: {entry}")
    return wrong + len(stale)


def _tell_counts(name, verdicts):
    counts = Counter(_short(verdict) for _, verdict in verdicts)
    killed, survived = counts["killed"], counts["survived"]
    percent = 100 * killed / max(1, killed + survived)
    print(_ROW.format(name, killed, survived, counts["equivalent"], f"{percent:.1f} %"))
    return percent


def _short(verdict):
    if verdict == "equivalent":
        return verdict
    return "killed" if verdict.startswith("killed") else "survived"
