"""The sandbox's tables, and bringing an older state's file up to them."""

import sqlite3
from hashlib import sha256

DEFAULT_KEY = "lmq_sandbox"

# Step by step; `PRAGMA user_version` counts the steps behind the first, which old files have
# taken without counting.
_STEPS = (
    (
        """CREATE TABLE IF NOT EXISTS keys (
            key TEXT PRIMARY KEY,
            credits INTEGER NOT NULL CHECK (credits >= 0),
            calls INTEGER NOT NULL DEFAULT 0,
            spent INTEGER NOT NULL DEFAULT 0
        )""",
        """CREATE TABLE IF NOT EXISTS tasks (
            task_id TEXT PRIMARY KEY,
            key TEXT NOT NULL REFERENCES keys,
            kind TEXT NOT NULL,
            parameters TEXT NOT NULL,
            credits INTEGER NOT NULL,
            status TEXT NOT NULL,
            created_at REAL NOT NULL,
            due_at REAL NOT NULL,
            finished_at REAL,
            webhook_url TEXT NOT NULL,
            outcome TEXT,               -- what drawing came to; the status follows when due
            callback TEXT NOT NULL,     -- none, pending, delivered, given up
            removed INTEGER NOT NULL DEFAULT 0
        )""",
        "CREATE INDEX IF NOT EXISTS unfinished_tasks ON tasks (due_at) WHERE finished_at IS NULL",
    ),
    (  # Credits belong to accounts; a key of before is an account of its own.
        """CREATE TABLE accounts (
            email TEXT PRIMARY KEY,
            credits INTEGER NOT NULL CHECK (credits >= 0),
            calls INTEGER NOT NULL DEFAULT 0,
            spent INTEGER NOT NULL DEFAULT 0
        )""",
        "INSERT INTO accounts SELECT derive_email(key), credits, calls, spent FROM keys",
        "ALTER TABLE keys ADD COLUMN email TEXT REFERENCES accounts",
        "ALTER TABLE keys ADD COLUMN is_revoked INTEGER NOT NULL DEFAULT 0",
        "UPDATE keys SET email = derive_email(key)",
        "ALTER TABLE keys DROP COLUMN credits",
        "ALTER TABLE keys DROP COLUMN calls",
        "ALTER TABLE keys DROP COLUMN spent",
        "ALTER TABLE tasks ADD COLUMN is_refunded INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE tasks ADD COLUMN scenario TEXT NOT NULL DEFAULT ''",
    ),
    ("ALTER TABLE keys ADD COLUMN is_test INTEGER NOT NULL DEFAULT 0",),
)


def prepare(connection: sqlite3.Connection) -> None:
    """All steps that the file hasn't taken yet, or none of them."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version >= len(_STEPS):
        raise SystemExit("this state folder was written by a newer sandbox")
    connection.create_function("derive_email", 1, derive_email)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statements in _STEPS[:1] + _STEPS[version + 1 :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_STEPS) - 1}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def derive_email(key: str) -> str:
    """The account of a key for which none is named. It doesn't tell the key."""
    if key == DEFAULT_KEY:
        return "sandbox@example.com"
    return f"account-{sha256(key.encode()).hexdigest()[:10]}@example.com"
