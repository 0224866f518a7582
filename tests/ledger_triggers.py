"""For tests of what finds a damaged ledger: to do damage, triggers must be out of the way."""

import contextlib

from django.db import connection, transaction

TABLES = ("accounts_creditleg", "accounts_credittransaction")


@contextlib.contextmanager
def lifted_triggers():
    lift, restore = _on_sqlite() if connection.vendor == "sqlite" else _on_postgresql()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in lift:
            cursor.execute(statement)
        yield
        for statement in restore:
            cursor.execute(statement)


def _on_postgresql():
    # A table with checks still to come cannot be altered.
    now = "SET CONSTRAINTS ALL IMMEDIATE"
    lift = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES]
    restore = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES]
    return [now, *lift], [now, *restore, "SET CONSTRAINTS ALL DEFERRED"]


def _on_sqlite():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    return [f'DROP TRIGGER "{name}"' for name, _ in triggers], [sql for _, sql in triggers]
