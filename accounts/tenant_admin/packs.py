"""What the portal sells, in its staff's hands. Prices are added, never changed: what was sold keeps
its own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import packs
from accounts.admin.pack_forms import PackForm, PriceForm
from accounts.models import Pack, PackPrice
from accounts.tenant_admin.rules import tenant_of
from accounts.tenant_admin.scope import TenantModelAdmin, TenantTabularInline
from accounts.tenant_admin.site import TEMPLATE_ENGINE, tenant_site


class PriceInline(TenantTabularInline):
    tenant_path = "pack__tenant"
    allows = ("add",)
    model = PackPrice
    form = PriceForm
    extra = 1
    verbose_name = gettext_lazy("Price")
    verbose_name_plural = gettext_lazy(
        "Prices. A new one holds from its time (UTC) on, or at once; what was sold keeps its own"
    )
    fields = ["amount", "currency", "effective_from"]

    @admin.display(description=gettext_lazy("Price"))
    def amount(self, price: PackPrice) -> str:
        """Of those that are only shown."""
        return str(price)


@admin.register(Pack, site=tenant_site)
class PackAdmin(TenantModelAdmin):
    tenant_path = "tenant"
    allows = ("add", "change")  # it is taken off sale: its purchases stay
    label = gettext_lazy("Packs on sale")
    form = PackForm
    change_list_template = "packs.html"
    list_display = ["name", "what_fans_see", "price_now", "price_next", "is_on_sale", "place"]
    fields = ["name", "credits", "what_fans_see", "is_active", "order"]
    readonly_fields = ["what_fans_see"]
    inlines = [PriceInline]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_price().prefetch_related("prices")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for name in self.fields if obj is not None or name != "what_fans_see"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {"can_sell": packs.can_sell(tenant_of(request)), **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description=gettext_lazy("Fans see"))
    def what_fans_see(self, pack: Pack) -> str:
        return render_to_string("pack_sentence.html", {"pack": pack}, using=TEMPLATE_ENGINE)

    @admin.display(description=gettext_lazy("Price now"))
    def price_now(self, pack: Pack) -> str:
        return pack.price_text or _("none: not on sale")

    @admin.display(description=gettext_lazy("Next price"))
    def price_next(self, pack: Pack) -> str:
        coming = pack.next_price
        if coming is None:
            return "—"
        since = date_format(localtime(coming.effective_from), "DATETIME_FORMAT")
        return _("%(price)s from %(time)s") % {"price": coming, "time": since}

    @admin.display(description=gettext_lazy("On sale"), boolean=True, ordering="is_active")
    def is_on_sale(self, pack: Pack) -> bool:
        return pack.is_active and bool(pack.price_text)

    @admin.display(description=gettext_lazy("Place"), ordering="order")
    def place(self, pack: Pack) -> int:
        return pack.order
