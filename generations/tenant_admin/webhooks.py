"""Where the portal's users have events sent to, and what became of each, to look at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.tenant_admin.scope import TenantModelAdmin, TenantTabularInline
from accounts.tenant_admin.site import tenant_site
from generations.models import Delivery, DeliveryAttempt, WebhookEndpoint


@admin.register(WebhookEndpoint, site=tenant_site)
class WebhookEndpointAdmin(TenantModelAdmin):
    tenant_path = "tenant"
    list_display = ["url", "user", "is_enabled", "disabled_reason", "failing_since"]
    list_select_related = ["user"]
    list_filter = ["is_enabled", "disabled_reason"]
    filter_titles = {
        "is_enabled": gettext_lazy("switched on"),
        "disabled_reason": gettext_lazy("why it is off"),
    }
    search_fields = ["url", "user__email"]
    fields: ClassVar[Any] = [
        "url", "user", "description", "listens_to", "is_enabled", "disabled_reason",
        "failing_since", "created_at",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description=gettext_lazy("Events"))
    def listens_to(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.event_labels)


class AttemptInline(TenantTabularInline):
    tenant_path = "delivery__event__tenant"
    model = DeliveryAttempt
    fields: ClassVar[Any] = ["at", "status", "trouble", "latency_ms"]
    readonly_fields = fields


@admin.register(Delivery, site=tenant_site)
class DeliveryAdmin(TenantModelAdmin):
    tenant_path = "event__tenant"
    label = gettext_lazy("Webhook deliveries")
    list_display = ["url", "type", "user", "state", "tries", "due_at", "delivered_at"]
    list_select_related = ["event__user"]
    list_filter = ["state", "event__type"]
    search_fields = ["url", "event__user__email", "event__generation__id"]
    fields: ClassVar[Any] = [
        "url",
        "type",
        "user",
        "endpoint",
        "state",
        "tries",
        "due_at",
        "delivered_at",
    ]
    readonly_fields = fields
    inlines = [AttemptInline]

    @admin.display(description=gettext_lazy("Event"))
    def type(self, delivery: Delivery) -> str:
        return delivery.event.get_type_display()

    @admin.display(description=gettext_lazy("User"))
    def user(self, delivery: Delivery) -> str:
        return delivery.event.user.email
