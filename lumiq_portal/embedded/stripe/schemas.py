"""What each call takes. A test holds the names to those of the `stripe` package.

Stripe takes more; what is not here would have no effect, and is refused as unknown.
"""

from lumiq_portal.embedded.stripe.methods import METHODS
from lumiq_portal.embedded.stripe.parameters import (
    Address,
    Country,
    Currency,
    Email,
    Fields,
    Flag,
    Integer,
    Kind,
    ListOf,
    Metadata,
    Moments,
    Text,
)

_ID = Text(longest=255)
_EXPAND: dict[str, Kind] = {"expand": ListOf(Text(), most=20)}
_PAGING: dict[str, Kind] = {
    "limit": Integer(1, 100), "starting_after": _ID, "ending_before": _ID, "created": Moments(),
    **_EXPAND,
}  # fmt: skip

LOCALES = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
    "fr-CA", "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
    "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
)  # fmt: skip

_PRODUCT = Fields(
    {
        "name": Text(longest=250),
        "description": Text(),
        "metadata": Metadata(),
        "tax_code": _ID,
    },
    required=("name",),
)
_PRICE = Fields(
    {
        "currency": Currency(),
        "unit_amount": Integer(0, 99_999_999),
        "product_data": _PRODUCT,
        "tax_behavior": Text(("exclusive", "inclusive", "unspecified")),
    },
    required=("currency", "unit_amount", "product_data"),
)
_LINE_ITEM = Fields(
    {"price_data": _PRICE, "quantity": Integer(1, 999_999), "metadata": Metadata()},
    required=("price_data", "quantity"),
)
_INVOICE_CREATION = Fields(
    {
        "enabled": Flag(),
        "invoice_data": Fields(
            {"description": Text(longest=1500), "footer": Text(), "metadata": Metadata()}
        ),
    },
    required=("enabled",),
)
_PAYMENT_INTENT_DATA = Fields(
    {
        "application_fee_amount": Integer(0, 99_999_999),
        "description": Text(longest=1000),
        "metadata": Metadata(),
        "receipt_email": Email(),
        "statement_descriptor_suffix": Text(longest=22),
    }
)

SESSION_CREATE = Fields(
    {
        "mode": Text(("payment",)),
        "ui_mode": Text(("hosted_page",)),
        "line_items": ListOf(_LINE_ITEM),
        "client_reference_id": Text(longest=200),
        "metadata": Metadata(),
        "expires_at": Integer(),
        "success_url": Address(),
        "cancel_url": Address(),
        "customer_email": Email(),
        "customer_creation": Text(("if_required", "always")),
        "invoice_creation": _INVOICE_CREATION,
        "automatic_tax": Fields({"enabled": Flag()}, required=("enabled",)),
        "billing_address_collection": Text(("auto", "required")),
        "payment_intent_data": _PAYMENT_INTENT_DATA,
        "allowed_payment_method_types": ListOf(Text(METHODS)),
        "excluded_payment_method_types": ListOf(Text(METHODS)),
        "submit_type": Text(("auto", "pay", "book", "donate")),
        "locale": Text(LOCALES),
        **_EXPAND,
    },
    required=("mode", "line_items", "success_url"),
)
SESSION_LIST = Fields(
    {**_PAGING, "status": Text(("open", "complete", "expired")), "payment_intent": _ID}
)
CHARGE_LIST = Fields({**_PAGING, "payment_intent": _ID})
REFUND_CREATE = Fields(
    {
        "payment_intent": _ID,
        "charge": _ID,
        "amount": Integer(1, 99_999_999),
        "metadata": Metadata(),
        "reason": Text(("duplicate", "fraudulent", "requested_by_customer")),
        "refund_application_fee": Flag(),
        **_EXPAND,
    }
)
REFUND_LIST = Fields({**_PAGING, "payment_intent": _ID, "charge": _ID})
DISPUTE_LIST = Fields({**_PAGING, "payment_intent": _ID, "charge": _ID})
APPLICATION_FEE_LIST = Fields({**_PAGING, "charge": _ID})

_CAPABILITY = Fields({"requested": Flag()})
_CONTROLLER = Fields(
    {
        "fees": Fields({"payer": Text(("account", "application"))}),
        "losses": Fields({"payments": Text(("application", "stripe"))}),
        "requirement_collection": Text(("application", "stripe")),
        "stripe_dashboard": Fields({"type": Text(("express", "full", "none"))}),
    }
)
ACCOUNT_CREATE = Fields(
    {
        "type": Text(("custom", "express", "standard")),
        "controller": _CONTROLLER,
        "country": Country(),
        "default_currency": Currency(),
        "email": Email(),
        "business_type": Text(("company", "government_entity", "individual", "non_profit")),
        "business_profile": Fields(
            {
                "mcc": Text(longest=4),
                "name": Text(longest=250),
                "product_description": Text(),
                "support_email": Email(),
                "url": Address(),
            }
        ),
        "capabilities": Fields({"card_payments": _CAPABILITY, "transfers": _CAPABILITY}),
        "metadata": Metadata(),
        **_EXPAND,
    }
)
ACCOUNT_LINK_CREATE = Fields(
    {
        "account": _ID,
        "type": Text(("account_onboarding",)),
        "return_url": Address(),
        "refresh_url": Address(),
        "collection_options": Fields(
            {"fields": Text(("currently_due", "eventually_due"))}, required=("fields",)
        ),
        **_EXPAND,
    },
    required=("account", "type", "return_url", "refresh_url"),
)

RETRIEVE = Fields(_EXPAND)
LIST = Fields(_PAGING)
LINE_ITEM_LIST = Fields({name: kind for name, kind in _PAGING.items() if name != "created"})
EVENT_LIST = Fields({**_PAGING, "type": Text(), "types": ListOf(Text(), most=20)})
