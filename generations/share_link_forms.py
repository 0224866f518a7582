"""Forms about sharing: a link's terms, and which sites may show a video."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.embedding import EmbedPolicy, require_domains, validate_domains
from generations.models import ShareLink

LONGEST_NAME = 60
SHORTEST_PASSWORD, LONGEST_PASSWORD = 6, 128
MOST_VIEWS = 1_000_000
LONGEST_DAYS = 3650


class ShareLinkForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), required=False, help_text=_("Only you see it."),
        widget=forms.TextInput(
            attrs={"placeholder": _("Family"), "autocomplete": "off", "maxlength": LONGEST_NAME}
        ),
    )  # fmt: skip
    last_day = forms.DateField(
        label=_("Last day"), required=False,
        help_text=_("The link works until the end of that day, UTC."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    max_views = forms.IntegerField(
        label=_("How many views"), required=False, min_value=1, max_value=MOST_VIEWS,
        help_text=_("Then the link closes. Each visitor presses a button to watch."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), required=False, strip=False,
        min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD,
        help_text=_("At least 6 characters. Send it by another way than the link."),
        error_messages={"min_length": _("Give the password at least 6 characters.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    without_password = forms.BooleanField(label=_("Take the password away"), required=False)

    def __init__(self, *args: Any, link: ShareLink | None = None, **kwargs: Any) -> None:
        self.link = link
        if link is not None:
            kwargs["initial"] = {
                "name": link.name,
                "last_day": link.expires_at and (link.expires_at - timedelta(seconds=1)).date(),
                "max_views": link.max_views,
            }
        super().__init__(*args, **kwargs)
        self.fields["last_day"].widget.attrs["min"] = timezone.now().date().isoformat()
        if link is None or not link.password:
            del self.fields["without_password"]

    def clean_name(self) -> str:
        return "".join(filter(str.isprintable, self.cleaned_data["name"])).strip()[:LONGEST_NAME]

    def clean_last_day(self) -> date | None:
        day: date | None = self.cleaned_data["last_day"]
        today = timezone.now().date()
        if day and not today <= day <= today + timedelta(days=LONGEST_DAYS):
            raise ValidationError(_("Choose today or a later day, within ten years."))
        return day

    @property
    def terms(self) -> dict[str, Any]:
        """What sharing.create_link and edit_link take."""
        data = self.cleaned_data
        kept = None if self.link else ""
        return {
            "name": data["name"] or str(_("Link")),
            "expires_at": _end_of(data["last_day"]),
            "max_views": data["max_views"],
            "password": "" if data.get("without_password") else data["password"] or kept,
        }


class EmbedForm(forms.Form):
    embedding = forms.ChoiceField(
        label=_("Which sites may show it"), required=False, widget=forms.RadioSelect,
        choices=[("", _("As this portal has it")), *EmbedPolicy.choices],
    )  # fmt: skip
    embed_domains = forms.CharField(
        label=_("Sites"), required=False, max_length=5000, validators=[validate_domains],
        help_text=_("One a line: example.com, or *.example.com for all that end so."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "embed_domains" in data:
            try:
                require_domains(data.get("embedding", ""), data["embed_domains"])
            except ValidationError as error:
                self.add_error("embed_domains", error)
        return data


def _end_of(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
