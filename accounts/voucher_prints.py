"""A batch's codes on paper and in a spreadsheet, with the address that each of them opens."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import segno
from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts import spreadsheet
from accounts.models import Tenant, VoucherBatch
from accounts.tenancy import build_url

CARDS_A_SIDE = 8
SIDES_A_PAGE = 25


@dataclass(frozen=True)
class Card:
    code: str
    qr_code: SafeString


def find_page(batch: VoucherBatch, number: str | None) -> Page[Any]:
    """Of the codes that can still be redeemed."""
    codes = batch.vouchers.filter(uses_left__gt=0).values_list("code", flat=True)
    return Paginator(codes, CARDS_A_SIDE * SIDES_A_PAGE).get_page(number)


def draw_sides(batch: VoucherBatch, codes: Page[Any]) -> list[list[Card]]:
    """Sides of paper. A single code that many share fills one."""
    page_url = _build_page_url(batch.tenant)
    cards = [Card(code, _draw(_with_code(page_url, code))) for code in codes]
    if batch.codes == 1:
        cards *= min(CARDS_A_SIDE, batch.uses_left)
    return [cards[start : start + CARDS_A_SIDE] for start in range(0, len(cards), CARDS_A_SIDE)]


def write_csv(batch: VoucherBatch) -> Iterator[str]:
    """All codes, in pieces."""
    yield spreadsheet.begin(
        [_("Code"), _("Address"), _("Credits"), _("Uses left"), _("Valid from (UTC)"),
         _("Valid until (UTC)"), _("Campaign")]
    )  # fmt: skip
    page_url = _build_page_url(batch.tenant)
    of_batch = [_time(batch.valid_from), _time(batch.valid_until), batch.name]
    for code, uses_left in batch.vouchers.values_list("code", "uses_left").iterator():
        cells: list[str | int] = [code, _with_code(page_url, code), batch.credits, uses_left]
        yield spreadsheet.write_row([*cells, *of_batch])


def build_shown_address(tenant: Tenant) -> str:
    """For those who type it."""
    return _build_page_url(tenant).partition("://")[2]


def _build_page_url(tenant: Tenant) -> str:
    return build_url(tenant, reverse("voucher"))


def _with_code(page_url: str, code: str) -> str:
    return f"{page_url}?{urlencode({'code': code})}"


def _draw(url: str) -> SafeString:
    """Without its own quiet zone: the card around it is white."""
    art = segno.make(url, error="m", micro=False).svg_inline(border=0, omitsize=True)
    return mark_safe(art)  # noqa: S308 — paths only, whatever the address


def _time(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment else ""
