"""Purchases and Stripe's events, to look at; and refunds, which go through Stripe."""

import uuid
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from accounts import purchases
from accounts.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from accounts.errors import (
    PurchaseClosed,
    StripeAccountLost,
    StripeNotConfigured,
    StripeObjectUnknown,
    StripeRefused,
    StripeUnreachable,
)
from accounts.models import Purchase, PurchaseDispute, StripeAccount, StripeEvent


class RefundForm(forms.Form):
    amount_minor = forms.IntegerField(
        min_value=1,
        label="Amount, in the currency's smallest unit",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    # Made when the form is shown: sent twice, it refunds once.
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, purchase: Purchase, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._left = purchase.left_minor
        self.fields[
            "amount_minor"
        ].help_text = f"{self._left} is {purchase.left_text}, all that is left to refund."

    def clean_amount_minor(self) -> int:
        amount: int = self.cleaned_data["amount_minor"]
        if amount > self._left:
            raise ValidationError(f"Only {self._left} are left to refund.")
        return amount


class DisputeInline(ReadOnlyInline):
    model = PurchaseDispute
    fields = ["dispute_id", "state", "amount_minor", "credits", "taken_credits", "opened_at"]
    readonly_fields = ["opened_at"]


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at", "tenant", "user", "is_top_up", "pack_name", "credits", "amount", "state",
        "refunded", "trouble",
    ]  # fmt: skip
    list_filter = ["status", "trouble", "is_top_up", "tenant", "livemode"]
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

    @admin.action(description="Refund the chosen purchase …", permissions=["refund"])
    def refund(self, request: HttpRequest, rows: QuerySet[Purchase]) -> HttpResponse | None:
        """Shows a page to confirm on; that page comes back here, with the amount."""
        purchase = rows.first()
        if purchase is None or rows.count() != 1:
            self.message_user(request, "Choose one purchase.", messages.ERROR)
            return None
        if purchase.payment_intent is None or not purchase.left_minor:
            self.message_user(request, "Nothing is left of it to refund.", messages.ERROR)
            return None
        if "amount_minor" not in request.POST:
            initial = {"amount_minor": purchase.left_minor, "key": uuid.uuid4()}
            return self._ask(request, purchase, RefundForm(initial=initial, purchase=purchase))
        form = RefundForm(request.POST, purchase=purchase)
        if not form.is_valid():
            return self._ask(request, purchase, form)
        self._refund(request, purchase, **form.cleaned_data)
        return None

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

    def _refund(
        self, request: HttpRequest, purchase: Purchase, *, amount_minor: int, key: uuid.UUID
    ) -> None:
        try:
            row = purchases.refund(purchase, amount_minor, key=key)
        except StripeRefused as error:
            told = f"Stripe refuses the refund ({error.code}). Nothing was refunded."
        except (StripeUnreachable, StripeNotConfigured):
            told = (
                "Stripe does not answer. If the refund was made, it shows here within the hour; "
                "look again before you repeat it."
            )
        except (PurchaseClosed, StripeAccountLost, StripeObjectUnknown):
            told = "This payment is not there to be refunded. Nothing was refunded."
        else:
            self.log_change(request, row, f"Refunded {amount_minor} {row.currency}.")
            told = f"Refunded: {row.refunded_text}. Credits taken back: {row.refunded_credits}."
            self.message_user(request, told)
            return
        self.message_user(request, told, messages.ERROR)

    def _ask(self, request: HttpRequest, purchase: Purchase, form: RefundForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Refund {purchase}",
            "opts": self.opts,
            "purchase": purchase,
            "form": form,
        }
        return TemplateResponse(request, "accounts/refund_admin.html", context)


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
