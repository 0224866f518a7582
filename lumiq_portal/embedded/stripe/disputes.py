"""Disputes: what a buyer's bank makes of a charge, and what becomes of the money."""

from typing import Any

from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.events import emit
from lumiq_portal.embedded.stripe.payments import CHARGE, INTENT
from lumiq_portal.embedded.stripe.state import State, new_id
from lumiq_portal.embedded.stripe.store import Body

KIND = "dispute"
REASONS = (
    "fraudulent", "general", "product_not_received", "product_unacceptable", "duplicate",
    "credit_not_processed", "unrecognized",
)  # fmt: skip
_INQUIRY, _OPEN = "warning_needs_response", "needs_response"
DEADLINE_SECONDS = 14 * 24 * 60 * 60


def open_dispute(
    state: State,
    key: str,
    *,
    amount: int | None = None,
    reason: str = "fraudulent",
    is_inquiry: bool = False,
) -> Body:
    """`key` is of a session, a payment intent or a charge. An inquiry withdraws nothing yet."""
    with state.transaction():
        account, charge = _find_charge(state, key)
        amount = amount or charge["amount"] - charge["amount_refunded"]
        _check(charge, amount, reason)
        dispute = _build_dispute(state, charge, amount, reason)
        dispute["status"] = _INQUIRY if is_inquiry else _OPEN
        dispute["is_charge_refundable"] = is_inquiry
        state.add(account, dispute)
        charge.update(disputed=True, _is_charged_back=not is_inquiry)
        state.save(charge)
        emit(state, account, "charge.dispute.created", dispute)
        if not is_inquiry:
            _withdraw(state, account, dispute)
        return dispute


def escalate(state: State, key: str) -> Body:
    """An inquiry becomes a dispute in full."""
    with state.transaction():
        account, dispute = _get(state, key, _INQUIRY)
        dispute.update(status=_OPEN, is_charge_refundable=False)
        _mark(state, account, dispute, is_charged_back=True)
        _withdraw(state, account, dispute)
        return dispute


def win(state: State, key: str) -> Body:
    """The seller gets the money back. An inquiry is just closed."""
    with state.transaction():
        account, dispute = _get(state, key, _OPEN, _INQUIRY)
        was_inquiry = dispute["status"] == _INQUIRY
        dispute["status"] = "warning_closed" if was_inquiry else "won"
        _mark(state, account, dispute, is_charged_back=False)
        if not was_inquiry:
            _move_funds(state, dispute, dispute["amount"], "reversal")
        state.save(dispute)
        emit(state, account, "charge.dispute.closed", dispute)
        if not was_inquiry:
            emit(state, account, "charge.dispute.funds_reinstated", dispute)
        return dispute


def lose(state: State, key: str) -> Body:
    with state.transaction():
        account, dispute = _get(state, key, _OPEN)
        dispute["status"] = "lost"
        state.save(dispute)
        emit(state, account, "charge.dispute.closed", dispute)
        return dispute


def _withdraw(state: State, account: str, dispute: Body) -> None:
    _move_funds(state, dispute, -dispute["amount"], "dispute")
    state.save(dispute)
    emit(state, account, "charge.dispute.funds_withdrawn", dispute)


def _mark(state: State, account: str, dispute: Body, *, is_charged_back: bool) -> None:
    charge = state.get(account, CHARGE, dispute["charge"])
    charge["_is_charged_back"] = is_charged_back
    state.save(charge)


def _find_charge(state: State, key: str) -> tuple[str, Body]:
    if key.startswith("cs_"):
        _, session = state.get_anywhere("checkout.session", key)
        if not session["payment_intent"]:
            raise Refused("Nothing was paid with this session.", "payment", http_status=409)
        key = session["payment_intent"]
    if key.startswith("pi_"):
        key = state.get_anywhere(INTENT, key)[1]["latest_charge"]
    return state.get_anywhere(CHARGE, key)


def _check(charge: Body, amount: int, reason: str) -> None:
    problem = ""
    if not charge["paid"]:
        problem = "Nothing was paid with this charge."
    elif charge["disputed"]:
        problem = "This charge has been disputed already."
    elif not 0 < amount <= charge["amount"]:
        problem = "The amount is more than was paid, or nothing is left of it."
    elif reason not in REASONS:
        problem = f"A reason is one of {', '.join(REASONS)}."
    if problem:
        raise Refused(problem, "payment", http_status=409)


def _get(state: State, key: str, *statuses: str) -> tuple[str, Body]:
    account, dispute = state.get_anywhere(KIND, key)
    if dispute["status"] not in statuses:
        raise Refused(f"This dispute is {dispute['status']}.", "dispute", http_status=409)
    return account, dispute


def _build_dispute(state: State, charge: Body, amount: int, reason: str) -> Body:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": state.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": state.now + DEADLINE_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": _OPEN,
    }


def _move_funds(state: State, dispute: Body, amount: int, category: str) -> None:
    dispute["balance_transactions"].append(_build_movement(state, dispute, amount, category))


def _build_movement(state: State, dispute: Body, amount: int, category: str) -> dict[str, Any]:
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": state.now,
        "balance_type": "payments",
        "created": state.now,
        "currency": dispute["currency"],
        "description": f"Chargeback {category} for {dispute['charge']}",
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": amount,
        "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
        "source": dispute["id"],
        "status": "available",
        "type": "adjustment",
    }
