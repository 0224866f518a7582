"""What the portal has sold, to look at; and refunds of what its own Stripe account took.

What the platform's account took is the platform's to give back: it would pay, and have the dispute.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import purchase_history
from accounts.admin.purchase_states import StateFilter
from accounts.admin.refund_pages import RefundPages
from accounts.models import Purchase, PurchaseDispute
from accounts.tenant_admin.purchase_facts import PurchaseFacts
from accounts.tenant_admin.scope import TenantTabularInline
from accounts.tenant_admin.site import tenant_site


class DisputeInline(TenantTabularInline):
    tenant_path = "purchase__tenant"
    model = PurchaseDispute
    verbose_name_plural = gettext_lazy("Disputes")
    fields: ClassVar[Any] = ["opened_at", "state", "amount", "credits", "taken_credits"]
    readonly_fields = fields

    @admin.display(description=gettext_lazy("Amount"))
    def amount(self, dispute: PurchaseDispute) -> str:
        return dispute.amount_text


@admin.register(Purchase, site=tenant_site)
class PurchaseAdmin(RefundPages, PurchaseFacts):
    tenant_path = "tenant"
    label = gettext_lazy("Purchases")
    change_list_template = "purchases.html"
    change_form_template = "purchase.html"
    refund_template = "refund.html"
    confirm_template = "confirm.html"
    list_display = [
        "when", "how_it_stands", "user", "pack_name", "number_of_credits", "price", "given_back",
    ]  # fmt: skip
    list_filter = [StateFilter]
    list_select_related = ["user"]
    search_fields = ["id", "user__email"]
    search_help_text = gettext_lazy("Number or email")
    date_hierarchy = "created_at"
    inlines = [DisputeInline]
    fields: ClassVar[Any] = [
        "number", "user", "pack_name", "credits", "price", "how_it_stands", "reason", "refunded",
        "when", "paid_at", "looks", "sold_through", "fee", "receipt",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without top-ups, which have a list of their own."""
        rows = super().get_queryset(request).filter(is_top_up=False)
        return rows.prefetch_related("disputes")

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        inlines = super().get_inline_instances(request, obj)
        return inlines if obj is not None and obj.disputes.all() else []

    def why_no_refund(self, request: HttpRequest, purchase: Purchase) -> str:
        if not purchase.stripe_account:
            return _(
                "The platform’s Stripe account took this payment, so the platform gives it back. "
                "Tell it the number of the purchase."
            )
        return super().why_no_refund(request, purchase)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().change_view(
            request, object_id, form_url, {"title": _("Purchase"), **(extra_context or {})}
        )

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        purchase: Purchase = kwargs["obj"]
        is_paid = purchase.status == Purchase.Status.PAID
        context |= {
            "lines": purchase_history.find_lines(purchase),
            "refund_url": reverse("admin:accounts_purchase_refund", args=[purchase.pk]),
            "why_no_refund": self.why_no_refund(request, purchase) if is_paid else "",
            "is_paid": is_paid,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("Time"), ordering="created_at")
    def when(self, row: Purchase) -> str:
        return date_format(localtime(row.created_at), "DATETIME_FORMAT")

    @admin.display(description=gettext_lazy("Sold through"))
    def sold_through(self, row: Purchase) -> str:
        return row.stripe_account or _("the platform’s Stripe account")

    @admin.display(description=gettext_lazy("The platform’s fee"))
    def fee(self, row: Purchase) -> str:
        return row.fee_text if row.fee_minor else "—"

    @admin.display(description=gettext_lazy("Looked up at Stripe"))
    def looks(self, row: Purchase) -> str:
        told = ngettext("%(n)s time", "%(n)s times", row.revision) % {"n": row.revision}
        if row.due_at is None:
            return told
        due = date_format(localtime(row.due_at), "DATETIME_FORMAT")
        return _("%(times)s; next on %(due)s") % {"times": told, "due": due}
