"""The master LUMIQ keys, their accounts and what LUMIQ's figures say beside ours.

A key is typed in once, kept encrypted and never shown again.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from generations.models import AccountReading, LumiqAccount, LumiqKey
from generations.models.lumiq_key import fingerprint_of

MOST_READINGS = 100


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
    list_display = ["name", "fingerprint", "account", "is_active", "breaker", "probe_at"]
    list_select_related = ["account"]
    readonly_fields = ["fingerprint", "account", "breaker", "broken_at", "probe_at", "rests_until"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LumiqKey]:
        """The sandbox's for test orders is the settings' matter."""
        return LumiqKey.objects.masters()

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


class ReadingInline(ReadOnlyInline):
    model = AccountReading
    verbose_name_plural = "LUMIQ's figures beside ours, the newest first"
    hide_title = True
    fields = [
        "read_at", "verdict", "balance_credits", "spent_credits", "explained_credits",
        "in_flight_credits", "unclear_credits", "booked_credits", "drift_credits",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountReading]:
        """The newest: there is one for each hour and each change."""
        newest = AccountReading.objects.order_by("-pk")
        account_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else 0
        pks = newest.filter(account_id=account_id).values_list("pk", flat=True)[:MOST_READINGS]
        return newest.filter(pk__in=list(pks))


@admin.register(LumiqAccount)
class LumiqAccountAdmin(ReadOnlyAdmin):
    list_display = ["name", "balance_credits", "spent_credits", "seen_at", "settled_at"]
    fields = [
        "name", "balance_credits", "bought_credits", "spent_credits", "spent_before_credits",
        "booked_credits", "gives_back", "read_at", "seen_at", "settled_at",
    ]  # fmt: skip
    readonly_fields = ["gives_back"]
    inlines = [ReadingInline]

    @admin.display(description="Gives credits of failed videos back")
    def gives_back(self, account: LumiqAccount) -> str:
        return {None: "not seen yet", True: "yes", False: "no"}[account.refunds_failed]
