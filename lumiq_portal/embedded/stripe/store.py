"""The objects, the post and the kept answers: one sqlite file, one connection.

Everything within one `transaction` happens or does not; a kill leaves the state before or after.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Body = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (account, kind, number);
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, state TEXT NOT NULL,
    due_at REAL NOT NULL, begun_at REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    http_status INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (state, due_at);
CREATE TABLE IF NOT EXISTS replies (
    account TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
    http_status INTEGER NOT NULL, body TEXT NOT NULL, made_at REAL NOT NULL,
    PRIMARY KEY (account, key));
"""


class Store:
    def __init__(self, path: Path | None) -> None:
        """Without a path it lives in memory."""
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """May be entered again within itself."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def run(self, statement: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def add(self, account: str, kind: str, key: str, body: Body) -> None:
        self.run(
            "INSERT INTO objects (id, account, kind, body) VALUES (?, ?, ?, ?)",
            key, account, kind, json.dumps(body),
        )  # fmt: skip

    def replace(self, key: str, body: Body) -> None:
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(body), key)

    def find(self, kind: str, key: str) -> tuple[str, Body] | None:
        """The account it belongs to, and the object."""
        rows = self.run("SELECT account, body FROM objects WHERE id = ? AND kind = ?", key, kind)
        return (rows[0]["account"], json.loads(rows[0]["body"])) if rows else None

    def find_overdue(self, kind: str, now: int) -> list[Body]:
        """Open ones whose time is over, whosever they are."""
        rows = self.run(
            "SELECT body FROM objects WHERE kind = ? AND json_extract(body, '$.status') = 'open'"
            " AND json_extract(body, '$.expires_at') <= ?",
            kind, now,
        )  # fmt: skip
        return [json.loads(row["body"]) for row in rows]

    def find_all(self, account: str | None, kind: str) -> list[Body]:
        """Newest first; None is every account."""
        rows = self.run(
            "SELECT body FROM objects WHERE coalesce(?, account) = account AND kind = ?"
            " ORDER BY number DESC",
            account, kind,
        )  # fmt: skip
        return [json.loads(row["body"]) for row in rows]
