"""Forms of the account's API keys. They check input; what follows is done by accounts.api_keys."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey
from accounts.models.api_key import Scope, all_scopes
from accounts.networks import NotANetwork, normalise_network, shorten_network

MOST_NETWORKS = 20
HIGHEST_CAP = 1_000_000_000
KINDS = [("live", _("Live")), ("test", _("Test"))]
LIFETIMES = [
    ("", _("Never")),
    ("7", _("In 7 days")),
    ("30", _("In 30 days")),
    ("90", _("In 90 days")),
    ("365", _("In a year")),
]


class NetworksField(forms.CharField):
    """Addresses and networks, with spaces, commas or lines between them; a list in the end."""

    widget = forms.Textarea(
        attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off", "dir": "ltr"}
    )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(shorten_network, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        texts = re.split(r"[\s,;]+", super().clean(value))
        networks = list(dict.fromkeys(self._normalise(text) for text in texts if text))
        if len(networks) > MOST_NETWORKS:
            raise ValidationError(
                _("Give at most %(most)s networks. A larger network can stand for several."),
                params={"most": MOST_NETWORKS},
            )
        return networks

    def _normalise(self, text: str) -> str:
        try:
            return normalise_network(text)
        except NotANetwork as error:
            if error.meant:
                message = _(
                    "“%(text)s” is an address within a network: %(network)s or %(address)s?"
                )
                params = {"text": text, "network": error.meant[0], "address": error.meant[1]}
            else:
                message = _("“%(text)s” is no address and no network.")
                params = {"text": text[:60]}
            raise ValidationError(message, params=params) from None


class ApiKeyForm(forms.Form):
    """What can be changed of a key."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("What it is for. Only you see it."),
        error_messages={"required": _("Give the key a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Scope.choices,
        initial=all_scopes,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one thing that the key may do.")},
    )
    credit_cap = forms.IntegerField(
        label=_("Credit cap"),
        min_value=0,
        max_value=HIGHEST_CAP,
        required=False,
        help_text=_("Credits that it may spend in all. Leave it empty for no cap."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    allowed_networks = NetworksField(
        label=_("Networks"),
        required=False,
        max_length=2000,
        help_text=_(
            "Addresses that it may be used from, such as 203.0.113.7 or 203.0.113.0/24, one a "
            "line. Leave it empty for all."
        ),
    )

    @classmethod
    def for_key(cls, key: ApiKey, data: Any = None) -> "ApiKeyForm":
        initial = {name: getattr(key, name) for name in cls.base_fields}
        return cls(data, initial=initial)


class NewApiKeyForm(ApiKeyForm):
    form_nonce = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=KINDS, initial="live", widget=forms.RadioSelect
    )
    lifetime = forms.ChoiceField(
        label=_("Expires"),
        choices=LIFETIMES,
        required=False,
        help_text=_("It stops working then by itself."),
    )

    def as_properties(self) -> dict[str, Any]:
        """What accounts.api_keys.issue takes."""
        data = dict(self.cleaned_data)
        return {
            "is_test": data.pop("kind") == "test",
            "expires_at": _end_of(data.pop("lifetime")),
            **data,
        }


def _end_of(lifetime: str) -> datetime | None:
    return timezone.now() + timedelta(days=int(lifetime)) if lifetime else None
