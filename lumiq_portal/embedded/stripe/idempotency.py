"""`Idempotency-Key`: a call is made once; who repeats it gets the answer that was given.

Kept for 24 hours and an account, errors included, but for those that came before the call began.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from lumiq_portal.embedded.stripe.errors import IDEMPOTENCY, Refused
from lumiq_portal.embedded.stripe.state import State

KEPT_SECONDS = 24 * 60 * 60
LONGEST_KEY = 255


class Reply(NamedTuple):
    http_status: int
    body: dict[str, Any]
    is_replayed: bool = False


class Replies:
    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._busy: set[tuple[str, str]] = set()

    def once(
        self,
        account: str,
        key: str,
        fingerprint: str,
        *,
        call: Callable[[], dict[str, Any]],
        linger: Callable[[], None] = lambda: None,
    ) -> Reply:
        """`linger` is what happens between the deed and its answer. Without a key: always."""
        if not key:
            return self._answer("", "", "", call, linger)
        if len(key) > LONGEST_KEY:
            raise Refused(f"Idempotency keys have up to {LONGEST_KEY} characters.", is_early=True)
        with self._alone(account, key):
            known = self._find(account, key, fingerprint)
            return known or self._answer(account, key, fingerprint, call, linger)

    @contextmanager
    def _alone(self, account: str, key: str) -> Iterator[None]:
        with self._lock:
            if (account, key) in self._busy:
                raise Refused(
                    "There is currently another in-progress request using this Idempotent Key "
                    f"({key}). Please try again later.",
                    code="idempotency_key_in_use",
                    http_status=409,
                    kind=IDEMPOTENCY,
                )
            self._busy.add((account, key))
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard((account, key))

    def _find(self, account: str, key: str, fingerprint: str) -> Reply | None:
        self._state.store.run(
            "DELETE FROM replies WHERE made_at <= ?", self._state.now - KEPT_SECONDS
        )
        rows = self._state.store.run(
            "SELECT * FROM replies WHERE account = ? AND key = ?", account, key
        )
        if not rows:
            return None
        if rows[0]["fingerprint"] != fingerprint:
            raise Refused(
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request.",
                kind=IDEMPOTENCY,
            )
        return Reply(rows[0]["http_status"], json.loads(rows[0]["body"]), is_replayed=True)

    def _answer(
        self,
        account: str,
        key: str,
        fingerprint: str,
        call: Callable[[], dict[str, Any]],
        linger: Callable[[], None],
    ) -> Reply:
        try:
            with self._state.transaction():
                reply = Reply(200, call())
                self._keep(account, key, fingerprint, reply)
        except Refused as refusal:
            reply = Reply(refusal.http_status, refusal.as_json())
            if not refusal.is_early:
                self._keep(account, key, fingerprint, reply)
        linger()
        return reply

    def _keep(self, account: str, key: str, fingerprint: str, reply: Reply) -> None:
        if key:
            self._state.store.run(
                "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?)",
                account, key, fingerprint, reply.http_status, json.dumps(reply.body),
                self._state.now,
            )  # fmt: skip
