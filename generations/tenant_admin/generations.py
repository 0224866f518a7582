"""The portal's videos. Staff don't see them, but who shows one to others; and can end that."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Tenant
from accounts.tenant_admin.rules import tenant_of
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site
from generations import sharing
from generations.admin.margin_pages import MarginPages
from generations.models import Generation

Visibility = Generation.Visibility


@admin.register(Generation, site=tenant_site)
class GenerationAdmin(MarginPages, TenantModelAdmin):
    tenant_path = "tenant"
    margin_template = "margin.html"
    label = gettext_lazy("Videos")
    list_display = ["created_at", "title", "user", "status", "visibility", "credits"]
    list_select_related = ["user"]
    list_filter = ["status", "visibility", "product", "is_test"]
    filter_titles = {"is_test": gettext_lazy("test order")}
    search_fields = ["id", "user__email"]
    date_hierarchy = "created_at"
    fields: ClassVar[Any] = [
        "id", "title", "user", "status", "reason", "visibility", "caption", "credits", "is_test",
        "created_at", "finished_at",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["unpublish", "hide"]

    def margin_of(self, request: HttpRequest) -> Tenant:
        return tenant_of(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        """What its owner has deleted is gone; its price stays in the wallet's lines."""
        return super().get_queryset(request).filter(deleted_at=None)

    @admin.action(description=gettext_lazy("Take the chosen videos out of the gallery"))
    def unpublish(self, request: HttpRequest, rows: QuerySet[Generation]) -> None:
        self._show_less(request, rows.filter(visibility=Visibility.PUBLIC), Visibility.LINK)

    @admin.action(description=gettext_lazy("Hide the chosen videos from all but their owners"))
    def hide(self, request: HttpRequest, rows: QuerySet[Generation]) -> None:
        self._show_less(request, rows.exclude(visibility=Visibility.PRIVATE), Visibility.PRIVATE)

    def _show_less(
        self, request: HttpRequest, rows: QuerySet[Generation], visibility: Generation.Visibility
    ) -> None:
        shown = list(rows)
        for video in shown:
            sharing.set_visibility(video, visibility)
            self.log_change(request, video, _("Now seen by: %s.") % visibility.label)
        self.message_user(request, _("Videos changed: %(count)s.") % {"count": len(shown)})
