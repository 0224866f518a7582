"""CSV that spreadsheets open as it is meant, and never run as formulas. Pure."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

# A spreadsheet takes what begins so for a formula, and runs it.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def begin(header: Sequence[str]) -> str:
    return "\ufeff" + write_row(header)  # without the mark, UTF-8 is taken for something else


def write_row(cells: Sequence[str | int | Decimal]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(cell) for cell in cells])
    return buffer.getvalue()


def _harmless(cell: str | int | Decimal) -> str | int | Decimal:
    """Numbers stay numbers: they are ours, and a minus is no formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
