"""Whole numbers as the reader's language writes them."""

from django.utils import formats


def format_number(number: int) -> str:
    """ "12,345" """
    return str(formats.number_format(number, use_l10n=True, force_grouping=True))


def format_change(number: int) -> str:
    """With a plus, or a real minus sign. Pages put it into `<bdi dir="ltr">`: else it may stand
    behind its number from right to left."""
    return f"{'−' if number < 0 else '+'}{format_number(abs(number))}"
