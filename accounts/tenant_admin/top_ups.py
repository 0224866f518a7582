"""Credits for the pool, bought from the platform: its price list, and what was bought.

Always through the platform's own Stripe account, whatever sells the portal's packs.
"""

import logging
import uuid
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import ledger, packs, purchases, stripe_gateway
from accounts.admin.purchase_states import StateFilter
from accounts.errors import (
    CHECKOUT_AWAY,
    STRIPE_AWAY,
    NotOnSale,
    PurchaseClosed,
    SoldOut,
    StripeRefused,
    TooManyPurchases,
)
from accounts.models import Purchase, TopUp, User
from accounts.purchase_forms import PurchaseForm
from accounts.tenant_admin.purchase_facts import PurchaseFacts
from accounts.tenant_admin.rules import tenant_of
from accounts.tenant_admin.site import tenant_site

logger = logging.getLogger(__name__)

LIST = "admin:accounts_topup_changelist"


@admin.register(TopUp, site=tenant_site)
class TopUpAdmin(PurchaseFacts):
    tenant_path = "tenant"
    label = gettext_lazy("Top-ups of the pool")
    change_list_template = "top_ups.html"
    change_form_template = "top_up.html"
    list_display = [
        "created_at", "how_it_stands", "pack_name", "number_of_credits", "price", "user",
    ]  # fmt: skip
    list_filter = [StateFilter]
    date_hierarchy = "created_at"
    list_select_related = ["user"]
    search_fields = ["pack_name", "user__email"]
    fields: ClassVar[Any] = [
        "pack_name", "credits", "price", "how_it_stands", "refunded", "user", "created_at",
        "paid_at", "receipt", "number",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).filter(is_top_up=True)
        return rows.prefetch_related("disputes")

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, "accounts_topup"
        return [
            path("purchase/", view(self.buy), name=f"{name}_purchase"),
            path("<path:object_id>/checkout/", view(self.checkout), name=f"{name}_checkout"),
            path("<path:object_id>/cancellation/", view(self.cancel), name=f"{name}_cancellation"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        tenant, supply = tenant_of(request), ledger.supply_left()
        offers = [
            {"pack": pack, "nonce": uuid.uuid4(), "is_sold_out": pack.credits > supply}
            for pack in packs.packs_for_pools()
        ]
        context = {
            "offers": offers,
            "pool": ledger.pool_of(tenant),
            "owed": ledger.owed_by(tenant),
            "is_demo": not stripe_gateway.is_live(),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Where Stripe sends the buyer back to as well: then it is asked at once."""
        row = self._find(request, object_id)
        if row and row.is_reserving and row.session_id and request.GET.get("s") == row.session_id:
            try:
                purchases.settle(row.pk)
            except STRIPE_AWAY:
                told = _(
                    "We could not reach Stripe just now. If you have paid, the credits come by "
                    "themselves."
                )
                self.message_user(request, told, messages.WARNING)
        context = {"owed": ledger.owed_by(tenant_of(request)), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def buy(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return redirect(LIST)
        form = PurchaseForm(request.POST)
        assert isinstance(request.user, User)
        try:
            if not form.is_valid():
                raise NotOnSale
            data = form.cleaned_data
            row = purchases.start_top_up(request.user, data["pack"], nonce=data["nonce"])
        except NotOnSale:
            told = _("This pack is not on sale any more. Nothing was charged.")
        except SoldOut:
            told = _("The platform has too few credits just now. Nothing was charged.")
        except TooManyPurchases:
            told = _("Pay or cancel one of the top-ups that are open. Nothing was charged.")
        else:
            return self._send_to_stripe(request, row)
        self.message_user(request, told, messages.ERROR)
        return redirect(LIST)

    def checkout(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._find(request, object_id)
        if row is None:
            return self.not_here(request, object_id)
        if request.method != "POST" or row.status != Purchase.Status.OPEN:
            return redirect(row)
        return self._send_to_stripe(request, row)

    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._find(request, object_id)
        if row is None:
            return self.not_here(request, object_id)
        if request.method == "POST" and row.is_reserving:
            try:
                purchases.cancel(row)
            except STRIPE_AWAY:
                told = _("We could not reach Stripe. Unless you pay, it closes by itself.")
                self.message_user(request, told, messages.ERROR)
        return redirect(row)

    def _find(self, request: HttpRequest, object_id: str) -> Purchase | None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found: Purchase | None = self.get_object(request, unquote(object_id))
        return found

    def _send_to_stripe(self, request: HttpRequest, row: Purchase) -> HttpResponse:
        """Back to the host that the buyer is on, whose session cookie the browser has."""
        back = request.build_absolute_uri(row.get_absolute_url())
        try:
            url = purchases.open_checkout(
                row, success_url=f"{back}?s={{CHECKOUT_SESSION_ID}}", cancel_url=back
            )
        except PurchaseClosed:
            return redirect(row)
        except StripeRefused as error:
            logger.error("Stripe refuses to sell %s: %s", row.pack, error.code)
            return redirect(row)
        except CHECKOUT_AWAY:
            told = _("We could not reach Stripe. Nothing was charged: try again in a minute.")
            self.message_user(request, told, messages.ERROR)
            return redirect(row)
        return HttpResponseRedirect(url)
