"""Endpoints of customers and what was sent to them; the platform may replay a delivery."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from generations.models import Delivery, DeliveryAttempt, WebhookEndpoint
from generations.outgoing import deliveries


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    list_display = ["url", "user", "tenant", "is_enabled", "disabled_reason", "failing_since"]
    list_filter = ["is_enabled", "disabled_reason", "tenant"]
    list_select_related = ["user", "tenant"]
    search_fields = ["url", "user__email"]


class AttemptInline(ReadOnlyInline):
    model = DeliveryAttempt
    fields = ["at", "status", "trouble", "latency_ms"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["url", "type", "user", "state", "tries", "due_at", "delivered_at"]
    list_filter = ["state", "event__type", "event__tenant"]
    list_select_related = ["event__user"]
    search_fields = ["url", "event__user__email", "event__generation__id"]
    inlines = [AttemptInline]
    actions = ["replay"]

    @admin.display(description="Event")
    def type(self, delivery: Delivery) -> str:
        return delivery.event.get_type_display()

    @admin.display(description="User")
    def user(self, delivery: Delivery) -> str:
        return delivery.event.user.email

    @admin.action(description="Replay the chosen deliveries")
    def replay(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        replayed = sum(_replay(row) for row in rows.select_related("event", "endpoint"))
        self.message_user(request, f"{replayed} of {rows.count()} are sent again.")


def _replay(delivery: Delivery) -> bool:
    try:
        deliveries.replay(delivery)
    except (deliveries.InHand, deliveries.EndpointDisabled):
        return False
    return True
