"""A tenants' admin that may do everything: what no class of the real one does yet holds as well.

Choices of rows, autocompletion, lists that are edited in place, inlines and deletion.
"""

from django.contrib import admin
from django.urls import path

from accounts.models import ApiKey, User
from accounts.tenant_admin.scope import TenantModelAdmin, TenantTabularInline
from accounts.tenant_admin.site import TenantAdminSite
from generations.models import Delivery, Generation, WebhookEndpoint
from lumiq_portal.urls import site_urls

probe_site = TenantAdminSite("probe")


@admin.register(User, site=probe_site)
class UserProbe(TenantModelAdmin):
    tenant_path = "tenant"
    allows = ("add", "change", "delete")
    fields = ["email", "display_name"]
    search_fields = ["email"]


@admin.register(ApiKey, site=probe_site)
class KeyProbe(TenantModelAdmin):
    tenant_path = "user__tenant"
    allows = ("add", "change", "delete")
    fields = ["user", "name", "prefix", "origin"]
    list_display = ["prefix", "name", "user"]
    list_filter = ["user", "is_test"]
    list_editable = ["name", "user"]


@admin.register(Generation, site=probe_site)
class VideoProbe(TenantModelAdmin):
    tenant_path = "tenant"
    allows = ("change", "delete")
    fields = ["user", "api_key", "caption"]
    list_filter = ["user", "api_key"]
    date_hierarchy = "created_at"


class DeliveryProbe(TenantTabularInline):
    tenant_path = "event__tenant"
    allows = ("add", "change", "delete")
    model = Delivery
    fields = ["url", "event", "due_at"]


@admin.register(WebhookEndpoint, site=probe_site)
class EndpointProbe(TenantModelAdmin):
    tenant_path = "tenant"
    allows = ("add", "change", "delete")
    fields = ["user", "url", "description"]
    autocomplete_fields = ["user"]
    inlines = [DeliveryProbe]


urlpatterns = [path("admin/", probe_site.urls), *site_urls]
