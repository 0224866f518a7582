"""`expand`: puts whole objects where answers have ids."""

from typing import Any

from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.lists import build_list
from lumiq_portal.embedded.stripe.state import State
from lumiq_portal.embedded.stripe.store import Body

_KINDS = {
    "application_fee": "application_fee",
    "charge": "charge",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
}
DEEPEST = 4


def expand(state: State, body: Body, paths: list[str]) -> Body:
    """Changes `body`, and returns it."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise _refuse(path, f"You cannot expand more than {DEEPEST} levels of a property.")
        _expand(state, body, steps, path)
    return body


def _expand(state: State, body: Body, steps: list[str], path: str) -> None:
    field, *rest = steps
    if field == "data" and body.get("object") == "list" and rest:
        for item in body["data"]:
            _expand(state, item, rest, path)
        return
    body[field] = _fetch(state, body, field, path)
    if rest and body[field] is not None:
        _expand(state, body[field], rest, path)


def _fetch(state: State, body: Body, field: str, path: str) -> Any:
    if body["object"] == "checkout.session" and field == "line_items":
        url = f"/v1/checkout/sessions/{body['id']}/line_items"
        return build_list(body["_line_items"], url, {})
    if body["object"] == "charge" and field == "refunds":
        made = [r for r in state.find_all(None, "refund") if r["charge"] == body["id"]]
        return build_list(made, f"/v1/charges/{body['id']}/refunds", {})
    if field not in _KINDS or field not in body:
        raise _refuse(path, f"This property cannot be expanded ({field}).")
    key = body[field]
    return state.get_anywhere(_KINDS[field], key)[1] if isinstance(key, str) else key


def _refuse(path: str, message: str) -> Refused:
    return Refused(message, "expand", is_early=True)
