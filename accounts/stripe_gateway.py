"""Stripe, and the only importer of its package: plain values in and out, network in between.

Never called inside a transaction. Texts of errors name neither keys nor people: Stripe's own words
are left out of the log, as they may quote what was sent.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from accounts.errors import (
    ForgedEvent,
    StripeAccountLost,
    StripeNotConfigured,
    StripeObjectUnknown,
    StripeRefused,
    StripeUnreachable,
)
from accounts.payments import AccountFacts, Checkout, DisputeFacts, Event, Order, Payment

logger = logging.getLogger(__name__)

# Pinned, so that a newer package doesn't change what goes over the wire.
API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS, READ_SECONDS = 5, 15
MOST_RETRIES = 1
# How old a signature may be, and how far ahead Stripe's clock.
TOLERANCE_SECONDS = 300
PAGE_SIZE = 100
MOST_EVENTS = 5000


def is_configured() -> bool:
    return bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    """Whether money moves: by the key, which opens one of Stripe's two worlds only."""
    return re.match(r"(sk|rk)_live_", settings.STRIPE_SECRET_KEY) is not None


def open_checkout(order: Order) -> Checkout:
    """A new session. The same idempotency key gives the same session, whatever got lost between."""
    price: dict[str, Any] = {
        "currency": order.currency,
        "unit_amount": order.amount_minor,
        "product_data": {"name": order.description},
    }
    if order.has_automatic_tax:
        # On top of the price it would come to another amount than the one that was sold.
        price["tax_behavior"] = "inclusive"
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "client_reference_id": order.reference,
        "metadata": order.metadata,
        "customer_email": order.customer_email,
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "expires_at": int(order.expires_at.timestamp()),
        "payment_intent_data": {
            "description": order.description,
            "metadata": order.metadata,
            "receipt_email": order.customer_email,
        },
    }
    if order.has_automatic_tax:
        params["automatic_tax"] = {"enabled": True}
    if order.fee_minor:
        params["payment_intent_data"]["application_fee_amount"] = order.fee_minor
    session = _ask(
        # Put together bit by bit; the local Stripe knows no other names than the package's types.
        lambda client, options: client.v1.checkout.sessions.create(params, options),  # type: ignore[arg-type]
        account=order.account,
        idempotency_key=order.idempotency_key,
    )
    return _build_checkout(session)


def fetch_checkout(session_id: str, *, account: str) -> Checkout:
    session = _ask(
        lambda client, options: client.v1.checkout.sessions.retrieve(session_id, None, options),
        account=account,
    )
    return _build_checkout(session)


def expire_checkout(session_id: str, *, account: str) -> None:
    """Raises StripeRefused where it is not open any more."""
    _ask(
        lambda client, options: client.v1.checkout.sessions.expire(session_id, None, options),
        account=account,
    )


def fetch_payment(session_id: str, *, account: str) -> Payment:
    """The session as it is now, with what was paid, refunded and contested."""
    params: Any = {"expand": ["payment_intent.latest_charge"]}
    session = _ask(
        lambda client, options: client.v1.checkout.sessions.retrieve(session_id, params, options),
        account=account,
    )
    intent = session.get("payment_intent") or {}
    charge = intent.get("latest_charge") or {}
    disputes = _fetch_disputes(intent["id"], account) if charge.get("disputed") else []
    return build_payment(session, disputes)


def find_session(payment_intent: str, *, account: str) -> str | None:
    """The id of the session that the payment came through."""
    params: Any = {"payment_intent": payment_intent, "limit": 1}
    page = _ask(
        lambda client, options: client.v1.checkout.sessions.list(params, options), account=account
    )
    return next((str(session["id"]) for session in page["data"]), None)


def refund(
    payment_intent: str,
    amount_minor: int,
    *,
    account: str,
    has_fee: bool,
    reason: str,
    idempotency_key: str,
) -> str:
    """Returns the refund's id. The platform's fee goes back in the same proportion."""
    params: Any = {
        "payment_intent": payment_intent,
        "amount": amount_minor,
        "reason": reason,
        **({"refund_application_fee": True} if has_fee else {}),
    }
    made = _ask(
        lambda client, options: client.v1.refunds.create(params, options),
        account=account,
        idempotency_key=idempotency_key,
    )
    return str(made["id"])


def create_account(*, country: str, email: str, tenant_id: int, idempotency_key: str) -> str:
    """A connected account that is its owner's own: with the whole dashboard, Stripe's fees on its
    bill, and losses that are not the platform's. Returns its id."""
    params: Any = {
        "country": country,
        "email": email,
        "controller": {
            "fees": {"payer": "account"},
            "losses": {"payments": "stripe"},
            "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "full"},
        },
        "metadata": {"tenant": str(tenant_id)},
    }
    made = _ask(
        lambda client, options: client.v1.accounts.create(params, options),
        account="",
        idempotency_key=idempotency_key,
    )
    return str(made["id"])


def open_onboarding(account_id: str, *, return_url: str, refresh_url: str) -> str:
    """The address where its owner tells Stripe what is missing; good for one visit, soon."""
    params: Any = {
        "account": account_id,
        "type": "account_onboarding",
        "return_url": return_url,
        "refresh_url": refresh_url,
    }
    link = _ask(lambda client, options: client.v1.account_links.create(params, options), account="")
    return str(link["url"])


def fetch_account(account_id: str) -> AccountFacts:
    """Raises StripeAccountLost where it is not connected any more."""
    found = _ask(
        lambda client, options: client.v1.accounts.retrieve(account_id, None, options),
        account=account_id,
    )
    wanted = found.get("requirements") or {}
    return AccountFacts(
        can_charge=found["charges_enabled"] is True,
        has_details=found["details_submitted"] is True,
        is_wanted_more=bool(wanted.get("currently_due") or wanted.get("past_due")),
    )


def fetch_events(types: list[str], *, since: datetime, account: str) -> Iterator[Event]:
    """Newest first, as far back as Stripe keeps them."""
    after: str | None = None
    for _ in range(MOST_EVENTS // PAGE_SIZE):
        params: Any = {
            "types": types,
            "created": {"gte": int(since.timestamp())},
            "limit": PAGE_SIZE,
            **({"starting_after": after} if after else {}),
        }
        page = _ask(_list_events(params), account=account)
        for payload in page["data"]:
            # Where they are asked for, they don't say whose they are.
            yield replace(build_event(payload), account=account)
        if not page.get("has_more"):
            return
        after = page["data"][-1]["id"]


def read_event(body: bytes, signature: str, *, secret: str) -> Event:
    """Raises ForgedEvent unless Stripe signed it, not long ago and not in the future."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE_SECONDS)
        # The package refuses what is old, but takes what comes from the future.
        signed_at = re.search(r"(?:^|,)\s*t=(\d{1,15})", signature)
        if signed_at is None or int(signed_at[1]) > time.time() + TOLERANCE_SECONDS:
            raise ForgedEvent("its signature is from the future")
        return build_event(json.loads(body))
    except stripe.SignatureVerificationError as error:
        raise ForgedEvent("its signature does not hold, or is too old") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ForgedEvent("it is no event") from error


def build_event(payload: dict[str, Any]) -> Event:
    about = payload["data"]["object"]
    object_id = str(about.get("id", ""))
    intent = about.get("payment_intent") or ""
    return Event(
        event_id=str(payload["id"]),
        type=str(payload["type"]),
        account=str(payload.get("account") or ""),
        livemode=payload["livemode"] is True,
        object_id=object_id,
        payment_intent=str(intent["id"] if isinstance(intent, dict) else intent),
        payload=payload,
    )


def build_payment(session: dict[str, Any], disputes: list[dict[str, Any]]) -> Payment:
    """From the session with its payment intent and latest charge expanded."""
    intent = session.get("payment_intent") or {}
    charge = intent.get("latest_charge") or {}
    return Payment(
        session_id=session["id"],
        reference=session.get("client_reference_id") or "",
        session_status=session.get("status") or "",
        payment_status=session["payment_status"],
        amount_minor=session.get("amount_total") or 0,
        currency=session.get("currency") or "",
        livemode=session["livemode"] is True,
        payment_intent=intent.get("id"),
        intent_status=intent.get("status") or "",
        refunded_minor=charge.get("amount_refunded") or 0,
        receipt_url=charge.get("receipt_url") or "",
        disputes=tuple(_build_dispute(dispute, session) for dispute in reversed(disputes)),
    )


def _build_dispute(dispute: dict[str, Any], session: dict[str, Any]) -> DisputeFacts:
    """In another currency than the price its amount says nothing: all of it is contested then."""
    is_ours = dispute["currency"] == session["currency"]
    return DisputeFacts(
        dispute_id=dispute["id"],
        amount_minor=dispute["amount"] if is_ours else session["amount_total"],
        status=dispute["status"],
    )


def _build_checkout(session: dict[str, Any]) -> Checkout:
    is_open = session.get("status") == "open"
    return Checkout(session["id"], session.get("url") if is_open else None)


def _fetch_disputes(payment_intent: str, account: str) -> list[dict[str, Any]]:
    """Newest first."""
    params: Any = {"payment_intent": payment_intent, "limit": PAGE_SIZE}
    page = _ask(lambda client, options: client.v1.disputes.list(params, options), account=account)
    found: list[dict[str, Any]] = page["data"]
    return found


def _list_events(params: Any) -> Callable[[stripe.StripeClient, Any], Any]:
    return lambda client, options: client.v1.events.list(params, options)


def _ask(
    call: Callable[[stripe.StripeClient, Any], Any], *, account: str, idempotency_key: str = ""
) -> dict[str, Any]:
    if not is_configured():
        raise StripeNotConfigured
    client = _build_client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)
    options: dict[str, str] = {}
    if account:
        options["stripe_account"] = account
    if idempotency_key:
        options["idempotency_key"] = idempotency_key
    try:
        answer: dict[str, Any] = call(client, options).to_dict()
    except stripe.StripeError as error:
        raise _translate(error, account) from error
    return answer


@cache
def _build_client(key: str, api_base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_base} if api_base else {},
        max_network_retries=MOST_RETRIES,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


def _translate(error: stripe.StripeError, account: str) -> Exception:
    """What the portal does about it decides the kind."""
    # The package hands the code of a 403 on in the body only.
    code = error.code or (error.error.code if error.error else None) or ""
    logger.warning(
        "Stripe: %s %s %s, request %s, account %s",
        *(type(error).__name__, error.http_status, code, error.request_id, account or "own"),
    )
    if isinstance(error, stripe.AuthenticationError):
        logger.error("Stripe refuses STRIPE_SECRET_KEY")
        return StripeUnreachable("the key is refused")
    if code == "account_invalid":
        return StripeAccountLost(account)
    if isinstance(error, stripe.PermissionError):
        # Of a restricted key: no account is lost by that, and it may be given the permission.
        logger.error("STRIPE_SECRET_KEY lacks a permission: docs/payments.md, Running it")
        return StripeUnreachable("no permission")
    if error.http_status == 404:
        return StripeObjectUnknown(code)
    retries = (stripe.APIConnectionError, stripe.RateLimitError, stripe.IdempotencyError)
    status = error.http_status or 500
    # 409: the same call, with the same idempotency key, is just being answered to somebody else.
    if isinstance(error, retries) or status == 409 or status >= 500:
        return StripeUnreachable(type(error).__name__)
    return StripeRefused(code or type(error).__name__)
