"""All addresses; those of a portal's host: portal_urls. The parts of the site list their own."""

from django.contrib import admin
from django.urls import include, path

from lumiq_portal import views

site_urls = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("generations.urls")),
]

urlpatterns = [path("admin/", admin.site.urls), *site_urls]

handler400 = "lumiq_portal.views.bad_request"
handler403 = "lumiq_portal.views.permission_denied"
handler404 = "lumiq_portal.views.page_not_found"
handler500 = "lumiq_portal.views.server_error"
