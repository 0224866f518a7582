"""The tenants' admin: `/admin/` on a portal's own host, for its staff, over that portal only.

Everything in it is a TenantModelAdmin (accounts.tenant_admin.scope); nothing else is taken. It has
Django's own templates and no inline script, so that the policy of the portals' pages holds.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.tenant_admin.rules import check_class, tenant_of
from accounts.tenant_admin.scope import TenantModelAdmin

TEMPLATE_ENGINE = "tenant_admin"
APP_NAMES = {"accounts": _("People and credits"), "generations": _("Videos")}


class TenantAdminSite(AdminSite):
    index_title = _("Your portal")
    enable_nav_sidebar = True

    def __init__(self, name: str = "tenant_admin") -> None:
        super().__init__(name)
        self._registry: dict[type[Model], Any] = {}
        # How each model that has a list or an inline here leads to its tenant.
        self.paths: dict[type[Model], str] = {}

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        if options or not (admin_class and issubclass(admin_class, TenantModelAdmin)):
            raise ImproperlyConfigured("The tenants' admin takes TenantModelAdmin classes only.")
        chosen = (
            model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        )
        for model in chosen:
            check_class(model, admin_class)
            for inline in admin_class.inlines:
                check_class(inline.model, inline, inline=True)
            super().register(model, admin_class)
            self.paths[model] = admin_class.tenant_path
            self.paths |= {inline.model: inline.tenant_path for inline in admin_class.inlines}

    def has_permission(self, request: HttpRequest) -> bool:
        user, tenant = request.user, getattr(request, "tenant", None)
        return bool(
            isinstance(user, User)
            and tenant is not None
            and user.tenant_id == tenant.pk
            and user.is_active
            and user.is_tenant_staff
        )

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """For a fan who is signed in there is no such address; a visitor may sign in."""
        guarded: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)

        @wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            page = guarded(request, *args, **kwargs)
            if isinstance(page, SimpleTemplateResponse):
                page.using = TEMPLATE_ENGINE
            return page

        return answer

    def get_urls(self) -> list[Any]:
        """Without `r/…`, which leads to rows of all portals, whoever asks."""
        routes = super().get_urls()
        return [route for route in routes if getattr(route, "name", "") != "view_on_site"]

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The portal's own page, which knows the portal's people only."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise Http404
            return redirect("admin:index")
        return redirect_to_login(wanted, reverse("sign-in"))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = tenant_of(request).name
        return {**super().each_context(request), "site_header": name, "site_title": name}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = APP_NAMES.get(app["app_label"], app["name"])
            for entry in app["models"]:
                entry["name"] = self._registry[entry["model"]].list_name
        return apps

    def get_log_entries(self, request: HttpRequest) -> Any:
        return super().get_log_entries(request).filter(user__tenant=tenant_of(request))


tenant_site = TenantAdminSite()
