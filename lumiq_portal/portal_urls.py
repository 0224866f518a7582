"""All addresses of a portal's host: with the tenant's admin in place of the platform's."""

from django.urls import path

from accounts.tenant_admin.site import tenant_site
from lumiq_portal.urls import handler400, handler403, handler404, handler500, site_urls

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("admin/", tenant_site.urls), *site_urls]
