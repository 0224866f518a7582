"""Checkout Sessions: from creation to paid, unpaid for good, or expired."""

from typing import Any

from lumiq_portal.embedded.stripe import session_bodies
from lumiq_portal.embedded.stripe.accounts import check_may_charge
from lumiq_portal.embedded.stripe.currencies import format_amount, least_charge, smallest_step
from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.events import emit
from lumiq_portal.embedded.stripe.methods import DELAYED, first_delayed, first_immediate
from lumiq_portal.embedded.stripe.payments import begin_payment, fail_payment, settle_payment
from lumiq_portal.embedded.stripe.state import State
from lumiq_portal.embedded.stripe.store import Body

KIND = "checkout.session"
LEAST_LIFETIME_SECONDS = 30 * 60
# On the buyer's page.
_CLOSED = {
    "complete": "This order is paid, or its payment is on its way. Go back to the shop to see it.",
    "expired": "This order is closed. Nothing was charged: go back to the shop to order again.",
}
LONGEST_LIFETIME_SECONDS = 24 * 60 * 60


def create(state: State, account: str, params: dict[str, Any]) -> Body:
    with state.transaction():
        check_may_charge(state, account)
        _check_lifetime(params.get("expires_at"), state.now)
        currency, total = _add_up(params["line_items"])
        _check_total(currency, total)
        if not session_bodies.read_methods(params, currency):
            raise Refused("No payment method is left for this currency.", "line_items")
        _check_fee(account, params.get("payment_intent_data", {}), total)
        return state.add(account, session_bodies.build_session(state, account, params))


def expire(state: State, account: str, key: str) -> Body:
    with state.transaction():
        session = state.get(account, KIND, key, param="session")
        if session["status"] != "open":
            raise Refused(
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
                f"Session has a status of {session['status']}.",
                "session",
            )
        return _expire(state, account, session)


def expire_due(state: State) -> None:
    """Those whose time has come, on all accounts."""
    with state.transaction():
        for session in state.store.find_overdue(KIND, state.now):
            _expire(state, session["_account"], session)


def get_payable(state: State, key: str) -> Body:
    """Refuses one that is paid or expired."""
    _, session = state.get_anywhere(KIND, key)
    if session["status"] == "open" and session["expires_at"] <= state.now:
        with state.transaction():
            session = _expire(state, session["_account"], session)
    if session["status"] != "open":
        raise Refused(_CLOSED[session["status"]], "session", http_status=409)
    return session


def pay(state: State, key: str, *, is_delayed: bool = False, email: str = "") -> Body:
    """As the buyer does on the page. A delayed payment stays unpaid until `settle` or `fail`."""
    with state.transaction():
        session = get_payable(state, key)
        account = session["_account"]
        session.update(status="complete", url=None)
        session["customer_details"] = session_bodies.build_customer_details(session, email)
        if session["automatic_tax"]["enabled"]:
            session["automatic_tax"]["status"] = "complete"
        if session["amount_total"] == 0:
            session["payment_status"] = "no_payment_required"
        else:
            method = _choose_method(session, is_delayed=is_delayed)
            payment = begin_payment(state, account, session, method)
            session["payment_intent"] = payment["id"]
            if method not in DELAYED:
                settle_payment(state, account, payment)
                session["payment_status"] = "paid"
        state.save(session)
        emit(state, account, "checkout.session.completed", session)
        return session


def settle(state: State, key: str) -> Body:
    """The money of a delayed payment has arrived."""
    with state.transaction():
        account, session, payment = _get_pending(state, key)
        settle_payment(state, account, payment)
        session["payment_status"] = "paid"
        state.save(session)
        emit(state, account, "checkout.session.async_payment_succeeded", session)
        return session


def fail(state: State, key: str) -> Body:
    """The money of a delayed payment will never arrive."""
    with state.transaction():
        account, session, payment = _get_pending(state, key)
        fail_payment(state, account, payment)
        emit(state, account, "checkout.session.async_payment_failed", session)
        return session


def _expire(state: State, account: str, session: Body) -> Body:
    session.update(status="expired", url=None)
    state.save(session)
    emit(state, account, "checkout.session.expired", session)
    return session


def _get_pending(state: State, key: str) -> tuple[str, Body, Body]:
    account, session = state.get_anywhere(KIND, key)
    if session["payment_intent"]:
        payment = state.get(account, "payment_intent", session["payment_intent"])
        if payment["status"] == "processing":
            return account, session, payment
    raise Refused("No payment of this Checkout Session is pending.", "session", http_status=409)


def _choose_method(session: Body, *, is_delayed: bool) -> str:
    choose = first_delayed if is_delayed else first_immediate
    method = choose(session["payment_method_types"])
    if method is None:
        raise Refused("This Checkout Session takes no such payment.", "method", http_status=409)
    return method


def _check_lifetime(expires_at: int | None, now: int) -> None:
    if expires_at is None:
        return
    message = ""
    if expires_at < now + LEAST_LIFETIME_SECONDS:
        message = "at least 30 minutes from"
    elif expires_at > now + LONGEST_LIFETIME_SECONDS:
        message = "less than 24 hours from"
    if message:
        raise Refused(
            f"The `expires_at` timestamp must be {message} Checkout Session creation.",
            "expires_at",
            is_early=True,
        )


def _add_up(items: list[dict[str, Any]]) -> tuple[str, int]:
    currencies = {item["price_data"]["currency"] for item in items}
    if not items:
        raise Refused("You must pass at least one line item.", "line_items", is_early=True)
    if len(currencies) > 1:
        raise Refused(
            "The prices of all line items must have the same currency.", "line_items", is_early=True
        )
    total = sum(item["price_data"]["unit_amount"] * item["quantity"] for item in items)
    return currencies.pop(), total


def _check_total(currency: str, total: int) -> None:
    least, step = least_charge(currency), smallest_step(currency)
    if 0 < total < least:
        raise Refused(
            "The Checkout Session's total amount due must add up to at least "
            f"{format_amount(least, currency)}.",
            "line_items",
            "amount_too_small",
            is_early=True,
        )
    if total % step:
        raise Refused(
            f"Amounts in {currency} must be a multiple of {step}.", "line_items", is_early=True
        )


def _check_fee(account: str, payment: dict[str, Any], total: int) -> None:
    fee = payment.get("application_fee_amount")
    name = "payment_intent_data[application_fee_amount]"
    if fee is None:
        return
    if not account:
        raise Refused(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a "
            "direct payment (using an OAuth key or Stripe-Account header) or destination payment "
            "(using `transfer_data[destination]`).",
            name,
        )
    if fee > total:
        raise Refused("The application fee cannot be larger than the total.", name)
