"""The sandbox's state: keys with their credits, and tasks. One sqlite file, one connection.

Every public call is one transaction; a kill at any point leaves the state before or after it.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generations.lumiq import contract
from generations.sandbox.orders import Balance, Order, Refused, Task

_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY,
    credits INTEGER NOT NULL CHECK (credits >= 0),
    calls INTEGER NOT NULL DEFAULT 0,
    spent INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS tasks (
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
    outcome TEXT,               -- what drawing came to; the status follows when the time has come
    callback TEXT NOT NULL,     -- none, pending, delivered, given up
    removed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS unfinished_tasks ON tasks (due_at) WHERE finished_at IS NULL;
"""


class Store:
    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def add_key(self, key: str, credits_balance: int) -> None:
        """A key that is there already keeps its balance."""
        with self._transaction() as run:
            run("INSERT OR IGNORE INTO keys (key, credits) VALUES (?, ?)", key, credits_balance)

    def find_balance(self, key: str) -> Balance | None:
        with self._transaction() as run:
            row = run("SELECT credits, calls, spent FROM keys WHERE key = ?", key).fetchone()
        return Balance(*row) if row else None

    def accept(
        self, key: str, order: Order, *, now: float, due_at: float, keep: Callable[[str], None]
    ) -> tuple[Task, int]:
        """Charges the key and makes the task, or refuses; returns the credits that remain.

        `keep` puts the files where the task id finds them; if it fails, nothing has happened.
        """
        with self._transaction() as run:
            charged = run(
                "UPDATE keys SET credits = credits - ?, spent = spent + ?, calls = calls + 1"
                " WHERE key = ? AND credits >= ?",
                order.credits, order.credits, key, order.credits,
            )  # fmt: skip
            if charged.rowcount != 1:
                raise Refused(contract.INSUFFICIENT_CREDITS)
            task_id = self._new_task_id()
            run(
                "INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL, 'none', 0)",
                task_id, key, order.kind, json.dumps(order.parameters), order.credits,
                contract.PROCESSING, now, due_at, order.webhook_url,
            )  # fmt: skip
            keep(task_id)
            task = self._tasks("task_id = ?", task_id)[0]
            (remaining,) = run("SELECT credits FROM keys WHERE key = ?", key).fetchone()
        return task, remaining

    def find_task(self, task_id: str, key: str) -> Task | None:
        """Only the owner's tasks are there."""
        return next(iter(self._tasks("task_id = ? AND key = ?", task_id, key)), None)

    def tasks_to_draw(self) -> list[Task]:
        return self._tasks("outcome IS NULL ORDER BY created_at")

    def record_outcome(self, task_id: str, *, is_drawn: bool) -> None:
        outcome = contract.COMPLETED if is_drawn else contract.FAILED
        with self._transaction() as run:
            run("UPDATE tasks SET outcome = ? WHERE task_id = ?", outcome, task_id)

    def finish_due(self, now: float, *, refund_failed: bool) -> list[Task]:
        """Gives each drawn task whose time has come its final status; returns those tasks."""
        with self._transaction() as run:
            due = self._tasks("finished_at IS NULL AND outcome IS NOT NULL AND due_at <= ?", now)
            for task in due:
                run(
                    "UPDATE tasks SET status = outcome, finished_at = ?,"
                    " callback = iif(webhook_url = '', 'none', 'pending') WHERE task_id = ?",
                    now, task.task_id,
                )  # fmt: skip
                if refund_failed:
                    run(
                        "UPDATE keys SET credits = keys.credits + t.credits,"
                        " spent = spent - t.credits FROM tasks t"
                        " WHERE keys.key = t.key AND t.task_id = ? AND t.status = ?",
                        task.task_id, contract.FAILED,
                    )  # fmt: skip
            return [self._tasks("task_id = ?", task.task_id)[0] for task in due]

    def next_due_at(self) -> float | None:
        with self._transaction() as run:
            row = run(
                "SELECT min(due_at) FROM tasks WHERE finished_at IS NULL AND outcome IS NOT NULL"
            ).fetchone()
        due_at: float | None = row[0]
        return due_at

    def tasks_to_call_back(self) -> list[Task]:
        return self._tasks("callback = 'pending' ORDER BY finished_at")

    def record_callback(self, task_id: str, *, is_delivered: bool) -> None:
        callback = "delivered" if is_delivered else "given up"
        with self._transaction() as run:
            run("UPDATE tasks SET callback = ? WHERE task_id = ?", callback, task_id)

    def expire(self, finished_before: float) -> list[Task]:
        """The tasks whose videos are to be deleted; each is named once."""
        with self._transaction() as run:
            expired = self._tasks("removed = 0 AND finished_at < ?", finished_before)
            for task in expired:
                run("UPDATE tasks SET removed = 1 WHERE task_id = ?", task.task_id)
        return expired

    def _new_task_id(self) -> str:
        """Eight hexadecimal characters, as in the documentation's examples."""
        while True:
            task_id = secrets.token_hex(4)
            if not self._tasks("task_id = ?", task_id):
                return task_id

    def _tasks(self, condition: str, *values: object) -> list[Task]:
        """`condition` is always a literal of this module."""
        query = (
            "SELECT task_id, key, kind, parameters, credits, status, created_at, due_at,"  # noqa: S608
            f" finished_at, webhook_url FROM tasks WHERE {condition}"
        )
        with self._lock:
            rows = self._connection.execute(query, values).fetchall()
        return [_task(row) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        def run(statement: str, *values: object) -> sqlite3.Cursor:
            return self._connection.execute(statement, values)

        with self._lock:
            run("BEGIN IMMEDIATE")
            try:
                yield run
            except BaseException:
                run("ROLLBACK")
                raise
            run("COMMIT")


def _task(row: sqlite3.Row) -> Task:
    columns: dict[str, Any] = dict(row)
    columns["parameters"] = json.loads(columns["parameters"])
    return Task(**columns)
