"""How a purchase stands, in words; and the filter by it, for both admins."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

# By Purchase.shown_state.
STATES = {
    "open": _("Not paid yet"),
    "pending": _("Payment on its way"),
    "paid": _("Paid"),
    "part_refunded": _("Partly refunded"),
    "refunded": _("Refunded"),
    "disputed": _("Payment contested"),
    "lost": _("Charged back"),
    "expired": _("Not bought"),
    "failed": _("Not paid"),
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows: Any = queryset
        return rows.in_state(self.value()) if self.value() in STATES else queryset
