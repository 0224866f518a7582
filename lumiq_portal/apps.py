"""The platform's Django admin, in place of Django's default one; and the tenants' beside it."""

from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class PlatformAdminConfig(AdminConfig):
    default_site = "lumiq_portal.admin.PlatformAdminSite"

    def ready(self) -> None:
        super().ready()
        autodiscover_modules("tenant_admin")
