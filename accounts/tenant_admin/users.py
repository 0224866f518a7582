"""The portal's people: invited, closed, and given credits from the pool.

Who is staff is the platform's choice. Staff can't close one another, and nobody here sets the
address or the password of an account: with these, one could become somebody else.
"""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import ledger, people
from accounts.errors import InsufficientCredits, PoolBlocked, ReferenceReused
from accounts.models import CreditAccount, User
from accounts.models.user import normalise_email
from accounts.tenant_admin.rules import tenant_of
from accounts.tenant_admin.scope import TenantModelAdmin
from accounts.tenant_admin.site import tenant_site

MOST_CREDITS = 10_000_000


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["email", "display_name", "is_active", "allowance", "allowance_period"]

    def clean_email(self) -> str:
        return normalise_email(self.cleaned_data["email"])


class AllocationForm(forms.Form):
    credits = forms.IntegerField(label=gettext_lazy("Credits"), min_value=1, max_value=MOST_CREDITS)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The user reads it in the wallet."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    # Made when the form is shown: sent twice, it gives once.
    nonce = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)


@admin.register(User, site=tenant_site)
class UserAdmin(TenantModelAdmin):
    tenant_path = "tenant"
    allows = ("add", "change")
    form = UserForm
    change_form_template = "user_change_form.html"
    list_display = ["email", "display_name", "wallet", "is_active", "date_joined"]
    list_filter = ["is_active", "is_tenant_staff", "date_joined"]
    filter_titles = {
        "is_active": gettext_lazy("may sign in"),
        "is_tenant_staff": gettext_lazy("staff"),
        "date_joined": gettext_lazy("when they joined"),
    }
    search_fields = ["email", "display_name"]
    invited_fields = ["email", "display_name"]
    # Also of staff, whose accounts are the platform's to close.
    editable = {"display_name", "allowance", "allowance_period"}
    shown_fields = [
        "email", "display_name", "is_active", "is_tenant_staff", "wallet", "held", "available",
        "allowance", "allowance_period", "date_joined", "last_login",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        wallet = CreditAccount.objects.filter(kind="wallet", user=OuterRef("pk"))
        credits = Coalesce(Subquery(wallet.values("balance")[:1]), 0)
        rows: QuerySet[User] = super().get_queryset(request).annotate(wallet_credits=credits)
        return rows

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.allocation_view)
        name = "accounts_user_allocation"
        return [path("<path:object_id>/allocation/", view, name=name), *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.invited_fields if obj is None else self.shown_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        editable = self.editable if obj.is_tenant_staff else self.editable | {"is_active"}
        return [name for name in self.shown_fields if name not in editable]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change:
            people.welcome(obj)
            people.invite(obj)

    def allocation_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.get_object(request, unquote(object_id))
        if user is None:
            return self.not_here(request, object_id)
        form = AllocationForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._allocate(request, user, form):
            return redirect("admin:accounts_user_change", quote(user.pk))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Credits for %(user)s") % {"user": user},
            "opts": self.opts,
            "original": user,
            "form": form,
            "pool": ledger.pool_of(tenant_of(request)),
        }
        return TemplateResponse(request, "allocation.html", context)

    def _allocate(self, request: HttpRequest, user: User, form: AllocationForm) -> bool:
        credits = form.cleaned_data["credits"]
        try:
            ledger.allocate_to_user(
                user,
                credits,
                reference=f"allocation:{form.cleaned_data['nonce']}",
                note=form.cleaned_data["note"],
            )
        except PoolBlocked as error:
            told = _(
                "The portal owes the platform %(owed)s credits. Until they are paid the pool gives "
                "nothing: top it up, or ask the platform. Nothing was moved."
            )
            form.add_error("credits", told % {"owed": error.owed})
            return False
        except InsufficientCredits as error:
            told = _("The pool has %(available)s credits. Nothing was moved.")
            form.add_error("credits", told % {"available": error.available})
            return False
        except ReferenceReused:
            form.add_error(None, _("This form was sent before. Nothing was moved; open it anew."))
            return False
        given = {"credits": credits, "user": user}
        self.log_change(request, user, _("Gave %(credits)s credits from the pool.") % given)
        told = _("%(user)s has %(credits)s credits more, from the pool.") % given
        self.message_user(request, told, messages.SUCCESS)
        return True

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        user = kwargs.get("obj")
        if user is not None:
            context["allocation_url"] = reverse("admin:accounts_user_allocation", args=[user.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("Credits"), ordering="wallet_credits")
    def wallet(self, user: Any) -> str:
        return f"{user.wallet_credits:,}"

    @admin.display(description=gettext_lazy("May spend, with the pool"))
    def available(self, user: User) -> int:
        return ledger.balance_of(user).available

    @admin.display(description=gettext_lazy("Held for videos"))
    def held(self, user: User) -> str:
        return f"{ledger.balance_of(user).held:,}"
