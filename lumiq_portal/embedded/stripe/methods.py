"""Ways to pay, and which of them take days to settle."""

DELAYED = (
    "acss_debit", "au_becs_debit", "bacs_debit", "boleto", "customer_balance", "konbini",
    "multibanco", "oxxo", "sepa_debit", "us_bank_account",
)  # fmt: skip
METHODS = (
    *("card", "link", "paypal", "alipay", "wechat_pay", "bancontact", "blik", "eps", "ideal"),
    *("klarna", "p24", "twint", "amazon_pay", "cashapp", "revolut_pay"),
    *DELAYED,
)
# What Stripe may offer by itself where the session names no methods.
_USUAL_DELAYED = {
    "aud": "au_becs_debit", "brl": "boleto", "cad": "acss_debit", "eur": "sepa_debit",
    "gbp": "bacs_debit", "jpy": "konbini", "mxn": "oxxo", "usd": "us_bank_account",
}  # fmt: skip


def usual_methods(currency: str) -> list[str]:
    delayed = _USUAL_DELAYED.get(currency)
    return ["card", *([delayed] if delayed else [])]


def first_delayed(methods: list[str]) -> str | None:
    return next((method for method in methods if method in DELAYED), None)


def first_immediate(methods: list[str]) -> str | None:
    return next((method for method in methods if method not in DELAYED), None)
