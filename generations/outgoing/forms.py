"""The forms of the webhook pages. They check input; `endpoints` does the rest."""

from django import forms
from django.utils.translation import gettext_lazy as _

from generations.models.webhook import FILTERED
from generations.outgoing.addresses import MOST_CHARACTERS


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
    url = forms.CharField(
        label=_("Address"),
        max_length=MOST_CHARACTERS,
        help_text=_("https:// and the name of your server; port 443 or 8443."),
        widget=forms.URLInput(
            attrs={"placeholder": "https://example.com/hook", "autocomplete": "off"}
        ),
    )

    field_order = ["url", "description", "events"]
