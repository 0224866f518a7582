"""The control side, /_control/…: what only buyers, banks and Stripe itself can do.

For this machine only.
"""

import ipaddress
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from lumiq_portal.embedded.stripe import accounts, disputes, post, refunds, sessions
from lumiq_portal.embedded.stripe.api import Api
from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.faults import Faults
from lumiq_portal.embedded.stripe.post import Postman
from lumiq_portal.embedded.stripe.state import State, build_public

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/_control"
_PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_KINDS = ("account", "application_fee", "charge", "checkout.session", "dispute", "event",
          "payment_intent", "refund")  # fmt: skip

Handler = Callable[..., Any]


class Control:
    """A WSGI application, to be mounted at PREFIX."""

    def __init__(self, state: State, api: Api, faults: Faults, postman: Postman) -> None:
        self._state = state
        self._api = api
        self._faults = faults
        self._postman = postman
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "/state"): self._dump,
            ("GET", "/requests"): self._list_requests,
            ("POST", "/sessions/<key>/<verb>"): self._change_session,
            ("POST", "/refunds/<key>/fail"): self._fail_refund,
            ("POST", "/disputes"): self._open_dispute,
            ("POST", "/disputes/<key>/<verb>"): self._change_dispute,
            ("POST", "/accounts/<key>/<verb>"): self._change_account,
            ("GET", "/knobs"): self._show_knobs,
            ("PUT", "/knobs"): self._turn_knobs,
            ("PUT", "/endpoints"): self._set_endpoints,
            ("GET", "/deliveries"): self._list_deliveries,
            ("POST", "/deliveries/release"): self._release,
            ("POST", "/faults"): self._order_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("POST", "/clock"): self._advance,
        }
        self._urls = Map(
            [Rule(path, endpoint=(way, path), methods=[way]) for way, path in self._handlers]
        )

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        answer, status = self._respond(Request(environ))
        response = Response(json.dumps(answer, indent=2), status, mimetype="application/json")
        return response(environ, start_response)

    def _respond(self, request: Request) -> tuple[Any, int]:
        try:
            _check_caller(request)
            handler, arguments = self._urls.bind_to_environ(request.environ).match()
            return self._handlers[handler](_read_object(request), **arguments), 200
        except Refused as refusal:
            return refusal.as_json(), refusal.http_status
        except ValueError as error:
            return {"error": {"message": str(error)}}, 400
        except HTTPException as failure:
            return {"error": {"message": failure.name}}, failure.code or 500

    def _dump(self, _wish: Any) -> Any:
        found = {kind: build_public(self._state.find_all(None, kind)) for kind in _KINDS}
        return {"objects": found, "deliveries": self._list_deliveries(None)}

    def _list_requests(self, _wish: Any) -> Any:
        return list(self._api.record)

    def _change_session(self, wish: dict[str, Any], key: str, verb: str) -> Any:
        state = self._state
        verbs: dict[str, Handler] = {
            "pay": lambda: sessions.pay(state, key, is_delayed=bool(wish.get("delayed"))),
            "settle": lambda: sessions.settle(state, key),
            "fail": lambda: sessions.fail(state, key),
            "expire": lambda: sessions.expire(
                state, state.get_anywhere(sessions.KIND, key)[0], key
            ),
        }
        return build_public(_choose(verbs, verb)())

    def _fail_refund(self, _wish: Any, key: str) -> Any:
        return build_public(refunds.fail(self._state, key))

    def _open_dispute(self, wish: dict[str, Any]) -> Any:
        amount = wish.get("amount")
        if not isinstance(wish.get("payment"), str) or not isinstance(amount, int | None):
            raise ValueError("payment is the id of a session, payment intent or charge")
        dispute = disputes.open_dispute(
            self._state,
            wish["payment"],
            amount=amount,
            reason=wish.get("reason", "fraudulent"),
            is_inquiry=bool(wish.get("inquiry")),
        )
        return build_public(dispute)

    def _change_dispute(self, _wish: Any, key: str, verb: str) -> Any:
        verbs = {"win": disputes.win, "lose": disputes.lose, "escalate": disputes.escalate}
        return build_public(_choose(verbs, verb)(self._state, key))

    def _change_account(self, _wish: Any, key: str, verb: str) -> Any:
        verbs = {
            "complete": accounts.complete,
            "restrict": accounts.restrict,
            "deauthorize": accounts.deauthorize,
        }
        return build_public(_choose(verbs, verb)(self._state, key))

    def _show_knobs(self, _wish: Any) -> Any:
        return self._state.knobs.as_json()

    def _turn_knobs(self, wish: dict[str, Any]) -> Any:
        self._state.knobs.turn(wish)
        return self._state.knobs.as_json()

    def _set_endpoints(self, wish: dict[str, Any]) -> Any:
        for name, url in wish.items():
            if name not in self._postman.endpoints or not isinstance(url, str):
                raise ValueError(f"endpoints are {', '.join(self._postman.endpoints)}")
            if url and not _is_loopback(urlsplit(url).hostname or ""):
                raise ValueError("events go to this machine only")
            self._postman.endpoints[name].url = url
        return {name: endpoint.url for name, endpoint in self._postman.endpoints.items()}

    def _list_deliveries(self, _wish: Any) -> Any:
        rows = self._state.store.run("SELECT * FROM deliveries ORDER BY number")
        return [dict(row) for row in rows]

    def _release(self, wish: dict[str, Any]) -> Any:
        is_reversed = bool(wish.get("reversed"))
        count = post.release(self._state, events=wish.get("events"), is_reversed=is_reversed)
        return {"released": count}

    def _order_fault(self, wish: dict[str, Any]) -> Any:
        self._faults.order(wish)
        return wish

    def _clear_faults(self, _wish: Any) -> Any:
        self._faults.clear()
        return {}

    def _advance(self, wish: dict[str, Any]) -> Any:
        seconds = wish.get("seconds")
        if not isinstance(seconds, int | float) or seconds < 0:
            raise ValueError("seconds must be a number that is not negative")
        self._state.skipped_seconds += seconds
        sessions.expire_due(self._state)
        return {"now": self._state.now}


def _choose(verbs: dict[str, Handler], verb: str) -> Handler:
    if verb not in verbs:
        raise ValueError(f"{verb} is none of {', '.join(verbs)}")
    return verbs[verb]


def _check_caller(request: Request) -> None:
    """A proxy on this machine speaks for others, and so does a web page in a browser."""
    is_loopback = _is_loopback(request.remote_addr or "")
    is_relayed = any(name in request.headers for name in (*_PROXY_HEADERS, "Origin"))
    host = urlsplit(f"//{request.host}").hostname or ""
    if not is_loopback or is_relayed or not _is_loopback(host):
        raise Refused("The control side answers this machine only.", http_status=403)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_object(request: Request) -> dict[str, Any]:
    if not request.get_data(cache=True):
        return {}
    payload = request.get_json(force=True)
    if not isinstance(payload, dict):
        raise ValueError("a JSON object is needed")
    return payload
