"""LUMIQ's account against the ledger."""

from collections.abc import Iterator

from generations.doctor.findings import Finding, Level


def check_drift() -> Iterator[Finding]:
    # TO BE FILLED with the history of AccountReading: what LUMIQ billed since the first reading
    # against what the ledger knows of (captures, losses, and what is billed and in flight).
    yield Finding("drift", Level.NOTE, "LUMIQ's account is not compared with the ledger yet")
