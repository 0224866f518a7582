"""The outbox of mails: what waits, what was given up and why. The platform may send it again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnlyAdmin
from accounts.mails import outbox
from accounts.models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    list_display = ["kind", "user", "tenant", "state", "tries", "due_at", "sent_at", "trouble"]
    list_filter = ["state", "kind", "tenant"]
    list_select_related = ["user", "tenant"]
    search_fields = ["key", "user__email"]
    actions = ["send_again"]

    @admin.action(description="Send the chosen mails again that were given up")
    def send_again(self, request: HttpRequest, rows: QuerySet[Mail]) -> None:
        again = sum(outbox.send_again(mail) for mail in rows)
        self.message_user(request, f"{again} of {rows.count()} are sent again.")
