"""What happened, kept as Stripe's events and handed to the post."""

import time
from typing import Any

from lumiq_portal.embedded.stripe import API_VERSION
from lumiq_portal.embedded.stripe.state import State, build_public, new_id
from lumiq_portal.embedded.stripe.store import Body

PLATFORM, CONNECT = "platform", "connect"


def emit(state: State, account: str, kind: str, thing: Any) -> Body:
    """Needs the transaction of the change that it tells of."""
    event = {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": state.now,
        "data": {"object": build_public(thing)},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    if account:
        event["account"] = account
    endpoint = CONNECT if account else PLATFORM
    if state.has_endpoint(endpoint):
        event["pending_webhooks"] = 1
        _post(state, str(event["id"]), endpoint)
    return state.add(account, event)


def _post(state: State, event: str, endpoint: str) -> None:
    fate = state.knobs.choose_fate()
    now = time.time()
    for _ in range(1 + state.knobs.duplicate):
        state.store.run(
            "INSERT INTO deliveries (event, endpoint, state, due_at, begun_at)"
            " VALUES (?, ?, ?, ?, ?)",
            event, endpoint, fate, now + state.knobs.choose_delay(), now,
        )  # fmt: skip
    state.something_to_send.set()
