"""The ledger, to look at. Only accounts.ledger writes it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from accounts.models import CreditAccount, CreditHold, CreditLeg, CreditTransaction


class LegInline(ReadOnlyInline):
    model = CreditLeg
    fields = ["account", "amount", "balance_after"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account__tenant", "account__user")


@admin.register(CreditTransaction)
class CreditTransactionAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "tenant", "amount", "note", "reference"]
    list_filter = ["kind", "tenant"]
    list_select_related = ["tenant"]
    search_fields = ["reference", "generation_id"]
    date_hierarchy = "created_at"
    inlines = [LegInline]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("legs")

    @admin.display(description="Credits")
    def amount(self, posted: CreditTransaction) -> int:
        return sum(leg.amount for leg in posted.legs.all() if leg.amount > 0)


@admin.register(CreditAccount)
class CreditAccountAdmin(ReadOnlyAdmin):
    list_display = ["kind", "tenant", "user", "balance", "expiring"]
    list_filter = ["kind", "tenant"]
    list_select_related = ["tenant", "user"]
    search_fields = ["user__email"]


@admin.register(CreditHold)
class CreditHoldAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "amount", "from_pool", "state", "generation_id"]
    list_filter = ["state"]
    list_select_related = ["user"]
    search_fields = ["generation_id", "user__email"]
