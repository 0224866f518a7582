"""Base classes for rows that the admin shows and never writes."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline


class _NoWrites:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_NoWrites, ModelAdmin):
    show_full_result_count = False


class ReadOnlyInline(_NoWrites, TabularInline):
    extra = 0
    show_change_link = False
