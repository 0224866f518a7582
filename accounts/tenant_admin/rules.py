"""Whose a row is; and what a class of the tenants' admin must be to be registered."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, PermissionDenied
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.forms import ModelChoiceField
from django.http import HttpRequest

from accounts.models import Tenant
from accounts.tenant_admin.filters import safe_filter


def check_class(model: type[models.Model], options: Any, *, inline: bool = False) -> None:
    """Raises ImproperlyConfigured where an admin or inline class could show or take what is not the
    tenant's."""
    name = options.__name__
    if not getattr(options, "tenant_path", None):
        raise ImproperlyConfigured(f"{name} says no tenant_path, such as 'user__tenant'.")
    _check_path(model, options.tenant_path, name)
    if options.raw_id_fields:
        raise ImproperlyConfigured(f"{name}: raw ids show any row; use autocomplete_fields.")
    fields = getattr(options.form, "declared_fields", {})
    if any(isinstance(field, ModelChoiceField) for field in fields.values()):
        raise ImproperlyConfigured(f"{name}: name rows in Meta.fields, where they are narrowed.")
    if options.view_on_site is not False:
        raise ImproperlyConfigured(f"{name}: view_on_site leads to rows of all portals.")
    if not inline:
        for item in options.list_filter:
            safe_filter(model, item)


def tenant_of(request: HttpRequest) -> Tenant:
    """By the host. Without one there is nothing to show."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None:
        raise PermissionDenied
    return tenant


def tenant_id_of(row: models.Model, path: str) -> int | None:
    """Whose a row is, by the path of its class."""
    *way, last = path.split(LOOKUP_SEP)
    owner: Any = row
    for step in way:
        owner = getattr(owner, step)
        if owner is None:
            return None
    found: int | None = owner.pk if last == "pk" else getattr(owner, f"{last}_id")
    return found


def tenant_fields(model: type[models.Model]) -> list[str]:
    """What no form of the tenants' admin has."""
    return [field.name for field in model._meta.concrete_fields if field.related_model is Tenant]


def _check_path(model: type[models.Model], path: str, name: str) -> None:
    if path == "pk" and model is Tenant:
        return
    here = model
    for step in path.split(LOOKUP_SEP):
        try:
            field = here._meta.get_field(step)
        except FieldDoesNotExist as error:
            raise ImproperlyConfigured(f"{name}: {path!r} is no path of fields.") from error
        # A path over many rows would lead to several tenants.
        if not isinstance(field, models.ForeignKey):
            raise ImproperlyConfigured(f"{name}: {path!r} must lead by foreign keys.")
        here = field.remote_field.model
    if here is not Tenant:
        raise ImproperlyConfigured(f"{name}: {path!r} leads to {here.__name__}, not to a tenant.")
