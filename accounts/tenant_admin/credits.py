"""The pool's history and the wallets' lines, to look at. Only accounts.ledger writes them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import CreditAccount, CreditLeg
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site

Pot = CreditAccount.Kind
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
    list_filter = [AccountFilter, "transaction__kind", "transaction__created_at"]
    list_select_related = ["transaction", "account__user"]
    search_fields = ["account__user__email", "transaction__note"]
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
