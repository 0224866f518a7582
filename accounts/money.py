"""Money as Stripe counts it: whole minor units of a currency, most of which have two decimals."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import formats
from django.utils.translation import pgettext

_WITHOUT_DECIMALS = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
     "xof", "xpf")
)  # fmt: skip
_THREE_DECIMALS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
# Only whole ones of these can be charged, but they are counted in hundredths all the same.
_HUNDREDTHS_OF_WHOLE = frozenset(("isk", "ugx"))
# Signs that mean one currency to everybody who sees them here; the others are named by their code.
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "krw": "₩", "inr": "₹"}

validate_currency = RegexValidator(
    r"\A[a-z]{3}\Z", "Write the currency as three small letters, e.g. usd."
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


def validate_amount(amount_minor: int, currency: str) -> None:
    step = step_of(currency)
    if amount_minor % step:
        raise ValidationError(
            f"In {currency.upper()} only multiples of {step} minor units can be charged."
        )


def share_of(amount_minor: int, basis_points: int, currency: str) -> int:
    """So many hundredths of a percent, to the nearest amount that can be charged; never more than
    all of it."""
    step = step_of(currency)
    share = (2 * amount_minor * basis_points + 10_000 * step) // (20_000 * step) * step
    return min(share, amount_minor)


def format_amount(amount_minor: int, currency: str) -> str:
    """ "$10.00", "¥1,500", "4.500 KWD" """
    decimals = decimals_of(currency)
    whole, rest = divmod(amount_minor, 10**decimals)
    text = f"{whole}.{rest:0{decimals}}" if decimals else f"{whole}"
    shown = formats.number_format(text, decimal_pos=decimals, use_l10n=True, force_grouping=True)
    sign = _SIGNS.get(currency)
    if not sign:
        return f"{shown} {currency.upper()}"
    return pgettext("money", "%(sign)s%(amount)s") % {"sign": sign, "amount": shown}
