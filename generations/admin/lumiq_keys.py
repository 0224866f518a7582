"""The master LUMIQ keys. A key is typed in once, kept encrypted and never shown again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget

from generations.models import LumiqKey
from generations.models.lumiq_key import fingerprint_of


class LumiqKeyForm(forms.ModelForm):
    new_key = forms.CharField(
        label="Key",
        max_length=200,
        strip=True,
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text="Written once; it cannot be shown or changed afterwards.",
    )

    class Meta:
        model = LumiqKey
        fields = ["name", "is_active"]

    def clean_new_key(self) -> str:
        key: str = self.cleaned_data["new_key"]
        if self.instance.pk is None and not key:
            raise forms.ValidationError("Write the key.")
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise forms.ValidationError("This holds characters that no key has. Copy it again.")
        if key and LumiqKey.objects.filter(fingerprint=fingerprint_of(key)).exists():
            raise forms.ValidationError("This key is in the list already.")
        return key


@admin.register(LumiqKey)
class LumiqKeyAdmin(ModelAdmin):
    form = LumiqKeyForm
    list_display = ["name", "fingerprint", "is_active", "balance_credits", "seen_at", "refused_at"]
    readonly_fields = [
        "fingerprint",
        "balance_credits",
        "account_email",
        "bought_credits",
        "seen_at",
        "refused_at",
    ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return ["name", "is_active", "new_key"]
        return ["name", "is_active", *self.readonly_fields]

    def save_model(self, request: HttpRequest, obj: LumiqKey, form: Any, change: bool) -> None:
        if not change:
            obj.set_key(form.cleaned_data["new_key"])
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # videos that a key began can only be fetched with it
