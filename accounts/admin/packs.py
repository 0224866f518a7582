"""What portals sell to users, and the platform to portals. Prices are added, never changed: what
was sold keeps its own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import INPUT_CLASSES

from accounts.admin.pack_forms import PackForm, PriceForm
from accounts.models import Pack, PackPrice


class StyledPackForm(PackForm):
    class Meta(PackForm.Meta):
        fields = ["tenant", *PackForm.Meta.fields]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credits"].widget.attrs["class"] = " ".join(INPUT_CLASSES)


class StyledPriceForm(PriceForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", " ".join(INPUT_CLASSES))


class PriceInline(TabularInline):
    model = PackPrice
    form = StyledPriceForm
    hide_title = True  # the price is in its column already
    extra = 1
    fields = ["amount", "currency", "effective_from"]

    @admin.display(description="Price")
    def amount(self, price: PackPrice) -> str:
        """Of those that are only shown."""
        return str(price)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Pack)
class PackAdmin(ModelAdmin):
    form = StyledPackForm
    show_full_result_count = False
    list_display = ["name", "sold_by", "credits", "price_now", "is_active", "order"]
    list_filter = ["tenant", "is_active"]
    list_select_related = ["tenant"]
    search_fields = ["name", "tenant__name"]
    fields = ["tenant", "name", "credits", "is_active", "order"]
    inlines = [PriceInline]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_price()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else ["tenant"]

    @admin.display(description="Sold by", ordering="tenant__name")
    def sold_by(self, pack: Pack) -> str:
        return str(pack.tenant or "the platform, to portals")

    @admin.display(description="Price now")
    def price_now(self, pack: Pack) -> str:
        return pack.price_text or "none yet"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it is taken off sale: its purchases stay
