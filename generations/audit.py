"""The whole audit: the ledger by itself, beside purchases and beside generations. Reads only."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from accounts.ledger_audit import Audit, audit_ledger
from accounts.models import CreditHold
from accounts.purchase_audit import check_purchases
from generations.models import Generation
from generations.states import HOLDS_CREDITS, Status


def audit_all() -> Audit:
    """All of one moment: orders that come in meanwhile are no faults."""
    with _snapshot():
        audit = audit_ledger()
        check_purchases(audit)
        _check_generations(audit)
    return audit


@contextmanager
def _snapshot() -> Iterator[None]:
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _check_generations(audit: Audit) -> None:
    holds = CreditHold.objects.filter(generation_id=OuterRef("pk"))
    rows = Generation.objects.annotate(
        hold_state=Subquery(holds.values("state")[:1]),
        hold_amount=Subquery(holds.values("amount")[:1]),
    )
    for row in rows.values_list(
        "pk", "status", "credits", "is_test", "hold_state", "hold_amount"
    ).iterator():
        pk, status, credits, is_test, state, amount = row
        if is_test:
            if credits or state is not None:
                audit.problems.append(f"generation {pk}: a test order, but its credits are {state}")
            continue
        if amount != credits:
            audit.problems.append(f"generation {pk}: sold at {credits}, held {amount}")
        if state not in _expected(Status(status)):
            audit.problems.append(f"generation {pk}: {status}, but its credits are {state}")


def _expected(status: Status) -> set[str]:
    if status == Status.RETRIEVING:
        # A late success after a failure is delivered free.
        return {CreditHold.State.OPEN, CreditHold.State.RELEASED}
    if status in HOLDS_CREDITS:
        return {CreditHold.State.OPEN}
    if status == Status.READY:
        return {CreditHold.State.CAPTURED, CreditHold.State.RELEASED}
    return {CreditHold.State.RELEASED}
