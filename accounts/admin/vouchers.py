"""Vouchers of all portals."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import INPUT_CLASSES

from accounts.admin.read_only import ReadOnlyAdmin
from accounts.admin.voucher_forms import VoucherBatchForm
from accounts.admin.voucher_pages import StateFilter, VoucherBatchPages
from accounts.models import Redemption, Voucher, VoucherBatch


class StyledVoucherBatchForm(VoucherBatchForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A batch that exists is only shown, without the last two.
        for name in self.fields.keys() & {"wording", "valid_from", "valid_until"}:
            self.fields[name].widget.attrs["class"] = " ".join(INPUT_CLASSES)


@admin.register(VoucherBatch)
class VoucherBatchAdmin(VoucherBatchPages, ModelAdmin):
    form = StyledVoucherBatchForm
    confirm_template = "accounts/confirm_admin.html"
    list_display = [
        "name", "tenant", "state_name", "used", "left", "credits", "valid_until", "codes_pages",
    ]  # fmt: skip
    list_filter = ["tenant", StateFilter]
    new_fields = ["tenant", *VoucherBatchPages.new_fields]
    shown_fields = ["tenant", *VoucherBatchPages.shown_fields]


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    list_display = ["code", "batch", "tenant", "uses_left"]
    list_filter = ["tenant"]
    list_select_related = ["batch", "tenant"]
    search_fields = ["code", "batch__name"]
    fields = ["code", "batch", "tenant", "uses_left"]


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "voucher", "batch"]
    list_filter = ["batch__tenant"]
    list_select_related = ["user", "voucher", "batch"]
    search_fields = ["user__email", "voucher__code", "batch__name"]
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "voucher", "batch")
