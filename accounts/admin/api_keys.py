"""Keys of the API, by their beginning; the keys themselves nobody can see."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.read_only import ReadOnlyAdmin
from accounts.models import ApiKey


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["prefix", "name", "user", "created_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["prefix", "user__email"]
    actions = ["revoke"]

    @admin.action(description="Revoke the chosen keys at once")
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        count = rows.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, f"{count} keys revoked.")
