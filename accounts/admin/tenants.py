"""Portals and their hostnames."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from accounts import connected_accounts, ledger, packs
from accounts.branding import contrast_problems
from accounts.models import CreditAccount, Hostname, Tenant


class TenantForm(forms.ModelForm):
    class Meta:
        model = Tenant
        fields = "__all__"  # noqa: DJ007 — the platform's staff may set all of it

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        colours = {
            name: self.cleaned_data.get(f"{name}_colour") or ""
            for name in ("ground", "ink", "action")
        }
        style, mode = self.cleaned_data.get("style", ""), self.cleaned_data.get("mode", "")
        if style and mode:
            for problem in contrast_problems(style=style, mode=mode, **colours):
                self.add_error(None, problem)
        return data


class HostnameInline(TabularInline):
    model = Hostname
    extra = 1


@admin.register(Tenant)
class TenantAdmin(ModelAdmin):
    form = TenantForm
    list_display = ["name", "slug", "first_host", "is_active", "style", "mode", "pool"]
    list_filter = ["is_active", "style"]
    search_fields = ["name", "slug", "hostnames__host"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [HostnameInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "slug",
                    "is_active",
                    "owner_name",
                    "support_email",
                    "sender_address",
                    "language",
                ]
            },
        ),
        (
            "Look",
            {"fields": ["style", "mode", "ground_colour", "ink_colour", "action_colour"]},
        ),
        ("Other sites", {"fields": ["embedding", "embed_domains", "embeds_are_neutral"]}),
        (
            "Credits",
            {
                "fields": [
                    "welcome_credits",
                    "credits_expire_after_days",
                    "credit_mode",
                    "allowance",
                    "allowance_period",
                    "pool_alerts",
                ],
            },
        ),
        (
            "Payments",
            {
                "fields": [
                    "seller",
                    "fee_basis_points",
                    "stripe_account",
                    "owed",
                    "card_fee_percent",
                    "card_fee_fixed",
                ],
            },
        ),
    ]
    readonly_fields = ["stripe_account", "owed"]

    def get_queryset(self, request: HttpRequest) -> Any:
        pool = CreditAccount.objects.filter(kind="pool", tenant=OuterRef("pk"), user=None)
        return (
            super()
            .get_queryset(request)
            .prefetch_related("hostnames")
            .annotate(pool_credits=Coalesce(Subquery(pool.values("balance")[:1]), 0))
        )

    @admin.display(description="Hostname")
    def first_host(self, tenant: Tenant) -> str:
        return ", ".join(hostname.host for hostname in tenant.hostnames.all())

    @admin.display(description="Pool, credits", ordering="pool_credits")
    def pool(self, tenant: Any) -> int:
        return int(tenant.pool_credits)

    @admin.display(description="Its own Stripe account")
    def stripe_account(self, tenant: Tenant) -> str:
        account = connected_accounts.current_of(tenant) if tenant.pk else None
        return f"{account}: {account.shown_state}" if account else "none connected yet"

    @admin.display(description="Credits that it owes the platform")
    def owed(self, tenant: Tenant) -> int:
        return ledger.owed_by(tenant) if tenant.pk else 0

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            packs.make_default_packs(obj)
            packs.make_pool_packs()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a portal is switched off: its ledger stays
