"""What the operators were told, the open ones first. They close by themselves."""

from django.contrib import admin

from accounts.admin.read_only import ReadOnlyAdmin
from generations.alert_advice import ADVICE
from generations.models import Alert, AlertKind


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ["title", "is_open", "kind", "opened_at", "last_seen_at", "closed_at"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter), "kind"]
    search_fields = ["title", "text", "about"]
    fields = [
        "title", "kind", "about", "text", "cost", "remedy", "opened_at", "last_seen_at",
        "closed_at", "mailed_at", "closing_mailed_at", "mail_tries",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description="Open", boolean=True)
    def is_open(self, alert: Alert) -> bool:
        return alert.closed_at is None

    @admin.display(description="What it costs")
    def cost(self, alert: Alert) -> str:
        return ADVICE[AlertKind(alert.kind)].cost

    @admin.display(description="What to do")
    def remedy(self, alert: Alert) -> str:
        return ADVICE[AlertKind(alert.kind)].remedy
