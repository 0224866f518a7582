"""Base classes of the tenants' admin: they show, offer and take rows of the request's tenant only.

    @admin.register(Voucher, site=tenant_site)
    class VoucherAdmin(TenantModelAdmin):
        tenant_path = "tenant"
        allows = ("add", "change")

`tenant_path` leads from the model to its tenant by foreign keys; a class without one cannot be
registered. Rows may be looked at; `allows` says what else ("add", "change", "delete"). The tenant
is never a field of a form: it is that of the host. A class that writes in `save_model` itself,
without super(), ends it with `check_owned`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import BaseModelAdmin, get_content_type_for_model
from django.contrib.admin.utils import NestedObjects, unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models, router
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.tenant_admin.filters import is_asked_by, safe_filter
from accounts.tenant_admin.forms import owned_form
from accounts.tenant_admin.rules import tenant_fields, tenant_id_of, tenant_of

FILTER_TEMPLATE = "tenant_admin/filter.html"


class TenantScoped(BaseModelAdmin):
    """What lists, forms and inlines have in common."""

    tenant_path = ""
    allows: Sequence[str] = ()
    view_on_site: Any = False
    admin_site: Any  # a TenantAdminSite: no other takes these classes

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(**{self.tenant_path: tenant_of(request).pk})

    def offered(self, model: type[models.Model], request: HttpRequest) -> models.QuerySet[Any]:
        """Rows of another model that a form or filter may name: those that have a list here."""
        if not self.admin_site.is_registered(model):
            return model._base_manager.none()
        rows: models.QuerySet[Any] = self.admin_site.get_model_admin(model).get_queryset(request)
        return rows

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return super().formfield_for_foreignkey(
            db_field, request, **self._narrowed(db_field, request, kwargs)
        )

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(
            db_field, request, **self._narrowed(db_field, request, kwargs)
        )

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        own = super().get_exclude(request, obj)
        meta = getattr(self.form, "_meta", None)
        return [*(own or getattr(meta, "exclude", None) or []), *tenant_fields(self.model)]

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        return to_field in {"pk", self.opts.pk.name, self.opts.pk.attname}

    def get_view_on_site_url(self, obj: Any = None) -> None:
        return None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may("view", request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may("add", request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may("change", request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may("delete", request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may("view", request)

    def _may(self, what: str, request: HttpRequest, obj: Any = None) -> bool:
        """No permissions of Django's: a tenant's staff have none, and could be given none."""
        if what not in ("view", *self.allows) or not self.admin_site.has_permission(request):
            return False
        # An inline is asked about its parent, which has been looked up within the tenant.
        known = isinstance(obj, self.model)
        return not known or tenant_id_of(obj, self.tenant_path) == tenant_of(request).pk

    def _narrowed(self, db_field: Any, request: HttpRequest, kwargs: Any) -> dict[str, Any]:
        rows = self.offered(db_field.remote_field.model, request)
        chosen = kwargs.get("queryset")
        if chosen is not None:
            rows = chosen.filter(pk__in=rows.order_by().values("pk"))
        return {**kwargs, "queryset": rows}


class TenantModelAdmin(TenantScoped, admin.ModelAdmin):
    # What the list is called, where the model's own name is not the tenant's word.
    label: Any = ""
    # A page's boxes and its form stay within DATA_UPLOAD_MAX_NUMBER_FIELDS.
    list_per_page = 40
    list_max_show_all = 40
    show_facets = admin.ShowFacets.NEVER
    # What a filter is called, by its path, where the column's name is not the tenant's word.
    filter_titles: Mapping[str, Any] = {}

    @property
    def list_name(self) -> str:
        return str(self.label or capfirst(self.opts.verbose_name_plural))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": self.list_name, **(extra_context or {})})

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = owned_form(kwargs.get("form", self.form), tenant_of(request))
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Of a row that exists, what the form has changed: the rest may be newer than the page."""
        if change:
            names = {field.name for field in self.opts.concrete_fields}
            obj.save(update_fields=[name for name in form.changed_data if name in names])
        else:
            obj.save()
        self.check_owned(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for row in [*formset.new_objects, *(row for row, _changed in formset.changed_objects)]:
            self.check_owned(request, row)

    def check_owned(self, request: HttpRequest, row: models.Model) -> None:
        """After a write, in its transaction: neither the row nor what it names is another's."""
        self._check(request, type(row), pk=row.pk)
        for field in row._meta.concrete_fields:
            value = getattr(row, field.attname)
            model: Any = field.related_model
            if value is not None and model in self.admin_site.paths:
                self._check(request, model, **{cast(Any, field).target_field.name: value})

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [safe_filter(self.model, item) for item in super().get_list_filter(request)]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        filters = self.get_list_filter(request)
        return is_asked_by(self.model, lookup, filters, self.date_hierarchy)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)
        for spec in page.filter_specs:
            # Looked up in all engines, where the platform's template would be first.
            spec.template = FILTER_TEMPLATE
            spec.title = self.filter_titles.get(getattr(spec, "field_path", ""), spec.title)
        return page

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        inlines = super().get_inline_instances(request, obj)
        for inline in inlines:
            if inline.model not in self.admin_site.paths:
                raise ImproperlyConfigured(f"{type(inline).__name__} was not there to be checked.")
        return inlines

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Nothing goes along with a row but what is the tenant's and known here."""
        collector = NestedObjects(using=router.db_for_write(self.model), origin=objs)
        collector.collect(objs)
        gone = [row for rows in collector.model_objs.values() for row in rows]
        if not all(self._is_own(request, row) for row in [*gone, *collector.protected]):
            return [], {}, set(), [_("Other things hang on this; it can only be switched off.")]
        return super().get_deleted_objects(objs, request)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """What the tenant's own people did; what the platform's did is its own matter."""
        entries = LogEntry.objects.filter(
            object_id=unquote(object_id),
            content_type=get_content_type_for_model(self.model),
            user__tenant=tenant_of(request),
        )
        lines = entries.select_related("user").order_by("action_time")
        pages = self.get_paginator(request, lines, 100)
        shown = pages.get_page(request.GET.get(PAGE_VAR, 1))
        own = {
            "action_list": shown,
            "page_range": pages.get_elided_page_range(shown.number),
            "pagination_required": pages.count > 100,
        }
        return super().history_view(request, object_id, {**(extra_context or {}), **own})

    def not_here(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The answer for a row that is not the tenant's, as for one that never was."""
        name = "_get_obj_does_not_exist_redirect"  # which Django's types leave out
        answer: HttpResponse = getattr(self, name)(request, self.opts, object_id)
        return answer

    @property
    def media(self) -> Media:
        """With our own script for the boxes of a list: the platform's admin replaces Django's."""
        django: Any = super().media
        scripts = [path for path in django._js if not path.endswith("/actions.js")]
        return Media(css=django._css, js=[*scripts, "js/chosen-rows.js"])

    def _is_own(self, request: HttpRequest, row: Any) -> bool:
        if row._meta.auto_created:
            return True  # a line of a many-to-many, between two rows of which one is looked at
        path = self.admin_site.paths.get(type(row))
        return path is not None and tenant_id_of(row, path) == tenant_of(request).pk

    def _check(self, request: HttpRequest, model: type[models.Model], **which: Any) -> None:
        owner = {self.admin_site.paths[model]: tenant_of(request).pk}
        if not model._base_manager.filter(**which).filter(**owner).exists():
            raise PermissionDenied


class TenantTabularInline(TenantScoped, admin.TabularInline):
    extra = 0


class TenantStackedInline(TenantScoped, admin.StackedInline):
    extra = 0
