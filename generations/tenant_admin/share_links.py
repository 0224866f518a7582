"""Share links of the portal's videos, to be revoked.

Their codes are not shown: whoever knows one sees the video, and staff are strangers to it. A link
that somebody reports is found by its code.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tenant_admin.filters import IsSetFilter
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site
from generations import sharing
from generations.models import ShareLink


@admin.register(ShareLink, site=tenant_site)
class ShareLinkAdmin(TenantModelAdmin):
    tenant_path = "generation__tenant"
    list_display = ["name", "generation", "owner", "created_at", "revoked_at"]
    list_select_related = ["generation__user"]
    list_filter = [("revoked_at", IsSetFilter), "generation__visibility"]
    filter_titles = {
        "revoked_at": gettext_lazy("revoked"),
        "generation__visibility": gettext_lazy("who sees the video"),
    }
    search_fields = ["=code", "generation__id", "generation__user__email"]
    search_help_text = gettext_lazy("The code at the end of a reported address, or the user.")
    fields: ClassVar[Any] = ["name", "generation", "owner", "created_at", "revoked_at"]
    readonly_fields = fields
    actions = ["revoke"]

    @admin.display(description=gettext_lazy("User"))
    def owner(self, link: ShareLink) -> str:
        return link.generation.user.email

    @admin.action(description=gettext_lazy("Revoke the chosen links at once"))
    def revoke(self, request: HttpRequest, rows: QuerySet[ShareLink]) -> None:
        live = list(rows.filter(revoked_at=None))
        for link in live:
            sharing.revoke_link(link)
            self.log_change(request, link, _("Revoked."))
        self.message_user(request, _("Links revoked: %(count)s.") % {"count": len(live)})
