"""Purchases and Stripe's events, to look at; and refunds, which go through Stripe."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES

from accounts import purchases
from accounts.admin.purchase_states import StateFilter
from accounts.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin.refund_pages import ROUTE, RefundForm, RefundPages
from accounts.models import Purchase, PurchaseDispute, StripeAccount, StripeEvent


class StyledRefundForm(RefundForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("amount", "note"):
            self.fields[name].widget.attrs["class"] = " ".join(INPUT_CLASSES)
        self.fields["reason"].widget.attrs["class"] = " ".join(SELECT_CLASSES)


class DisputeInline(ReadOnlyInline):
    model = PurchaseDispute
    fields = ["dispute_id", "state", "amount_minor", "credits", "taken_credits", "opened_at"]
    readonly_fields = ["opened_at"]


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin, RefundPages):
    refund_form = StyledRefundForm
    refund_template = "accounts/refund_admin.html"
    confirm_template = "accounts/confirm_admin.html"
    list_display = [
        "created_at", "tenant", "user", "is_top_up", "pack_name", "credits", "amount", "state",
        "refunded", "trouble",
    ]  # fmt: skip
    list_filter = [StateFilter, "trouble", "is_top_up", "tenant", "livemode"]
    list_select_related = ["tenant", "user"]
    search_fields = ["id", "user__email", "session_id", "payment_intent"]
    date_hierarchy = "created_at"
    inlines = [DisputeInline]
    fieldsets: ClassVar[Any] = [
        (None, {"fields": [
            "id", "tenant", "user", "pack_name", "credits", "amount", "state", "reason",
            "created_at", "paid_at", "refunded", "refunded_credits",
        ]}),
        ("At Stripe", {"fields": [
            "stripe_account", "livemode", "session_id", "payment_intent", "receipt_url",
            "expires_at", "due_at", "tries",
        ]}),
    ]  # fmt: skip
    readonly_fields = ["id", "amount", "state", "created_at", "refunded"]
    actions = ["refund", "end_trouble"]
    actions_list = ["margin"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("disputes")

    @admin.display(description="Price")
    def amount(self, purchase: Purchase) -> str:
        return purchase.amount_text

    @admin.display(description="State")
    def state(self, purchase: Purchase) -> str:
        return purchase.shown_state.replace("_", " ")

    @admin.display(description="Refunded")
    def refunded(self, purchase: Purchase) -> str:
        return purchase.refunded_text if purchase.refunded_minor else "—"

    def has_refund_permission(self, request: HttpRequest) -> bool:
        """For the action, which has_change_permission would hide."""
        return bool(request.user.has_perm("accounts.change_purchase"))

    @action(description="Margin of the portals", url_path="margin")
    def margin(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:generations_margin")

    def why_no_refund(self, request: HttpRequest, purchase: Purchase) -> str:
        if not self.has_refund_permission(request):
            return _("You may look at purchases only.")
        return super().why_no_refund(request, purchase)

    @admin.action(description="Refund the chosen purchase …", permissions=["refund"])
    def refund(self, request: HttpRequest, rows: QuerySet[Purchase]) -> HttpResponse | None:
        purchase = rows.first()
        if purchase is None or rows.count() != 1:
            self.message_user(request, "Choose one purchase.", messages.ERROR)
            return None
        return redirect(f"{ROUTE}refund", quote(purchase.pk))

    @admin.action(
        description="The chosen ones were looked into: no trouble any more", permissions=["refund"]
    )
    def end_trouble(self, request: HttpRequest, rows: QuerySet[Purchase]) -> None:
        """Of a mismatch, which nothing else ends; missing credits are due by themselves."""
        ended = list(rows.filter(trouble=Purchase.Trouble.MISMATCH))
        for purchase in ended:
            purchases.end_trouble(purchase)
            self.log_change(request, purchase, "Looked into.")
        self.message_user(request, f"Looked into: {len(ended)}.")


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "type", "outcome", "processed_at", "tries", "stripe_account"]
    list_filter = ["type", ("processed_at", admin.EmptyFieldListFilter)]
    search_fields = ["event_id", "outcome"]


@admin.register(StripeAccount)
class StripeAccountAdmin(ReadOnlyAdmin):
    list_display = [
        "__str__", "tenant", "how_it_stands", "created_at", "replaced_at", "reconciled_at",
    ]  # fmt: skip
    list_select_related = ["tenant"]

    @admin.display(description="State")
    def how_it_stands(self, account: StripeAccount) -> str:
        is_connected = account.tenant_id is not None or account.deauthorised_at is not None
        return account.shown_state if is_connected else "—"
