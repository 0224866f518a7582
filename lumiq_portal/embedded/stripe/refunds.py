"""Refunds, in full and in part; charges keep what was given back in all."""

from typing import Any

from lumiq_portal.embedded.stripe.currencies import format_amount
from lumiq_portal.embedded.stripe.errors import Refused
from lumiq_portal.embedded.stripe.events import emit
from lumiq_portal.embedded.stripe.payments import CHARGE, FEE, INTENT
from lumiq_portal.embedded.stripe.state import State, new_id
from lumiq_portal.embedded.stripe.store import Body

KIND = "refund"


def create(state: State, account: str, params: dict[str, Any]) -> Body:
    with state.transaction():
        charge = _find_charge(state, account, params)
        amount = _check_amount(charge, params.get("amount"))
        refund = state.add(account, _build_refund(state, charge, amount, params))
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        state.save(charge)
        if params.get("refund_application_fee") and charge["application_fee"]:
            _refund_fee(state, charge, amount)
        emit(state, account, "refund.created", refund)
        emit(state, account, "charge.refunded", charge)
        return refund


def fail(state: State, key: str) -> Body:
    """The buyer's bank has sent the money back: what was refunded is not refunded any more."""
    with state.transaction():
        account, refund = state.get_anywhere(KIND, key)
        if refund["status"] != "succeeded":
            raise Refused(f"This refund has {refund['status']}.", "refund", http_status=409)
        refund.update(status="failed", failure_reason="declined")
        charge = state.get(account, CHARGE, refund["charge"])
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        state.save(refund)
        state.save(charge)
        emit(state, account, "refund.updated", refund)
        emit(state, account, "refund.failed", refund)
        return refund


def _find_charge(state: State, account: str, params: dict[str, Any]) -> Body:
    if ("charge" in params) == ("payment_intent" in params):
        raise Refused(
            "One of the following params should be provided for this request: payment_intent or "
            "charge.",
            code="parameter_missing",
            is_early=True,
        )
    if "charge" in params:
        return state.get(account, CHARGE, params["charge"], param="charge")
    payment = state.get(account, INTENT, params["payment_intent"], param="payment_intent")
    return state.get(account, CHARGE, payment["latest_charge"], param="payment_intent")


def _check_amount(charge: Body, wanted: int | None) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    if not charge["paid"]:
        raise Refused(
            f"Charge {charge['id']} has no successful payment to refund.", "charge",
            "charge_not_refundable",
        )  # fmt: skip
    if charge.get("_is_charged_back"):
        raise Refused(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge",
            "charge_disputed",
        )  # fmt: skip
    if left == 0:
        raise Refused(
            f"Charge {charge['id']} has already been refunded.", "charge", "charge_already_refunded"
        )
    amount = left if wanted is None else wanted
    if amount > left:
        given, rest = (format_amount(money, charge["currency"]) for money in (amount, left))
        raise Refused(
            f"Refund amount ({given}) is greater than unrefunded amount on charge ({rest})",
            "amount",
        )
    return amount


def _build_refund(state: State, charge: Body, amount: int, params: dict[str, Any]) -> Body:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": state.now,
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": None,
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "pending_reason": None,
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _refund_fee(state: State, charge: Body, amount: int) -> None:
    """In proportion to what the buyer gets back."""
    fee = state.get("", FEE, charge["application_fee"])
    share = round(fee["amount"] * amount / charge["amount"])
    fee["amount_refunded"] = min(fee["amount"], fee["amount_refunded"] + share)
    if charge["refunded"]:
        fee["amount_refunded"] = fee["amount"]
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    state.save(fee)
