"""How one transaction is written: its reference, then the balances, then the legs.

For accounts.ledger alone. Raw statements where the ORM has no equal: `ON CONFLICT` spares a
savepoint, `RETURNING` a second look, and both databases know them.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from accounts.errors import InsufficientCredits, ReferenceReused
from accounts.models import CreditAccount, CreditHold, CreditTransaction, Tenant, User

Kind = CreditTransaction.Kind
Pot = CreditAccount.Kind


class Account(NamedTuple):
    """Whose credits; the row may be missing until something moves."""

    kind: CreditAccount.Kind
    tenant_id: int | None = None
    user_id: int | None = None
    batch_id: uuid.UUID | None = None


Legs = Mapping[Account, int]


@dataclass(frozen=True)
class Posted:
    """`expiring` tells, of each wallet that was moved, how many of its credits lie in lots."""

    transaction: CreditTransaction
    legs: Legs
    is_new: bool
    rows: Mapping[Account, int] = field(default_factory=dict)
    expiring: Mapping[Account, int] = field(default_factory=dict)


def of_tenant(tenant_id: int, kind: CreditAccount.Kind) -> Account:
    return Account(kind, tenant_id)


def of_user(user: User, kind: CreditAccount.Kind) -> Account:
    return Account(kind, user.tenant_id, user.pk)


def of_batch(tenant_id: int, batch_id: uuid.UUID) -> Account:
    return Account(Pot.VOUCHERS, tenant_id, None, batch_id)


def post(
    draft: CreditTransaction,
    legs: Legs,
    *,
    floor: int | None = None,
    expected: Callable[[Legs], Legs] | None = None,
) -> Posted:
    """Apply `legs` under the draft's reference, once. `floor` is how low this may bring what may
    be negative (without it: anywhere); `expected` tells what a repetition should find, where that
    depends on the first."""
    rows = find_rows(legs)
    if not _insert(draft):
        return _repeated(draft, expected or (lambda first: legs))
    return _move(draft, legs, rows, floor=floor)


def post_by_balance(
    draft: CreditTransaction,
    accounts: Iterable[Account],
    *,
    measure: Callable[[Mapping[Account, int]], int],
    build: Callable[[int], Legs],
    measured_of: Callable[[Legs], int],
    floor: Callable[[Mapping[Account, int]], int] | None = None,
) -> Posted:
    """As `post`, with legs that follow from balances: `build` of what is measured while all of
    `accounts` are locked, and a floor that does too. A repetition builds them of what was measured
    then."""
    rows = find_rows(accounts)
    if not _insert(draft):
        return _repeated(draft, lambda first: build(measured_of(first)))
    balances = lock(rows)
    lowest = floor(balances) if floor else None
    return _move(draft, build(measure(balances)), rows, floor=lowest)


def lock(rows: Mapping[Account, int]) -> dict[Account, int]:
    """The balances, which stay so until the transaction's end. In the order of ids, as all moves
    are: two transactions never wait for each other in a circle."""
    found = CreditAccount.objects.filter(pk__in=rows.values()).order_by("pk")
    balances = dict(found.select_for_update(no_key=True).values_list("pk", "balance"))
    return {account: balances[pk] for account, pk in rows.items()}


def find_rows(accounts: Iterable[Account]) -> dict[Account, int]:
    """The rows' ids; makes what is missing."""
    wanted = list(accounts)
    rows = _look_up(wanted)
    missing = [account for account in wanted if account not in rows]
    if missing:
        CreditAccount.objects.bulk_create(
            [CreditAccount(**account._asdict()) for account in sorted(missing, key=str)],
            ignore_conflicts=True,  # a parallel call may have been first
        )
        rows |= _look_up(missing)
    return rows


def legs_of(posted: CreditTransaction) -> dict[Account, int]:
    legs = posted.legs.values_list(
        "account__kind", "account__tenant", "account__user", "account__batch_id", "amount"
    )
    return {
        Account(Pot(kind), tenant_id, user_id, batch_id): amount
        for kind, tenant_id, user_id, batch_id, amount in legs
    }


def draft(
    reference: str,
    kind: CreditTransaction.Kind,
    *,
    tenant: Tenant | int | None = None,
    note: str = "",
    generation_id: uuid.UUID | None = None,
    reverses: CreditTransaction | None = None,
) -> CreditTransaction:
    return CreditTransaction(
        reference=reference,
        kind=kind,
        tenant_id=tenant.pk if isinstance(tenant, Tenant) else tenant,
        note=note[:200],
        generation_id=generation_id,
        reverses=reverses,
        created_at=timezone.now(),
    )


_LOOK_UP_USER = "SELECT kind, tenant_id, id FROM accounts_creditaccount WHERE user_id = %s"


def _look_up(accounts: Collection[Account]) -> dict[Account, int]:
    users = {account.user_id for account in accounts}
    if len(users) == 1 and None not in users:
        return _look_up_user(*users)
    conditions = Q()
    for account in accounts:
        conditions |= Q(**account._asdict())
    found = CreditAccount.objects.filter(conditions).values_list(
        "kind", "tenant_id", "user_id", "batch_id", "pk"
    )
    return {
        Account(Pot(kind), tenant_id, user_id, batch_id): pk
        for kind, tenant_id, user_id, batch_id, pk in found
    }


def _look_up_user(user_id: int | None) -> dict[Account, int]:
    """For what each order does: the ORM would need as long for this as the database for all."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_UP_USER, [user_id])
        return {Account(Pot(kind), tenant, user_id): pk for kind, tenant, pk in cursor.fetchall()}


_INSERT = """
INSERT INTO accounts_credittransaction
    (reference, kind, tenant_id, note, generation_id, reverses_id, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id"""
_INSERT_HOLD = """
INSERT INTO accounts_credithold
    (generation_id, user_id, amount, from_lots, from_pool, state, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id"""


def _insert(draft: CreditTransaction) -> bool:
    """Waits for whoever is just posting the same; False where the reference is taken."""
    return _insert_row(
        _INSERT,
        draft,
        [
            draft.reference,
            draft.kind,
            draft.tenant_id,
            draft.note,
            _plain(draft.generation_id),
            draft.reverses_id,
            connection.ops.adapt_datetimefield_value(draft.created_at),
        ],
    )


def insert_hold(held: CreditHold) -> None:
    values = [held.user_id, held.amount, held.from_lots, held.from_pool, held.state]
    created_at = connection.ops.adapt_datetimefield_value(held.created_at)
    _insert_row(_INSERT_HOLD, held, [_plain(held.generation_id), *values, created_at])


def _insert_row(sql: str, row: CreditTransaction | CreditHold, values: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        inserted = cursor.fetchone()
    if inserted is None:
        return False
    row.pk = inserted[0]
    row._state.adding, row._state.db = False, connection.alias
    return True


def _plain(value: uuid.UUID | None) -> uuid.UUID | str | None:
    """As the database's driver takes it."""
    return value.hex if value and not connection.features.has_native_uuid_field else value


def _repeated(draft: CreditTransaction, expected: Callable[[Legs], Legs]) -> Posted:
    first = CreditTransaction.objects.get(reference=draft.reference)
    legs = legs_of(first)
    if legs != _moving(expected(legs)):
        raise ReferenceReused(draft.reference)
    return Posted(first, legs, is_new=False)


_UPDATE = """
UPDATE accounts_creditaccount SET balance = balance + %s
WHERE id = %s AND balance >= %s RETURNING balance, expiring"""
# Below every balance: no guard.
_ANY = -(2**63)


def _move(
    posted: CreditTransaction, legs: Legs, rows: Mapping[Account, int], *, floor: int | None = None
) -> Posted:
    moving = _moving(legs)
    assert sum(moving.values()) == 0, f"{posted.reference} does not balance"
    values: list[int] = []
    expiring = {}
    with connection.cursor() as cursor:
        for account in sorted(moving, key=lambda account: rows[account]):
            pk, amount = rows[account], moving[account]
            lowest = _lowest(account, floor)
            is_free = amount > 0 or lowest is None
            cursor.execute(_UPDATE, [amount, pk, _ANY if is_free else (lowest or 0) - amount])
            row = cursor.fetchone()
            if row is None:
                available = _balance_of(pk) - (lowest or 0)
                raise InsufficientCredits(needed=-amount, available=available)
            values += [posted.pk, pk, amount, row[0]]
            if account.kind == Pot.WALLET:
                expiring[account] = row[1]
        cursor.execute(_INSERT_LEGS[len(moving)], values)
    return Posted(posted, moving, is_new=True, rows=rows, expiring=expiring)


def _lowest(account: Account, floor: int | None) -> int | None:
    """None: any balance will do."""
    return floor if account.kind in CreditAccount.MAY_BE_NEGATIVE else 0


def _insert_legs_sql(count: int) -> str:
    places = ", ".join(["(%s, %s, %s, %s)"] * count)
    return (
        "INSERT INTO accounts_creditleg (transaction_id, account_id, amount, balance_after)"  # noqa: S608 — places only
        f" VALUES {places}"
    )


# No posting moves more.
_INSERT_LEGS = {count: _insert_legs_sql(count) for count in range(2, 7)}


def _moving(legs: Legs) -> dict[Account, int]:
    return {account: amount for account, amount in legs.items() if amount}


def _balance_of(pk: int) -> int:
    return CreditAccount.objects.values_list("balance", flat=True).get(pk=pk)
