"""Money as Stripe counts it: whole minor units of a currency, most of which have two decimals.

People write and read it in the currency's own unit: "5.00", "¥1,500".
"""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

_WITHOUT_DECIMALS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
     "xof", "xpf")
)  # fmt: skip
_THREE_DECIMALS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
# Only whole ones of these can be charged, but they are counted in hundredths all the same.
_HUNDREDTHS_OF_WHOLE = frozenset(("isk", "ugx"))
# Stripe charges eight digits at most.
HIGHEST_MINOR = 99_999_999
# Signs that mean one currency to everybody who sees them here; the others are named by their code.
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "krw": "₩", "inr": "₹"}

validate_currency = RegexValidator(
    r"\A[a-z]{3}\Z", gettext_lazy("Write the currency as three small letters, e.g. usd.")
)


def decimals_of(currency: str) -> int:
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def step_of(currency: str) -> int:
    """What an amount in minor units must be a multiple of, to be charged."""
    if currency in _HUNDREDTHS_OF_WHOLE:
        return 100
    return 10 if currency in _THREE_DECIMALS else 1


def parse_amount(text: str, currency: str) -> int:
    """Minor units of what somebody wrote, "5", "5.00" or "5,00". Marks between thousands are
    refused: in some countries they are those of the decimals. Raises ValidationError."""
    decimals, name = decimals_of(currency), currency.upper()
    found = re.fullmatch(r"([0-9]{1,10})(?:[.,]([0-9]*))?", text.strip())
    example = to_plain(5 * 10**decimals, currency)
    if found is None:
        raise ValidationError(
            _("Write the amount in %(currency)s with digits only, as %(example)s.")
            % {"currency": name, "example": example}
        )
    whole, rest = found[1], found[2] or ""
    if len(rest) > decimals:
        told = _("%(currency)s has %(decimals)s decimals: write the amount as %(example)s.")
        if not decimals:
            told = _("%(currency)s has no decimals: write the amount as %(example)s.")
        raise ValidationError(told % {"currency": name, "decimals": decimals, "example": example})
    amount_minor = int(whole + rest.ljust(decimals, "0"))
    validate_amount(amount_minor, currency)
    return amount_minor


def validate_amount(amount_minor: int, currency: str) -> None:
    step = step_of(currency)
    if amount_minor % step:
        raise ValidationError(
            _("In %(currency)s only multiples of %(step)s can be charged.")
            % {"currency": currency.upper(), "step": to_plain(step, currency)}
        )


def share_of(amount_minor: int, basis_points: int, currency: str) -> int:
    """So many hundredths of a percent, to the nearest amount that can be charged; never more than
    all of it."""
    step = step_of(currency)
    share = (2 * amount_minor * basis_points + 10_000 * step) // (20_000 * step) * step
    return min(share, amount_minor)


def to_plain(amount_minor: int, currency: str) -> str:
    """ "10.00", "-0.50", "1500": for fields and files."""
    decimals = decimals_of(currency)
    whole, rest = divmod(abs(amount_minor), 10**decimals)
    text = f"{whole}.{rest:0{decimals}}" if decimals else f"{whole}"
    return f"-{text}" if amount_minor < 0 else text


def format_amount(amount_minor: int, currency: str) -> str:
    """ "$10.00", "−$0.50", "¥1,500", "4.500 KWD" """
    text = to_plain(abs(amount_minor), currency)
    shown = formats.number_format(
        text, decimal_pos=decimals_of(currency), use_l10n=True, force_grouping=True
    )
    sign, minus = _SIGNS.get(currency), "−" if amount_minor < 0 else ""
    if not sign:
        return f"{minus}{shown} {currency.upper()}"
    return minus + pgettext("money", "%(sign)s%(amount)s") % {"sign": sign, "amount": shown}
