"""What a Checkout Session looks like."""

from typing import Any

from lumiq_portal.embedded.stripe.methods import offered_methods
from lumiq_portal.embedded.stripe.state import State, new_id
from lumiq_portal.embedded.stripe.store import Body

# Fields of what the portal doesn't use: there, as Stripe has them there, and empty.
_UNUSED: Body = {
    "adaptive_pricing": {"enabled": False}, "after_expiration": None, "allow_promotion_codes": None,
    "branding_settings": None, "client_secret": None,
    "collected_information": None, "consent": None, "consent_collection": None,
    "currency_conversion": None, "custom_fields": [], "customer_account": None, "discounts": [],
    "integration_identifier": None, "invoice": None,
    "managed_payments": None, "name_collection": None, "optional_items": None,
    "origin_context": None, "payment_link": None, "payment_method_collection": "if_required",
    "payment_method_configuration_details": None, "payment_method_options": {}, "permissions": None,
    "phone_number_collection": {"enabled": False}, "presentment_details": None,
    "recovered_from": None, "redirect_on_completion": None, "return_url": None,
    "saved_payment_method_options": None, "setup_intent": None,
    "shipping_address_collection": None, "shipping_cost": None, "shipping_options": [],
    "subscription": None, "tax_id_collection": {"enabled": False, "required": "never"},
    "wallet_options": None,
    "custom_text": {"after_submit": None, "shipping_address": None, "submit": None,
                    "terms_of_service_acceptance": None},
}  # fmt: skip


def build_session(state: State, account: str, params: dict[str, Any]) -> Body:
    key = new_id("cs_test", 58)
    items = [_build_line_item(state, item) for item in params["line_items"]]
    currency = items[0]["currency"]
    total = sum(item["amount_total"] for item in items)
    return {
        "id": key,
        "object": "checkout.session",
        **_UNUSED,
        **_build_wishes(params),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": _build_automatic_tax(params.get("automatic_tax", {})),
        "created": state.now,
        "currency": currency,
        "customer": None,
        "customer_details": None,
        "expires_at": params.get("expires_at", state.now + 24 * 60 * 60),
        "invoice_creation": _build_invoice_creation(params.get("invoice_creation")),
        "livemode": False,
        "payment_intent": None,
        "payment_method_types": read_methods(params, currency),
        "payment_status": "unpaid",
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": f"{state.base_url}/pay/{key}",
        "_account": account,
        "_line_items": items,
        "_payment_intent_data": params.get("payment_intent_data", {}),
    }


def read_methods(params: dict[str, Any], currency: str) -> list[str]:
    return offered_methods(
        currency,
        allowed=params.get("allowed_payment_method_types"),
        excluded=params.get("excluded_payment_method_types"),
    )


def build_customer_details(session: Body, email: str) -> Body:
    return {
        "address": None,
        "business_name": None,
        "email": email or session["customer_email"] or "fan@example.com",
        "individual_name": None,
        "name": "Demo Buyer",
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _build_wishes(params: dict[str, Any]) -> Body:
    return {
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_email": params.get("customer_email"),
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": params["mode"],
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "ui_mode": params.get("ui_mode", "hosted_page"),
    }


def _build_automatic_tax(wish: dict[str, Any]) -> Body:
    is_enabled = bool(wish.get("enabled"))
    return {
        "enabled": is_enabled,
        "liability": {"type": "self"} if is_enabled else None,
        "provider": "stripe" if is_enabled else None,
        "status": "requires_location_inputs" if is_enabled else None,
    }


def _build_invoice_creation(wish: dict[str, Any] | None) -> Body:
    given = (wish or {}).get("invoice_data", {})
    return {
        "enabled": bool(wish and wish["enabled"]),
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": given.get("description"),
            "footer": given.get("footer"),
            "issuer": None,
            "metadata": given.get("metadata", {}),
            "rendering_options": None,
        },
    }


def _build_line_item(state: State, item: dict[str, Any]) -> Body:
    price, quantity = item["price_data"], item["quantity"]
    total = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": item.get("metadata", {}),
        "price": _build_price(state, price),
        "quantity": quantity,
        "_about": price["product_data"].get("description", ""),
    }


def _build_price(state: State, price: dict[str, Any]) -> Body:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": state.now,
        "currency": price["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod", 14),
        "recurring": None,
        "tax_behavior": price.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": price["unit_amount"],
        "unit_amount_decimal": str(price["unit_amount"]),
    }
