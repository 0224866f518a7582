"""The page and files of margins, for both admins."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import money, packs, stripe_gateway
from accounts.margins import Books, card_fee_of
from accounts.models import Tenant
from generations import margin_tables
from generations.margins import find_product_margins

# On the page; the files have all.
SHOWN = timedelta(days=366)


class MarginPages(admin.ModelAdmin):
    margin_template = ""  # of the class that says how it looks

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("margin/", view(self.margin_view), name="generations_margin"),
            path("margin.csv", view(self.margin_file), name="generations_margin_csv"),
            path("margin-videos.csv", view(self.video_file), name="generations_margin_videos_csv"),
            *super().get_urls(),
        ]

    def margin_of(self, request: HttpRequest) -> Tenant | None:
        """Whose; None: of all. Raises PermissionDenied."""
        raise PermissionDenied  # a class says who may see it

    def margin_view(self, request: HttpRequest) -> HttpResponse:
        tenant = self.margin_of(request)
        books = Books(tenant)
        since, all_of = timezone.now() - SHOWN, tenant is None
        sales = [row for row in books.find_margins() if row.sales.month > since]
        videos = [row for row in find_product_margins(books, tenant) if row.month > since]
        minor, credits, currency = packs.LIST_PRICE
        context = {
            **self.admin_site.each_context(request),
            "title": _("Margin"),
            "opts": self.opts,
            "sales_header": margin_tables.sales_header(has_tenants=all_of),
            "sales": [margin_tables.sales_cells(row, has_tenants=all_of) for row in sales],
            "videos_header": margin_tables.video_header(has_tenants=all_of),
            "videos": [margin_tables.video_cells(row, has_tenants=all_of) for row in videos],
            "list_price": money.format_amount(minor, currency),
            "list_credits": credits,
            "card_fee": card_fee_of(tenant) if tenant else None,
            "tenant": tenant,
            "is_demo": not stripe_gateway.is_live(),
        }
        return TemplateResponse(request, self.margin_template, context)

    def margin_file(self, request: HttpRequest) -> HttpResponse:
        tenant = self.margin_of(request)
        lines = margin_tables.write_sales(Books(tenant).find_margins())
        return _as_file(tenant, "margin", lines)

    def video_file(self, request: HttpRequest) -> HttpResponse:
        tenant = self.margin_of(request)
        lines = margin_tables.write_videos(find_product_margins(Books(tenant), tenant))
        return _as_file(tenant, "margin-videos", lines)


def _as_file(tenant: Tenant | None, name: str, lines: Iterator[str]) -> HttpResponse:
    answer = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    whose = tenant.slug if tenant else "portals"
    name = f"{whose}-{name}-{timezone.now():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
