"""The portals' places in line: the platform sets the weights, the rest moves by itself."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from generations.models import Line


@admin.register(Line)
class LineAdmin(ModelAdmin):
    list_display = ["tenant", "weight"]
    list_editable = ["weight"]
    list_select_related = ["tenant"]
    search_fields = ["tenant__name", "tenant__slug"]
    fields = ["tenant", "weight"]
    readonly_fields = ["tenant"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # made with the portal's first order

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what waits would never have its turn
