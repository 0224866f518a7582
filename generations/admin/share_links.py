"""Share links; the platform may revoke one."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnlyAdmin
from generations import sharing
from generations.models import ShareLink


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "generation", "tenant", "created_at", "revoked_at"]
    list_filter = ["generation__tenant"]
    list_select_related = ["generation__tenant"]
    search_fields = ["code", "generation__id"]
    actions = ["revoke"]

    @admin.display(description="Portal")
    def tenant(self, link: ShareLink) -> str:
        return str(link.generation.tenant)

    @admin.action(description="Revoke the chosen links at once")
    def revoke(self, request: HttpRequest, rows: QuerySet[ShareLink]) -> None:
        for link in rows.filter(revoked_at=None):
            sharing.revoke_link(link)
        self.message_user(request, "Revoked.")
