"""Payment intents and their charges; what the platform gets of them."""

from lumiq_portal.embedded.stripe.events import emit
from lumiq_portal.embedded.stripe.payment_bodies import (
    build_application_fee,
    build_charge,
    build_payment_intent,
)
from lumiq_portal.embedded.stripe.state import State
from lumiq_portal.embedded.stripe.store import Body

INTENT, CHARGE, FEE = "payment_intent", "charge", "application_fee"


def begin_payment(state: State, account: str, session: Body, method: str) -> Body:
    """The payment intent in `processing`, with a charge that waits for its money."""
    payment = build_payment_intent(state, session, method)
    charge = build_charge(state, payment, session, method)
    payment["latest_charge"] = charge["id"]
    state.add(account, charge)
    return state.add(account, payment)


def settle_payment(state: State, account: str, payment: Body) -> None:
    charge = state.get(account, CHARGE, payment["latest_charge"])
    payment.update(status="succeeded", amount_received=payment["amount"], processing=None)
    charge.update(status="succeeded", paid=True, amount_captured=charge["amount"])
    charge["receipt_url"] = f"{state.base_url}/receipts/{charge['id']}"
    if charge["application_fee_amount"]:
        # The platform's, as the money is.
        fee = state.add("", build_application_fee(state, account, charge))
        charge["application_fee"] = fee["id"]
    state.save(charge)
    state.save(payment)
    emit(state, account, "charge.succeeded", charge)
    emit(state, account, "payment_intent.succeeded", payment)


def fail_payment(state: State, account: str, payment: Body) -> None:
    charge = state.get(account, CHARGE, payment["latest_charge"])
    message = "The bank did not transfer the money."
    payment.update(status="requires_payment_method", processing=None)
    payment["last_payment_error"] = {
        "type": "card_error", "code": "payment_intent_payment_attempt_failed", "message": message,
        "charge": charge["id"],
    }  # fmt: skip
    charge.update(
        status="failed", failure_code="payment_intent_payment_attempt_failed",
        failure_message=message,
    )  # fmt: skip
    state.save(charge)
    state.save(payment)
    emit(state, account, "payment_intent.payment_failed", payment)
