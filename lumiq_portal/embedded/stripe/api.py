"""The HTTP face of the API: /v1/… as a WSGI application."""

import hmac
import json
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from lumiq_portal.embedded.stripe import API_VERSION, calls
from lumiq_portal.embedded.stripe.accounts import check_access
from lumiq_portal.embedded.stripe.errors import API, Refused
from lumiq_portal.embedded.stripe.expansion import expand
from lumiq_portal.embedded.stripe.faults import Fault, Faults
from lumiq_portal.embedded.stripe.idempotency import Replies, Reply
from lumiq_portal.embedded.stripe.parameters import read_parameters
from lumiq_portal.embedded.stripe.state import State, build_public, new_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_BODY = 1_000_000

logger = logging.getLogger(__name__)


class Api:
    def __init__(self, state: State, faults: Faults, secret_key: str) -> None:
        self._state = state
        self._faults = faults
        self._secret_key = secret_key
        self._replies = Replies(state)
        self.record: deque[dict[str, Any]] = deque(maxlen=1000)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST_BODY
        noted = _note(request)
        self.record.append(noted)
        reply = _answer(lambda: self._respond(request))
        noted["http_status"] = reply.http_status
        return _build_response(request, reply)(environ, start_response)

    def _respond(self, request: Request) -> Reply:
        fault = self._faults.take(f"{request.method} {request.path}")
        fault.before()
        self._check_key(request)
        _check_version(request.headers.get("Stripe-Version", API_VERSION))
        account = request.headers.get("Stripe-Account", "")
        check_access(self._state, account)
        return self._call(request, account, fault)

    def _call(self, request: Request, account: str, fault: Fault) -> Reply:
        call, arguments = _find_call(request)
        pairs = list((request.form if request.method == "POST" else request.args).items(multi=True))
        params = read_parameters(call.takes, pairs)

        def do() -> dict[str, Any]:
            fault.instead()
            found = call.do(self._state, account, params, **arguments)
            public: dict[str, Any] = build_public(
                expand(self._state, found, params.get("expand", []))
            )
            return public

        is_write = request.method == "POST"
        key = request.headers.get("Idempotency-Key", "") if is_write else ""
        fingerprint = json.dumps([request.path, sorted(pairs)])
        return self._replies.once(account, key, fingerprint, call=do, linger=fault.after)

    def _check_key(self, request: Request) -> None:
        given = request.authorization
        key = (given.token or given.username or "") if given else ""
        if not hmac.compare_digest(key.encode(), self._secret_key.encode()):
            shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * len(key)
            message = (
                f"Invalid API Key provided: {shown}" if key else "You did not provide an API key."
            )
            raise Refused(message, http_status=401, is_early=True)


def _answer(respond: Callable[[], Reply]) -> Reply:
    """What `respond` gives, or the error that it raises; dropped connections stay dropped."""
    try:
        return respond()
    except Refused as raised:
        refusal = raised
    except HTTPException as failure:  # of a body too large, say
        refusal = Refused(failure.name, http_status=failure.code or 400)
    except ConnectionError:
        raise
    except Exception:  # whatever went wrong, the caller gets Stripe's answer to it
        logger.exception("a call failed")
        refusal = Refused("An unknown error occurred.", http_status=500, kind=API)
    return Reply(refusal.http_status, refusal.as_json())


def _note(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "account": request.headers.get("Stripe-Account", ""),
        "idempotency_key": request.headers.get("Idempotency-Key", ""),
        "http_status": None,
    }


def _check_version(version: str) -> None:
    if version != API_VERSION:
        raise Refused(
            f"Invalid Stripe API version: {version}. This local Stripe speaks {API_VERSION}.",
            is_early=True,
        )


def _find_call(request: Request) -> tuple[calls.Call, dict[str, Any]]:
    try:
        number, arguments = calls.URLS.bind_to_environ(request.environ).match()
    except (NotFound, MethodNotAllowed) as failure:
        raise Refused(
            f"Unrecognized request URL ({request.method}: {request.path}). The local Stripe knows "
            "what docs/local-stripe.md lists.",
            http_status=404,
            is_early=True,
        ) from failure
    return calls.CALLS[number], dict(arguments)


def _build_response(request: Request, reply: Reply) -> Response:
    response = Response(
        json.dumps(reply.body, indent=2), reply.http_status, mimetype="application/json"
    )
    response.headers["Request-Id"] = new_id("req", 14)
    response.headers["Stripe-Version"] = API_VERSION
    for name in ("Idempotency-Key", "Stripe-Account"):
        if value := request.headers.get(name):
            response.headers[name] = value
    if reply.is_replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if reply.body.get("error", {}).get("type") == API:
        response.headers["Stripe-Should-Retry"] = "true" if reply.http_status == 503 else "false"
    return response
