"""Forms of the account pages. They check input; what follows is done by accounts.people."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.mails.choices import CHOICES
from accounts.models import Tenant, User


class SignUpForm(forms.Form):
    email = forms.EmailField(
        label=_("Email"),
        error_messages={"required": _("Give your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    display_name = forms.CharField(
        label=_("Your name"),
        max_length=60,
        required=False,
        help_text=_("Shown beside videos that you publish. You can leave it out."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 8 characters, not only digits."),
        error_messages={"required": _("Choose a password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tenant = tenant

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if User.objects.filter(tenant=self._tenant, email__iexact=email).exists():
            raise ValidationError(
                _("There is an account with this address. Sign in, or reset the password.")
            )
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "password" in data:
            person = User(email=data.get("email", ""), display_name=data.get("display_name", ""))
            try:
                validate_password(data["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return data


class SignInForm(forms.Form):
    username = forms.EmailField(
        label=_("Email"),
        error_messages={"required": _("Give your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        error_messages={"required": _("Give your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "username" in data and "password" in data:
            self.user = authenticate(
                self._request, username=data["username"], password=data["password"]
            )
            if self.user is None:
                raise ValidationError(
                    _("Address and password do not belong together. Check both and try again.")
                )
        return data


class PasswordResetForm(forms.Form):
    email = forms.EmailField(
        label=_("Email"),
        error_messages={"required": _("Give your email address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


# Generic for the type checker only.
class MailChoicesForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = list(CHOICES)
        labels = CHOICES
        help_texts = dict.fromkeys(CHOICES, "")


class VoucherForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        help_text=_("As it is printed. Capitals, spaces and dashes do not matter."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "voucher-code",
                "dir": "ltr",
            }
        ),
    )
