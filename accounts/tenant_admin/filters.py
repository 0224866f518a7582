"""Filters beside a list: none of them may name what belongs to another portal."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import (
    BooleanFieldListFilter,
    ChoicesFieldListFilter,
    DateFieldListFilter,
    EmptyFieldListFilter,
    FieldListFilter,
    ListFilter,
    RelatedFieldListFilter,
    SimpleListFilter,
)
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.translation import gettext

# As a list's page asks: by one value, a range or "none"; never by the beginning of a value.
_ASKED = {"exact", "in", "isnull", "isempty", "gte", "gt", "lte", "lt", "year", "month", "day"}


class TenantRelatedFilter(RelatedFieldListFilter):
    """Django's own would list the rows of all portals."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = model_admin.offered(field.remote_field.model, request)
        return [(row.pk, str(row)) for row in rows]


class IsSetFilter(EmptyFieldListFilter):
    """Whether a thing has happened: "revoked", yes or no."""

    def choices(self, changelist: Any) -> Any:
        words = {"1": gettext("No"), "0": gettext("Yes")}
        for choice, value in zip(super().choices(changelist), (None, "1", "0"), strict=True):
            yield choice if value is None else {**choice, "display": words[value]}


# They list what the model's code says, or nothing.
_HARMLESS = (
    BooleanFieldListFilter,
    ChoicesFieldListFilter,
    DateFieldListFilter,
    EmptyFieldListFilter,
    TenantRelatedFilter,
)


def safe_filter(model: type[models.Model], item: Any) -> Any:
    """An entry of `list_filter` with its class spelt out. Raises ImproperlyConfigured where the
    class could list values of other portals."""
    if isinstance(item, type) and issubclass(item, SimpleListFilter):
        return item  # its choices are the author's
    path, chosen = item if isinstance(item, (list, tuple)) else (item, None)
    chosen = chosen or _class_for(get_fields_from_path(model, path)[-1])
    if not issubclass(chosen, _HARMLESS):
        raise ImproperlyConfigured(
            f"list_filter {path!r} of {model.__name__} would list values of all portals."
        )
    return path, chosen


def is_asked_by(
    model: type[models.Model], lookup: str, filters: Sequence[Any], date_hierarchy: str | None
) -> bool:
    """Whether a list with these filters asks by `lookup`. By any other, somebody could guess a
    column that is not shown letter by letter."""
    paths = [date_hierarchy] if date_hierarchy else []
    for item in filters:
        if isinstance(item, type):
            if lookup == getattr(item, "parameter_name", None):
                return True
        else:
            paths.append(item[0])
    return any(_is_on(model, lookup, path) for path in paths)


def _is_on(model: type[models.Model], lookup: str, path: str) -> bool:
    if lookup != path and not lookup.startswith(path + LOOKUP_SEP):
        return False
    rest = lookup[len(path) :].split(LOOKUP_SEP)[1:]
    field: Any = get_fields_from_path(model, path)[-1]
    if field.is_relation and rest and rest[0] == field.target_field.name:
        rest = rest[1:]
    return len(rest) <= 1 and set(rest) <= _ASKED


def _class_for(field: Any) -> type[ListFilter]:
    if field.is_relation:
        return TenantRelatedFilter
    if isinstance(field, models.BooleanField):
        return BooleanFieldListFilter
    if field.flatchoices:
        return ChoicesFieldListFilter
    if isinstance(field, models.DateField):
        return DateFieldListFilter
    return FieldListFilter  # lists the values of a column
