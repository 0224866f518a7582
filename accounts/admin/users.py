"""People of all portals, and the platform's staff."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts import ledger
from accounts.models import User


@admin.register(User)
class UserAdmin(ModelAdmin):
    list_display = ["email", "display_name", "tenant", "is_tenant_staff", "is_staff", "is_active"]
    list_filter = ["tenant", "is_tenant_staff", "is_staff", "is_active"]
    list_select_related = ["tenant"]
    search_fields = ["email", "display_name"]
    show_full_result_count = False
    readonly_fields = ["tenant", "email", "available", "held", "date_joined", "last_login"]
    fields = [
        "email", "display_name", "tenant", "is_active", "is_tenant_staff", "allowance",
        "allowance_period", "wants_balance_mails", "language", "available", "held",
        "date_joined", "last_login",
    ]  # fmt: skip

    @admin.display(description="Wallet, credits")
    def available(self, user: User) -> int:
        return ledger.balance_of(user).wallet

    @admin.display(description="Held, credits")
    def held(self, user: User) -> int:
        return ledger.balance_of(user).held

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """What was changed only: a page from before must not bring an old password back."""
        obj.save(update_fields=form.changed_data)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people sign up; staff are made by createsuperuser and create_tenant

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # their ledger stays
