"""The platform's Django admin, in place of Django's default one."""

from django.contrib.admin.apps import AdminConfig


class PlatformAdminConfig(AdminConfig):
    default_site = "lumiq_portal.admin.PlatformAdminSite"
