"""Ways to pay, and which of them take days to settle."""

DELAYED = (
    "acss_debit", "au_becs_debit", "bacs_debit", "boleto", "customer_balance", "konbini",
    "multibanco", "oxxo", "sepa_debit", "us_bank_account",
)  # fmt: skip
METHODS = (
    *("card", "paypal", "alipay", "wechat_pay", "bancontact", "blik", "eps", "ideal"),
    *("klarna", "p24", "twint", "amazon_pay", "cashapp", "revolut_pay"),
    *DELAYED,
)
# Which of them Stripe would offer for a currency.
_USUAL_DELAYED = {
    "aud": "au_becs_debit", "brl": "boleto", "cad": "acss_debit", "eur": "sepa_debit",
    "gbp": "bacs_debit", "jpy": "konbini", "mxn": "oxxo", "usd": "us_bank_account",
}  # fmt: skip


def offered_methods(
    currency: str, *, allowed: list[str] | None, excluded: list[str] | None
) -> list[str]:
    """What Stripe would offer by itself, less what the session leaves out."""
    usual = ["card", _USUAL_DELAYED.get(currency, "card")]
    return [
        method
        for method in dict.fromkeys(usual)
        if method not in (excluded or ()) and (allowed is None or method in allowed)
    ]


def first_delayed(methods: list[str]) -> str | None:
    return next((method for method in methods if method in DELAYED), None)


def first_immediate(methods: list[str]) -> str | None:
    return next((method for method in methods if method not in DELAYED), None)
