"""The portal's vouchers: made from the pool, printed, ended; and who has redeemed them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.admin.voucher_pages import StateFilter, VoucherBatchPages
from accounts.models import Redemption, Voucher, VoucherBatch
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site


@admin.register(VoucherBatch, site=tenant_site)
class VoucherBatchAdmin(VoucherBatchPages, TenantModelAdmin):
    tenant_path = "tenant"
    allows = ("add",)
    label = gettext_lazy("Vouchers")
    confirm_template = "confirm.html"
    list_display = [
        "name", "state_name", "used", "left", "credits", "valid_until", "codes_pages",
    ]  # fmt: skip
    list_filter = [StateFilter]

    def save_model(self, request: HttpRequest, obj: VoucherBatch, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.check_owned(request, obj)


@admin.register(Voucher, site=tenant_site)
class VoucherAdmin(TenantModelAdmin):
    tenant_path = "tenant"
    label = gettext_lazy("Voucher codes")
    list_display = ["code", "batch", "state_name", "uses_left"]
    list_filter = ["batch"]
    list_select_related = ["batch"]
    search_fields = ["code", "batch__name"]
    fields: ClassVar[Any] = ["code", "batch", "state_name", "uses_left"]
    readonly_fields = fields

    @admin.display(description=gettext_lazy("State of the batch"))
    def state_name(self, voucher: Voucher) -> str:
        return str(voucher.batch.state.label)


@admin.register(Redemption, site=tenant_site)
class RedemptionAdmin(TenantModelAdmin):
    tenant_path = "batch__tenant"
    label = gettext_lazy("Redeemed vouchers")
    list_display = ["created_at", "user", "voucher", "batch"]
    list_filter = ["batch"]
    list_select_related = ["user", "voucher", "batch"]
    search_fields = ["user__email", "voucher__code", "batch__name"]
    date_hierarchy = "created_at"
    fields: ClassVar[Any] = ["created_at", "user", "voucher", "batch"]
    readonly_fields = fields
