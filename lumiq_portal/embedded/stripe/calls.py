"""The calls of the API: which address takes which parameters and does what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.routing import Map, Rule

from lumiq_portal.embedded.stripe import accounts, refunds, schemas, sessions
from lumiq_portal.embedded.stripe.lists import build_list
from lumiq_portal.embedded.stripe.parameters import Fields
from lumiq_portal.embedded.stripe.state import State
from lumiq_portal.embedded.stripe.store import Body

Do = Callable[..., Body]


@dataclass(frozen=True)
class Call:
    """`do` gets the state, the account, the parameters and what the address holds."""

    method: str
    path: str
    takes: Fields
    do: Do


def _retrieve(kind: str, param: str = "id") -> Do:
    def retrieve(state: State, account: str, _params: dict[str, Any], key: str) -> Body:
        return state.get(account, kind, key, param=param)

    return retrieve


def _list(kind: str, path: str) -> Do:
    def find(state: State, account: str, params: dict[str, Any]) -> Body:
        return build_list(state.find_all(account, kind), path, params)

    return find


def _list_line_items(state: State, account: str, params: dict[str, Any], key: str) -> Body:
    session = state.get(account, sessions.KIND, key, param="session")
    return build_list(session["_line_items"], f"/v1/checkout/sessions/{key}/line_items", params)


def _list_accounts(state: State, account: str, params: dict[str, Any]) -> Body:
    mine = [a for a in state.find_all(account, accounts.KIND) if not a["_is_deauthorized"]]
    return build_list(mine, "/v1/accounts", params)


def _expire(state: State, account: str, _params: dict[str, Any], key: str) -> Body:
    return sessions.expire(state, account, key)


def _readable(kind: str, path: str, takes: Fields, *, param: str = "id") -> list[Call]:
    return [
        Call("GET", path, takes, _list(kind, path)),
        Call("GET", f"{path}/<key>", schemas.RETRIEVE, _retrieve(kind, param)),
    ]


_SESSIONS = "/v1/checkout/sessions"
CALLS = [
    Call("POST", _SESSIONS, schemas.SESSION_CREATE, sessions.create),
    *_readable(sessions.KIND, _SESSIONS, schemas.SESSION_LIST, param="session"),
    Call("POST", f"{_SESSIONS}/<key>/expire", schemas.RETRIEVE, _expire),
    Call("GET", f"{_SESSIONS}/<key>/line_items", schemas.LINE_ITEM_LIST, _list_line_items),
    *_readable("payment_intent", "/v1/payment_intents", schemas.LIST, param="intent"),
    *_readable("charge", "/v1/charges", schemas.CHARGE_LIST, param="charge"),
    Call("POST", "/v1/refunds", schemas.REFUND_CREATE, refunds.create),
    *_readable("refund", "/v1/refunds", schemas.REFUND_LIST),
    *_readable("dispute", "/v1/disputes", schemas.DISPUTE_LIST),
    Call("POST", "/v1/accounts", schemas.ACCOUNT_CREATE, accounts.create),
    Call("GET", "/v1/accounts", schemas.LIST, _list_accounts),
    Call("GET", "/v1/accounts/<key>", schemas.RETRIEVE, accounts.retrieve),
    Call("POST", "/v1/account_links", schemas.ACCOUNT_LINK_CREATE, accounts.create_link),
    *_readable("application_fee", "/v1/application_fees", schemas.APPLICATION_FEE_LIST),
    *_readable("event", "/v1/events", schemas.EVENT_LIST),
]
URLS = Map(
    [Rule(call.path, endpoint=number, methods=[call.method]) for number, call in enumerate(CALLS)]
)
