"""Columns that all lists of purchases have."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.purchase_states import STATES
from accounts.models import Purchase
from accounts.tenant_admin.scope import TenantModelAdmin


class PurchaseFacts(TenantModelAdmin):
    @admin.display(description=gettext_lazy("Price"), ordering="amount_minor")
    def price(self, row: Purchase) -> str:
        return row.amount_text

    @admin.display(description=gettext_lazy("Credits"), ordering="credits")
    def number_of_credits(self, row: Purchase) -> str:
        return f"{row.credits:,}"

    @admin.display(description=gettext_lazy("State"))
    def how_it_stands(self, row: Purchase) -> str:
        return str(STATES[row.shown_state])

    @admin.display(description=gettext_lazy("Refunded"), ordering="refunded_minor")
    def given_back(self, row: Purchase) -> str:
        return row.refunded_text if row.refunded_minor else "—"

    @admin.display(description=gettext_lazy("Refunded"))
    def refunded(self, row: Purchase) -> str:
        if not row.refunded_minor:
            return "—"
        given = {"money": row.refunded_text, "credits": f"{row.refunded_credits:,}"}
        return _("%(money)s; %(credits)s credits were taken back") % given

    @admin.display(description=gettext_lazy("Number"))
    def number(self, row: Purchase) -> str:
        return str(row.pk)

    @admin.display(description=gettext_lazy("Receipt"))
    def receipt(self, row: Purchase) -> str:
        if not row.receipt_url:
            return "—"
        return format_html(
            '<a href="{}" rel="noreferrer">{}</a>', row.receipt_url, _("Stripe’s receipt")
        )
