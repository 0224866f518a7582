"""Keys of the API. A new one is part of one answer; later only its beginning can be seen."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from accounts import api_keys
from accounts.api_key_forms import NetworksField
from accounts.errors import KeyNotLive, TooManyKeys
from accounts.models import ApiKey, User
from accounts.models.api_key import Scope, all_scopes

TOO_MANY = f"This user has {api_keys.MOST_LIVE_KEYS} live keys. Revoke one first."


class IssueForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, initial=all_scopes, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    allowed_networks = NetworksField(
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Networks that it may be used from, one a line; empty: from anywhere.",
    )
    form_nonce = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    class Meta:
        model = ApiKey
        fields = [
            "user", "name", "is_test", "scopes", "expires_at", "credit_cap", "allowed_networks",
        ]  # fmt: skip

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user.tenant_id is None:
            raise ValidationError("The platform's staff have no keys: choose a portal's user.")
        if ApiKey.objects.live().for_user(user).count() >= api_keys.MOST_LIVE_KEYS:
            raise ValidationError(TOO_MANY)
        return user

    def clean_expires_at(self) -> datetime | None:
        end: datetime | None = self.cleaned_data["expires_at"]
        if end is not None and end <= timezone.now():
            raise ValidationError("This is over already.")
        return end

    def clean_form_nonce(self) -> uuid.UUID:
        nonce: uuid.UUID = self.cleaned_data["form_nonce"]
        if ApiKey.objects.filter(form_nonce=nonce).exists():
            raise ValidationError("This form was sent before; its key was shown then.")
        return nonce


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    show_full_result_count = False
    list_display = [
        "prefix", "name", "user", "is_test", "credits", "last_used_at", "expires_at", "state",
    ]  # fmt: skip
    list_select_related = ["user"]
    list_filter = ["is_test", "user__tenant"]
    search_fields = ["prefix", "name", "user__email"]
    autocomplete_fields = ["user"]
    actions = ["rotate", "revoke"]
    issued_fields = [*IssueForm.Meta.fields, "form_nonce"]
    shown_fields = [
        "prefix", "name", "user", "is_test", "may", "networks", "credits", "state", "created_at",
        "last_used_at", "expires_at", "replaced_at", "revoked_at", "origin",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_used_credits()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.issued_fields if obj is None else self.shown_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [] if obj is None else self.shown_fields

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = IssueForm
        return super().get_form(request, obj, **kwargs)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> ApiKey:
        key, text = api_keys.issue(**form.cleaned_data)
        request.shown_once = text  # type: ignore[attr-defined]  # to response_add, nowhere else
        return key

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """`save_form` has issued it."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There is nothing related."""

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._show_once(request, obj, request.shown_once)  # type: ignore[attr-defined]

    @admin.action(
        description="Rotate the chosen key: a new one in its place", permissions=["issue"]
    )
    def rotate(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> HttpResponse | None:
        if rows.count() != 1:
            self.message_user(request, "Choose one key: the new one is shown once.", messages.ERROR)
            return None
        try:
            return self._show_once(request, *api_keys.rotate(rows.get()))
        except TooManyKeys:
            self.message_user(request, TOO_MANY, messages.ERROR)
        except KeyNotLive:
            told = "This key has ended or was replaced before. Nothing was changed."
            self.message_user(request, told, messages.ERROR)
        return None

    @admin.action(description="Revoke the chosen keys at once", permissions=["issue"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        live = list(rows.filter(revoked_at=None))
        for key in live:
            api_keys.revoke(key)
        self.message_user(request, f"Keys revoked: {len(live)}.")

    @admin.display(description="Credits, of its cap")
    def credits(self, key: ApiKey) -> str:
        cap = "no cap" if key.credit_cap is None else f"of {key.credit_cap}"
        return f"{key.used_credits} ({cap})"

    @admin.display(description="May")
    def may(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description="Networks")
    def networks(self, key: ApiKey) -> str:
        return ", ".join(key.allowed_networks) or "any"

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        if key.has_expired:
            return "replaced" if key.replaced_at else "expired"
        return "being replaced" if key.replaced_at else "live"

    def has_issue_permission(self, request: HttpRequest) -> bool:
        """For actions, which has_change_permission would hide."""
        return bool(request.user.has_perm("accounts.change_apikey"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what a key may do is its owner's choice

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # it is revoked: its orders and its share of a cap stay

    def _show_once(self, request: HttpRequest, key: ApiKey, text: str) -> HttpResponse:
        """In the answer to the POST, not as a message: messages are kept until they are read."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"New key of {key.user.email}",
            "opts": self.opts,
            "key": key,
            "text": text,
        }
        answer = TemplateResponse(request, "accounts/api_key_issued_admin.html", context)
        add_never_cache_headers(answer)
        return answer
