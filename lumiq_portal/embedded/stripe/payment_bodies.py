"""What payment intents, charges and application fees look like."""

from lumiq_portal.embedded.stripe.state import State, new_id
from lumiq_portal.embedded.stripe.store import Body

APPLICATION = "ca_localstripe"

_UNUSED_OF_INTENT: Body = {
    "amount_capturable": 0, "amount_details": {"tip": {}}, "automatic_payment_methods": None,
    "allowed_payment_method_types": None, "canceled_at": None, "cancellation_reason": None,
    "capture_method": "automatic_async", "client_secret": None, "confirmation_method": "automatic",
    "customer": None, "customer_account": None, "excluded_payment_method_types": None,
    "hooks": None, "last_payment_error": None, "managed_payments": None, "next_action": None,
    "on_behalf_of": None, "payment_details": None, "payment_method_configuration_details": None,
    "payment_method_options": {}, "payment_record": None, "presentment_details": None,
    "processing": None, "review": None, "setup_future_usage": None, "shipping": None,
    "source": None, "statement_descriptor": None, "transfer_data": None, "transfer_group": None,
}  # fmt: skip
_UNUSED_OF_CHARGE: Body = {
    "authorization_code": None, "balance_transaction": None,
    "calculated_statement_descriptor": None, "customer": None,
    "failure_balance_transaction": None, "failure_code": None, "failure_message": None,
    "fraud_details": {}, "level3": None, "on_behalf_of": None, "outcome": None,
    "presentment_details": None, "radar_options": {}, "receipt_number": None, "review": None,
    "shipping": None, "source": None, "source_transfer": None, "statement_descriptor": None,
    "transfer": None, "transfer_data": None, "transfer_group": None,
}  # fmt: skip


def build_payment_intent(state: State, session: Body, method: str) -> Body:
    wishes = session["_payment_intent_data"]
    return {
        "id": new_id("pi"),
        "object": "payment_intent",
        **_UNUSED_OF_INTENT,
        "amount": session["amount_total"],
        "amount_received": 0,
        "application": APPLICATION if session["_account"] else None,
        "application_fee_amount": wishes.get("application_fee_amount"),
        "created": state.now,
        "currency": session["currency"],
        "description": wishes.get("description"),
        "latest_charge": None,
        "livemode": False,
        "metadata": wishes.get("metadata", {}),
        "payment_method": new_id("pm"),
        "payment_method_types": session["payment_method_types"],
        "receipt_email": wishes.get("receipt_email"),
        "statement_descriptor_suffix": wishes.get("statement_descriptor_suffix"),
        "status": "processing",
        "_account": session["_account"],
        "_session": session["id"],
        "_method": method,
    }


def build_charge(state: State, payment: Body, session: Body, method: str) -> Body:
    buyer = session["customer_details"]
    return {
        "id": new_id("ch" if method == "card" else "py"),
        "object": "charge",
        **_UNUSED_OF_CHARGE,
        "amount": payment["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": payment["application"],
        "application_fee": None,
        "application_fee_amount": payment["application_fee_amount"],
        "billing_details": {
            **{name: buyer[name] for name in ("address", "email", "name", "phone")},
            "tax_id": None,
        },
        "captured": True,
        "created": state.now,
        "currency": payment["currency"],
        "description": payment["description"],
        "disputed": False,
        "livemode": False,
        "metadata": payment["metadata"],
        "paid": False,
        "payment_intent": payment["id"],
        "payment_method": payment["payment_method"],
        "payment_method_details": _build_method(method),
        "receipt_email": payment["receipt_email"],
        "receipt_url": None,
        "refunded": False,
        "statement_descriptor_suffix": payment["statement_descriptor_suffix"],
        "status": "pending",
        "_account": session["_account"],
    }


def build_application_fee(state: State, account: str, charge: Body) -> Body:
    return {
        "id": new_id("fee"),
        "object": "application_fee",
        "account": account,
        "amount": charge["application_fee_amount"],
        "amount_refunded": 0,
        "application": APPLICATION,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": state.now,
        "currency": charge["currency"],
        "fee_source": {"charge": charge["id"], "type": "charge"},
        "livemode": False,
        "originating_transaction": None,
        "refunded": False,
        "refunds": {"object": "list", "data": [], "has_more": False, "url": "/v1/application_fees"},
    }


def _build_method(method: str) -> Body:
    if method != "card":
        return {"type": method, method: {}}
    card = {"brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2040, "last4": "4242"}
    return {"type": "card", "card": {**card, "funding": "credit", "network": "visa"}}
