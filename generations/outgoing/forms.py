"""The forms of the webhook pages. A form that is valid has been acted on by `endpoints.create`."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from generations.models import WebhookEndpoint
from generations.models.webhook import FILTERED
from generations.outgoing import endpoints
from generations.outgoing.addresses import MOST_CHARACTERS, RefusedAddress


class EndpointForm(forms.Form):
    description = forms.CharField(
        label=_("What it is for"), max_length=80, required=False, help_text=_("Only you see it.")
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(kind.value, kind.label) for kind in FILTERED],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose one event at least, or switch the endpoint off.")},
    )


class NewEndpointForm(EndpointForm):
    """Once it is valid, `endpoint` is the new one."""

    url = forms.CharField(
        label=_("Address"),
        max_length=MOST_CHARACTERS,
        help_text=_("https:// and the name of your server; port 443 or 8443."),
        widget=forms.URLInput(
            attrs={"placeholder": "https://example.com/hook", "autocomplete": "off"}
        ),
    )

    field_order = ["url", "description", "events"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"events": [kind.value for kind in FILTERED]})
        super().__init__(*args, **kwargs)
        self._user = user
        self.endpoint: WebhookEndpoint | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        try:
            self.endpoint = endpoints.create(self._user, **data)
        except RefusedAddress as refusal:
            self.add_error("url", refusal.message)
        except endpoints.KnownAddress:
            self.add_error("url", _("You have an endpoint with this address already."))
        except endpoints.TooManyEndpoints:
            raise ValidationError(
                _("You have %(most)d endpoints. Delete one before you add another."),
                params={"most": endpoints.MOST_ENDPOINTS},
            ) from None
        return data
