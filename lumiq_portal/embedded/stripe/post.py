"""Brings events to the portal's endpoints: signed, and again and again until they are taken."""

import hashlib
import hmac
import json
import logging
import sqlite3
import threading
import time
from dataclasses import dataclass

import requests

from lumiq_portal.embedded.stripe import sessions
from lumiq_portal.embedded.stripe.state import State, build_public

PATIENCE_SECONDS = 20
GIVEN_UP_AFTER_SECONDS = 3 * 24 * 60 * 60
LONGEST_PAUSE_SECONDS = 60 * 60
ROUND_SECONDS = 0.5

logger = logging.getLogger(__name__)


@dataclass
class Endpoint:
    """Without an address nothing is sent."""

    secret: str
    url: str = ""


class Postman:
    """A thread. It also looks which sessions have run out of time."""

    def __init__(self, state: State, endpoints: dict[str, Endpoint]) -> None:
        self.endpoints = endpoints
        self._state = state
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="postman", daemon=True)
        state.has_endpoint = lambda name: bool(endpoints[name].url)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._state.something_to_send.set()
        self._thread.join(PATIENCE_SECONDS + 5)

    def _work(self) -> None:
        while not self._stopping:
            self._state.something_to_send.clear()
            try:
                self._make_a_round()
                pause = self._pause()
            except Exception:  # no round may be the last one
                logger.exception("a round failed")
                pause = ROUND_SECONDS
            self._state.something_to_send.wait(pause)

    def _make_a_round(self) -> None:
        sessions.expire_due(self._state)
        for delivery in self._due():
            if not self._stopping:
                self._deliver(delivery)

    def _due(self) -> list[sqlite3.Row]:
        return self._state.store.run(
            "SELECT * FROM deliveries WHERE state = 'waiting' AND due_at <= ?"
            " ORDER BY due_at, number LIMIT 20",
            time.time(),
        )

    def _pause(self) -> float:
        (row,) = self._state.store.run(
            "SELECT min(due_at) AS next FROM deliveries WHERE state = 'waiting'"
        )
        if row["next"] is None:
            return ROUND_SECONDS
        rest: float = row["next"] - time.time()
        return max(0.0, min(ROUND_SECONDS, rest))

    def _deliver(self, delivery: sqlite3.Row) -> None:
        endpoint = self.endpoints[delivery["endpoint"]]
        _, event = self._state.get_anywhere("event", delivery["event"])
        status = send(endpoint, json.dumps(build_public(event), indent=2))
        tries, now = delivery["tries"] + 1, time.time()
        pause = min(self._state.knobs.retry_seconds * 2 ** (tries - 1), LONGEST_PAUSE_SECONDS)
        if 200 <= status < 300:
            outcome = "delivered"
        elif now - delivery["begun_at"] > GIVEN_UP_AFTER_SECONDS:
            outcome = "given up"
        else:
            outcome = "waiting"
        self._state.store.run(
            "UPDATE deliveries SET state = ?, tries = ?, due_at = ?, http_status = ?"
            " WHERE number = ?",
            outcome, tries, now + pause, status, delivery["number"],
        )  # fmt: skip


def send(endpoint: Endpoint, payload: str) -> int:
    """The status of the answer; 0 without one."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": sign(payload, endpoint.secret, int(time.time())),
        "User-Agent": "LocalStripe/1.0",
    }
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.post(
                endpoint.url, data=payload.encode(), headers=headers, timeout=PATIENCE_SECONDS,
                allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                return response.status_code
        except (requests.RequestException, ValueError) as failure:
            logger.info("an event was not taken: %s", type(failure).__name__)
            return 0


def sign(payload: str, secret: str, moment: int) -> str:
    digest = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def release(state: State, *, events: list[str] | None = None, is_reversed: bool = False) -> int:
    """Sends what is held: all of it, or these events in this order. How many deliveries it was."""
    with state.transaction():
        held = state.store.run("SELECT number, event FROM deliveries WHERE state = 'held'")
        chosen = sorted(row["number"] for row in held)
        if events is not None:
            chosen = [row["number"] for event in events for row in held if row["event"] == event]
        if is_reversed:
            chosen.reverse()
        now = time.time()
        for place, number in enumerate(chosen):
            state.store.run(
                "UPDATE deliveries SET state = 'waiting', due_at = ? WHERE number = ?",
                now - 1 + place * 1e-5, number,
            )  # fmt: skip
    state.something_to_send.set()
    return len(chosen)
