"""The pages that a buyer sees: /pay/…, /receipts/…. Their own style, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from lumiq_portal.embedded.stripe import accounts, sessions
from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.page_markup import (
    build_checkout,
    build_notice,
    build_onboarding,
    build_page,
    build_receipt,
)
from lumiq_portal.embedded.stripe.page_style import STYLE
from lumiq_portal.embedded.stripe.state import State
from lumiq_portal.embedded.stripe.store import Body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_URLS = Map(
    [
        Rule("/pay/<key>", endpoint="show", methods=["GET"]),
        Rule("/pay/<key>", endpoint="choose", methods=["POST"]),
        Rule("/receipts/<key>", endpoint="receipt", methods=["GET"]),
        Rule("/onboard/<key>", endpoint="onboard", methods=["GET"]),
        Rule("/onboard/<key>", endpoint="leave", methods=["POST"]),
    ]
)
_DECLINED = "The card was declined. Nothing was charged. Try again, pay otherwise or go back."


class Pages:
    def __init__(self, state: State) -> None:
        self._state = state
        self._views: dict[str, Callable[..., Response]] = {
            "show": lambda _request, key: self._show(key),
            "choose": self._choose,
            "receipt": self._receipt,
            "onboard": self._onboard,
            "leave": self._leave,
        }

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            endpoint, arguments = _URLS.bind_to_environ(request.environ).match()
            return self._views[endpoint](request, **arguments)
        except Refused as refusal:
            return _build_page(
                "Nothing to pay here", build_notice(refusal.message), status=refusal.http_status
            )
        except HTTPException as failure:
            return _build_page(failure.name, Markup(""), status=failure.code or 500)

    def _show(self, key: str, notice: str = "") -> Response:
        session = sessions.get_payable(self._state, key)
        targets = [session["success_url"], session["cancel_url"] or ""]
        return _build_page("Your order", build_checkout(session, notice), form_targets=targets)

    def _choose(self, request: Request, key: str) -> Response:
        choice = request.form.get("choice", "")
        if choice == "back":
            session = sessions.get_payable(self._state, key)
            return redirect(session["cancel_url"], 303)
        if choice not in ("pay", "delayed"):
            return self._show(key, _DECLINED)
        session = sessions.pay(self._state, key, is_delayed=choice == "delayed")
        return redirect(build_success_url(session), 303)

    def _receipt(self, _request: Request, key: str) -> Response:
        _, charge = self._state.get_anywhere("charge", key)
        return _build_page("Receipt", build_receipt(charge))

    def _onboard(self, _request: Request, key: str) -> Response:
        link, account = accounts.open_link(self._state, key)
        if link["_state"] != "new":
            return redirect(link["_refresh_url"], 303)
        content = build_onboarding(account)
        return _build_page("Your account", content, form_targets=[link["_return_url"]])

    def _leave(self, request: Request, key: str) -> Response:
        is_complete = request.form.get("choice") == "complete"
        link = accounts.leave_link(self._state, key, is_complete=is_complete)
        return redirect(link["_return_url"], 303)


def build_success_url(session: Body) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))


def _build_page(
    title: str, content: Markup, *, form_targets: Iterable[str] = (), status: int = 200
) -> Response:
    response = Response(build_page(title, content), status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _build_policy(form_targets)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _build_policy(form_targets: Iterable[str]) -> str:
    """Browsers hold the redirect after a form to `form-action` as well."""
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, form_targets)}
    targets = " ".join(["'self'", *sorted(origins - {"://"})])
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {targets}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
