"""The portal's own Stripe account: connected here, and how it stands, in words.

Onboarding is Stripe's own page; what is told there never comes here.
"""

import logging
import uuid
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import connected_accounts, stripe_gateway
from accounts.errors import (
    STRIPE_AWAY,
    StripeAccountLost,
    StripeRefused,
)
from accounts.models import StripeAccount, Tenant, User
from accounts.tenant_admin.rules import tenant_of
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site

logger = logging.getLogger(__name__)

PAGE = "admin:accounts_stripeaccount_changelist"


class ConnectForm(forms.Form):
    country = forms.CharField(
        label=gettext_lazy("Country of your business"),
        max_length=2,
        validators=[
            RegexValidator(r"\A[A-Za-z]{2}\Z", gettext_lazy("Write two letters, e.g. DE."))
        ],
        widget=forms.TextInput(attrs={"size": 2, "autocomplete": "country"}),
        help_text=gettext_lazy("Two letters, e.g. DE. It cannot be changed afterwards."),
    )
    # Made when the form is shown: sent twice, it connects one account.
    key = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    # The account that the page showed.
    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


@admin.register(StripeAccount, site=tenant_site)
class StripeAccountAdmin(TenantModelAdmin):
    tenant_path = "tenant"
    label = gettext_lazy("Stripe account")
    change_list_template = "stripe_account.html"
    list_display = ["account_id", "how_it_stands", "created_at", "replaced_at"]
    list_display_links = None
    fields: ClassVar[Any] = ["account_id", "how_it_stands", "created_at", "replaced_at"]
    readonly_fields = fields

    @admin.display(description=gettext_lazy("State"))
    def how_it_stands(self, account: StripeAccount) -> str:
        return account.shown_state

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        name = "accounts_stripeaccount"
        return [
            path("onboarding/", view(self.onboarding), name=f"{name}_onboarding"),
            path("return/", view(self.come_back), name=f"{name}_return"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self._page(request, None, extra_context)

    def onboarding(self, request: HttpRequest) -> HttpResponse:
        """POST begins with a new account, or (`resume`) goes on. Stripe sends people back here by
        GET whose link was used or has expired: they get a new one."""
        tenant = tenant_of(request)
        if tenant.seller != Tenant.Seller.OWN:
            return redirect(PAGE)
        account = connected_accounts.current_of(tenant)
        if request.method != "POST" or "resume" in request.POST:
            return redirect(PAGE) if account is None else self._send_to_stripe(request, account)
        form = ConnectForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        assert isinstance(request.user, User)
        try:
            account = connected_accounts.connect(
                tenant, email=request.user.email, **form.cleaned_data
            )
        except StripeRefused as error:
            logger.error("Stripe refuses an account to %s: %s", tenant.slug, error.code)
            form.add_error(
                "country", _("Stripe makes no account for this country. Nothing was made.")
            )
            return self._page(request, form)
        except STRIPE_AWAY:
            return self._away(request)
        self.log_change(request, account, _("Connected."))
        return self._send_to_stripe(request, account)

    def come_back(self, request: HttpRequest) -> HttpResponse:
        """From Stripe's page. Being back doesn't say that all is told there: Stripe is asked."""
        account = connected_accounts.current_of(tenant_of(request))
        if account is not None:
            try:
                connected_accounts.refresh(account.account_id)
            except STRIPE_AWAY:
                return self._away(request)
        return redirect(PAGE)

    def _send_to_stripe(self, request: HttpRequest, account: StripeAccount) -> HttpResponse:
        """Back to the host that the person is on, whose session cookie the browser has."""
        name = "admin:accounts_stripeaccount"
        back, again = (
            request.build_absolute_uri(reverse(f"{name}_{end}")) for end in ("return", "onboarding")
        )
        try:
            url = stripe_gateway.open_onboarding(
                account.account_id, return_url=back, refresh_url=again
            )
        except StripeAccountLost:
            connected_accounts.mark_lost(account.account_id)
            return redirect(PAGE)
        except (*STRIPE_AWAY, StripeRefused):
            return self._away(request)
        return HttpResponseRedirect(url)

    def _away(self, request: HttpRequest) -> HttpResponse:
        told = _("We could not reach Stripe just now. Nothing was changed: try again in a minute.")
        self.message_user(request, told, messages.ERROR)
        return redirect(PAGE)

    def _page(
        self, request: HttpRequest, form: ConnectForm | None, extra: Any = None
    ) -> HttpResponse:
        tenant = tenant_of(request)
        account = connected_accounts.current_of(tenant)
        initial = {"replaces": account.pk if account else None}
        context = {
            "account": account,
            "sells_itself": tenant.seller == Tenant.Seller.OWN,
            "fee_percent": f"{tenant.fee_basis_points / 100:g}",
            "is_configured": stripe_gateway.is_configured(),
            "form": form or ConnectForm(initial=initial),
        }
        return super().changelist_view(request, {**context, **(extra or {})})
