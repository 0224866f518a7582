"""Lines of CSV files that spreadsheets open without harm."""

import csv
import io
from collections.abc import Sequence

# Without the mark, spreadsheets take UTF-8 for something else.
BEGINNING = "\ufeff"
# A spreadsheet takes what begins so for a formula, and runs it.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def write_row(cells: Sequence[str | int]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(cell) for cell in cells])
    return buffer.getvalue()


def _harmless(cell: str | int) -> str | int:
    """Numbers stay numbers: they are ours, and a minus is no formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
