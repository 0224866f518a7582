"""Amounts as people write them, in currencies of any decimals."""

import pytest
from django.core.exceptions import ValidationError

from accounts import money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("5", "usd", 500),
        ("5.00", "usd", 500),
        ("5,5", "eur", 550),
        (" 0.05 ", "gbp", 5),
        ("5.", "usd", 500),
        ("1500", "jpy", 1500),
        ("1500.", "jpy", 1500),
        ("4.5", "kwd", 4500),
        ("4,500", "kwd", 4500),
        ("7", "isk", 700),
        ("0", "usd", 0),
        ("9999999999", "usd", 10**12 - 100),
    ],
)
def test_amounts_are_read_in_the_currencys_own_unit(text, currency, minor):
    assert money.parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "told"),
    [
        ("", "usd", "digits only, as 5.00"),
        ("-5", "usd", "digits only"),
        ("$5", "usd", "digits only"),
        ("1,000.00", "usd", "digits only"),
        ("1 000", "usd", "digits only"),
        (".50", "usd", "digits"),
        ("1e3", "usd", "digits only"),
        ("٥", "usd", "digits only"),
        ("12345678901", "usd", "digits"),
        ("1,000", "usd", "USD has 2 decimals: write the amount as 5.00."),
        ("5.5", "jpy", "JPY has no decimals: write the amount as 5."),
        ("1.2345", "kwd", "KWD has 3 decimals"),
        ("1.234", "kwd", "multiples of 0.010"),
        ("1.50", "isk", "multiples of 1.00"),
    ],
)
def test_what_is_no_amount_is_told_in_words(text, currency, told):
    with pytest.raises(ValidationError) as refused:
        money.parse_amount(text, currency)
    assert told in refused.value.messages[0]


@pytest.mark.parametrize(
    ("minor", "currency", "plain", "shown"),
    [
        (-50, "usd", "-0.50", "−$0.50"),
        (-123_456, "eur", "-1234.56", "−€1,234.56"),
        (-1500, "jpy", "-1500", "−¥1,500"),
        (-4500, "kwd", "-4.500", "−4.500 KWD"),
        (0, "usd", "0.00", "$0.00"),
    ],
)
def test_losses_have_their_sign_before_all(minor, currency, plain, shown):
    assert money.to_plain(minor, currency) == plain
    assert money.format_amount(minor, currency) == shown
