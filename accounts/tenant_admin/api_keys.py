"""Keys of the portal's API: looked at and revoked. Their owners make them, for themselves."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import api_keys
from accounts.models import ApiKey
from accounts.tenant_admin.filters import IsSetFilter
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site


@admin.register(ApiKey, site=tenant_site)
class ApiKeyAdmin(TenantModelAdmin):
    tenant_path = "user__tenant"
    list_display = ["prefix", "name", "user", "is_test", "last_used_at", "expires_at", "state"]
    list_select_related = ["user"]
    list_filter = ["is_test", ("revoked_at", IsSetFilter)]
    filter_titles = {"is_test": gettext_lazy("test key"), "revoked_at": gettext_lazy("revoked")}
    search_fields = ["prefix", "name", "user__email"]
    fields: ClassVar[Any] = [
        "prefix", "name", "user", "is_test", "may", "credit_cap", "created_at", "last_used_at",
        "expires_at", "replaced_at", "revoked_at",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["revoke"]

    @admin.action(description=gettext_lazy("Revoke the chosen keys at once"))
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        live = list(rows.filter(revoked_at=None))
        for key in live:
            api_keys.revoke(key)
            self.log_change(request, key, _("Revoked."))
        self.message_user(request, _("Keys revoked: %(count)s.") % {"count": len(live)})

    @admin.display(description=gettext_lazy("May"))
    def may(self, key: ApiKey) -> str:
        return ", ".join(key.scope_labels)

    @admin.display(description=gettext_lazy("State"))
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return _("revoked")
        if key.has_expired:
            return _("replaced") if key.replaced_at else _("expired")
        return _("being replaced") if key.replaced_at else _("live")
