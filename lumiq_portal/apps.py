"""The platform's Django admin, in place of Django's default one; and the tenants' beside it."""

from typing import Any

from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from django.utils.module_loading import autodiscover_modules

from lumiq_portal import catalogues


class PlatformAdminConfig(SimpleAdminConfig):
    """Loads no classes: a worker has no pages, and starts in half the time without them."""

    default_site = "lumiq_portal.admin.PlatformAdminSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(_check_classes, checks.Tags.admin)
        checks.register(_check_catalogues, checks.Tags.translation)
        catalogues.compile_stale()


def load_admins() -> None:
    """All classes of both sites, for lumiq_portal.urls."""
    autodiscover_modules("admin", "tenant_admin")


def _check_classes(**options: Any) -> list[checks.CheckMessage]:
    load_admins()
    return check_admin_app(**options)


def _check_catalogues(**options: Any) -> list[checks.CheckMessage]:
    return [
        checks.Warning(
            f"{source.parent.parent.name}: pages are not, or not all, in this language.",
            hint=f"Let `manage.py check` write into {source.parent} once, before it is read-only.",
            id="lumiq_portal.W001",
        )
        for source in catalogues.sources()
        if catalogues.is_stale(source)
    ]
