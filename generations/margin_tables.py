"""The report of margins as tables of text: for pages, and for files that others reckon with."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import money, spreadsheet
from accounts.margins import Margin
from generations.margins import ProductMargin

NOTHING = "—"


def sales_header(*, has_tenants: bool) -> list[str]:
    return [
        *([_("Portal")] if has_tenants else []), _("Month"), _("Currency"), _("Purchases"),
        _("Credits"), _("Sold"), _("Given back"), _("Stripe’s fee"), _("Platform’s fee"),
        _("Cost of the credits"), _("Margin"),
    ]  # fmt: skip


def video_header(*, has_tenants: bool) -> list[str]:
    return [
        *([_("Portal")] if has_tenants else []), _("Month"), _("Product"), _("Videos"),
        _("Credits"), _("Worth"), _("Fees"), _("Cost of the credits"), _("Margin"),
    ]  # fmt: skip


def sales_cells(row: Margin, *, has_tenants: bool) -> list[str]:
    sales = row.sales
    amounts = (
        sales.sold_minor, sales.returned_minor, row.card_fee_minor, sales.fee_minor
    )  # fmt: skip
    return [
        *([row.tenant.name] if has_tenants else []),
        _name_month(sales.month),
        sales.currency.upper(),
        f"{sales.purchases:,}",
        f"{sales.credits:,}",
        *(money.format_amount(amount, sales.currency) for amount in amounts),
        money.format_amount(row.cost_minor, row.cost_rate.currency),
        _amount(row.margin_minor, sales.currency),
    ]


def video_cells(row: ProductMargin, *, has_tenants: bool) -> list[str]:
    currency = row.retail_rate.currency if row.retail_rate else ""
    return [
        *([row.tenant.name] if has_tenants else []),
        _name_month(row.month),
        row.name,
        f"{row.videos:,}",
        f"{row.credits:,}",
        _amount(row.retail_minor, currency),
        _amount(row.fees_minor, currency),
        money.format_amount(row.cost_minor, row.cost_rate.currency),
        _amount(row.margin_minor, currency),
    ]


def write_sales(rows: Sequence[Margin]) -> Iterator[str]:
    *header, margin = sales_header(has_tenants=True)
    yield spreadsheet.begin([*header, _("Cost is in"), margin])
    for row in rows:
        sales, plain = row.sales, _plain_in(row.sales.currency)
        yield spreadsheet.write_row(
            [
                row.tenant.name, f"{sales.month:%Y-%m}", sales.currency.upper(), sales.purchases,
                sales.credits, plain(sales.sold_minor), plain(sales.returned_minor),
                plain(row.card_fee_minor), plain(sales.fee_minor),
                _plain_in(row.cost_rate.currency)(row.cost_minor), row.cost_rate.currency.upper(),
                plain(row.margin_minor),
            ]
        )  # fmt: skip


def write_videos(rows: Sequence[ProductMargin]) -> Iterator[str]:
    *header, margin = video_header(has_tenants=True)
    yield spreadsheet.begin([*header, _("Cost is in"), margin, _("Currency")])
    for row in rows:
        currency = row.retail_rate.currency if row.retail_rate else ""
        plain = _plain_in(currency)
        yield spreadsheet.write_row(
            [
                row.tenant.name, f"{row.month:%Y-%m}", row.name, row.videos, row.credits,
                plain(row.retail_minor), plain(row.fees_minor),
                _plain_in(row.cost_rate.currency)(row.cost_minor), row.cost_rate.currency.upper(),
                plain(row.margin_minor), currency.upper(),
            ]
        )  # fmt: skip


def _name_month(month: datetime) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")


def _amount(amount_minor: int | None, currency: str) -> str:
    return NOTHING if amount_minor is None else money.format_amount(amount_minor, currency)


def _plain_in(currency: str) -> Callable[[int | None], str | Decimal]:
    """Empty where there is no such amount."""

    def write(amount_minor: int | None) -> str | Decimal:
        return "" if amount_minor is None else Decimal(money.to_plain(amount_minor, currency))

    return write
