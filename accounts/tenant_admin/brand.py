"""The portal's own settings: one row, and of it what the tenant decides."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts import ledger
from accounts.admin.tenants import TenantForm
from accounts.models import Tenant
from accounts.tenant_admin.rules import tenant_of
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site


class BrandForm(TenantForm):
    class Meta:
        model = Tenant
        fields = [
            "name", "owner_name", "support_email", "language", "style", "mode", "ground_colour",
            "ink_colour", "action_colour", "welcome_credits", "credit_mode", "allowance",
            "allowance_period", "pool_alerts", "embedding", "embed_domains", "embeds_are_neutral",
            "card_fee_percent", "card_fee_fixed",
        ]  # fmt: skip


@admin.register(Tenant, site=tenant_site)
class BrandAdmin(TenantModelAdmin):
    tenant_path = "pk"
    label = _("Name and look")
    allows = ("change",)
    form = BrandForm
    readonly_fields = ["pool"]
    fieldsets = [
        (None, {"fields": ["name", "owner_name", "support_email", "language"]}),
        (
            _("Look"),
            {"fields": ["style", "mode", "ground_colour", "ink_colour", "action_colour"]},
        ),
        (
            _("Other sites"),
            {"fields": ["embedding", "embed_domains", "embeds_are_neutral"]},
        ),
        (
            _("Credits"),
            {
                "fields": [
                    "pool",
                    "pool_alerts",
                    "welcome_credits",
                    "credit_mode",
                    "allowance",
                    "allowance_period",
                ],
            },
        ),
        (_("Margin report"), {"fields": ["card_fee_percent", "card_fee_fixed"]}),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:accounts_tenant_change", tenant_of(request).pk)

    @admin.display(description=_("Credits in the pool"))
    def pool(self, tenant: Tenant) -> int:
        return ledger.pool_of(tenant)
