"""The sandbox's state: accounts, their keys, and tasks. One sqlite file, one connection.

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
from generations.sandbox import schema
from generations.sandbox.orders import Account, Order, Refused, Task


class Store:
    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        schema.prepare(self._connection)
        self._connection.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def add_key(self, key: str, credits_balance: int, email: str = "") -> None:
        """A key that is there already keeps its account, and an account its balance."""
        with self._transaction() as run:
            if run("SELECT 1 FROM keys WHERE key = ?", key).fetchone():
                return
            email = email or schema.derive_email(key)
            run(
                "INSERT OR IGNORE INTO accounts (email, credits) VALUES (?, ?)",
                email, credits_balance,
            )  # fmt: skip
            run("INSERT INTO keys (key, email) VALUES (?, ?)", key, email)

    def find_account(self, key: str) -> Account | None:
        """None for a key that is unknown or revoked."""
        with self._transaction() as run:
            row = run(
                "SELECT email, credits, calls, spent FROM keys JOIN accounts USING (email)"
                " WHERE key = ? AND NOT is_revoked",
                key,
            ).fetchone()
        return Account(*row) if row else None

    def change_key(
        self,
        key: str,
        *,
        credits_balance: int | None = None,
        added_credits: int = 0,
        is_revoked: bool | None = None,
        is_test: bool | None = None,
    ) -> None:
        """What is None stays as it is. The credits are those of the key's account."""
        with self._transaction() as run:
            run(
                "UPDATE accounts SET credits = coalesce(?, credits) + ?"
                " WHERE email = (SELECT email FROM keys WHERE key = ?)",
                credits_balance, added_credits, key,
            )  # fmt: skip
            run(
                "UPDATE keys SET is_revoked = coalesce(?, is_revoked),"
                " is_test = coalesce(?, is_test) WHERE key = ?",
                is_revoked, is_test, key,
            )  # fmt: skip

    def list_keys(self) -> list[dict[str, Any]]:
        query = (
            "SELECT key, email, is_revoked, is_test, credits, calls, spent"
            " FROM keys JOIN accounts USING (email) ORDER BY key"
        )
        with self._transaction() as run:
            rows = run(query).fetchall()
        flags = ("is_revoked", "is_test")
        return [{**dict(row), **{flag: bool(row[flag]) for flag in flags}} for row in rows]

    def list_charges(self) -> list[dict[str, Any]]:
        """Every task that was ever paid for, oldest first."""
        query = (
            "SELECT task_id, key, email, kind, tasks.credits, status, is_refunded,"
            " callback AS webhook, created_at FROM tasks JOIN keys USING (key) ORDER BY created_at"
        )
        with self._transaction() as run:
            rows = run(query).fetchall()
        return [{**dict(row), "is_refunded": bool(row["is_refunded"])} for row in rows]

    def accept(
        self, key: str, order: Order, *, now: float, due_at: float, keep: Callable[[str], None]
    ) -> tuple[Task, int]:
        """Charges the key's account and makes the task, or refuses; returns what remains.

        `keep` puts the files where the task id finds them; if it fails, nothing has happened.
        """
        with self._transaction() as run:
            charged = run(
                "UPDATE accounts SET credits = credits - ?, spent = spent + ?, calls = calls + 1"
                " WHERE email = (SELECT email FROM keys WHERE key = ?) AND credits >= ?",
                order.credits, order.credits, key, order.credits,
            )  # fmt: skip
            if charged.rowcount != 1:
                raise Refused(contract.INSUFFICIENT_CREDITS)
            task_id = self._new_task_id()
            run(
                "INSERT INTO tasks (task_id, key, kind, parameters, credits, status, created_at,"
                " due_at, webhook_url, callback, scenario)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'none', ?)",
                task_id, key, order.kind, json.dumps(order.parameters), order.credits,
                contract.PROCESSING, now, due_at, order.webhook_url, order.scenario,
            )  # fmt: skip
            keep(task_id)
            task = self._tasks("task_id = ?", task_id)[0]
            query = "SELECT credits FROM accounts JOIN keys USING (email) WHERE key = ?"
            (remaining,) = run(query, key).fetchone()
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
                    self._refund_if_failed(run, task)
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

    def is_called_back(self, task_id: str) -> bool:
        """Whether the task has ended and its callback, if it has one, was made or given up."""
        done = self._tasks(
            "task_id = ? AND finished_at IS NOT NULL AND callback <> 'pending'", task_id
        )
        return bool(done)

    def expire(self, finished_before: float) -> list[Task]:
        """The tasks whose videos are to be deleted; each is named once."""
        with self._transaction() as run:
            expired = self._tasks("removed = 0 AND finished_at < ?", finished_before)
            for task in expired:
                run("UPDATE tasks SET removed = 1 WHERE task_id = ?", task.task_id)
        return expired

    def _refund_if_failed(self, run: Callable[..., sqlite3.Cursor], task: Task) -> None:
        refunded = run(
            "UPDATE tasks SET is_refunded = 1 WHERE task_id = ? AND status = ?",
            task.task_id, contract.FAILED,
        )  # fmt: skip
        if refunded.rowcount:
            run(
                "UPDATE accounts SET credits = credits + ?, spent = spent - ?"
                " WHERE email = (SELECT email FROM keys WHERE key = ?)",
                task.credits, task.credits, task.key,
            )  # fmt: skip

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
            " finished_at, webhook_url, scenario,"
            " (SELECT is_test FROM keys WHERE keys.key = tasks.key) AS is_test"
            f" FROM tasks WHERE {condition}"
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
    columns["is_test"] = bool(columns["is_test"])
    return Task(**columns)
