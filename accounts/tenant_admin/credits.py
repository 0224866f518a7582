"""The pool's history and the wallets' lines, to look at. Only accounts.ledger writes them."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import ledger, reports
from accounts.models import CreditAccount, CreditLeg
from accounts.tenant_admin.rules import tenant_of
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site

Pot = CreditAccount.Kind
# Users on the page; the file has all.
MOST_SHOWN = 200
# What is held for a video and spent on it leaves the wallet, and is a line of that.
SHOWN = (Pot.POOL, Pot.WALLET)


class AccountFilter(admin.SimpleListFilter):
    title = gettext_lazy("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(Pot.POOL, _("Pool")), (Pot.WALLET, _("Wallets"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(account__kind=self.value()) if self.value() else queryset


@admin.register(CreditLeg, site=tenant_site)
class CreditLineAdmin(TenantModelAdmin):
    tenant_path = "account__tenant"
    label = gettext_lazy("Credit lines")
    list_display = ["when", "account_name", "what", "credits", "balance", "note"]
    list_filter = [AccountFilter, "transaction__kind"]
    list_select_related = ["transaction", "account__user"]
    search_fields = ["account__user__email", "transaction__note"]
    change_list_template = "credit_lines.html"
    date_hierarchy = "transaction__created_at"
    fields: ClassVar[Any] = [
        "when",
        "account_name",
        "what",
        "credits",
        "balance",
        "note",
        "video",
    ]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(account__kind__in=SHOWN)

    def get_urls(self) -> list[Any]:
        views = {
            "use/": self.use_view,
            "use.csv": self.use_csv_view,
            "pool.csv": self.pool_csv_view,
        }
        wrap = self.admin_site.admin_view
        names = ("accounts_use", "accounts_use_csv", "accounts_pool_csv")
        own = [
            path(route, wrap(view), name=name)
            for (route, view), name in zip(views.items(), names, strict=True)
        ]
        return [*own, *super().get_urls()]

    def use_view(self, request: HttpRequest) -> HttpResponse:
        tenant = tenant_of(request)
        rows = reports.find_use(tenant)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Use this month"),
            "opts": self.opts,
            "list_name": self.list_name,
            "rows": rows[:MOST_SHOWN],
            "hidden": max(0, len(rows) - MOST_SHOWN),
            "pool": ledger.pool_of(tenant),
        }
        return TemplateResponse(request, "use.html", context)

    def use_csv_view(self, request: HttpRequest) -> HttpResponse:
        return _as_file(request, "use", reports.write_use(tenant_of(request)))

    def pool_csv_view(self, request: HttpRequest) -> HttpResponse:
        return _as_file(request, "pool", reports.write_pool(tenant_of(request)))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        context = {"title": _("Credit line"), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description=gettext_lazy("Time"), ordering="transaction__created_at")
    def when(self, leg: CreditLeg) -> str:
        return date_format(localtime(leg.transaction.created_at), "DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("Account"))
    def account_name(self, leg: CreditLeg) -> str:
        return str(leg.account.user or _("Pool"))

    @admin.display(description=gettext_lazy("What"))
    def what(self, leg: CreditLeg) -> str:
        return leg.transaction.get_kind_display()

    @admin.display(description=gettext_lazy("Credits"), ordering="amount")
    def credits(self, leg: CreditLeg) -> str:
        return f"{leg.amount:+,}".replace("-", "−")

    @admin.display(description=gettext_lazy("Balance"), ordering="balance_after")
    def balance(self, leg: CreditLeg) -> str:
        return f"{leg.balance_after:,}"

    @admin.display(description=gettext_lazy("Note"))
    def note(self, leg: CreditLeg) -> str:
        return leg.transaction.note

    @admin.display(description=gettext_lazy("Video"))
    def video(self, leg: CreditLeg) -> str:
        return str(leg.transaction.generation_id or "")


def _as_file(request: HttpRequest, name: str, lines: Iterable[str]) -> HttpResponse:
    answer = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    name = f"{tenant_of(request).slug}-{name}-{timezone.now():%Y-%m-%d}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
