"""Forms of the two create pages. They check fields; files are taken in by generations.uploads."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generations import team_names
from generations.lumiq.contract import AVATAR_RATIOS, TEAMS


def _team_choices() -> list[tuple[str, Any]]:
    teams = [(team, team_names.shown_name(team)) for team in team_names.in_order(TEAMS)]
    return [("", _("Choose a team")), *teams]


class _OrderForm(forms.Form):
    order_nonce = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPG, PNG, HEIC or WebP · up to 10 MB · at least 256 pixels on each side"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,.heic,.heif"}),
    )
    draft_photo = forms.UUIDField(required=False, widget=forms.HiddenInput)
    consent = forms.BooleanField(
        label=_("I am the person in the photo, or that adult has agreed"),
        error_messages={"required": _("Tick the box: we need the consent of the person shown.")},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("photo") and not data.get("draft_photo") and "photo" not in self.errors:
            self.add_error("photo", _("Add a photo of the fan. Nothing was charged."))
        return data


class FootballForm(_OrderForm):
    team_left = forms.ChoiceField(
        label=_("Your team"),
        choices=_team_choices,
        error_messages={
            "required": _("Pick your team."),
            "invalid_choice": _("There is no such team. Pick one of the 48."),
        },
    )
    team_right = forms.ChoiceField(
        label=_("Other side"),
        choices=_team_choices,
        error_messages={
            "required": _("Pick the other side."),
            "invalid_choice": _("There is no such team. Pick one of the 48."),
        },
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        left, right = data.get("team_left"), data.get("team_right")
        if left and left == right:
            self.add_error("team_right", _("Both sides are the same team. Pick another one here."))
        return data


class AvatarForm(_OrderForm):
    clip = forms.FileField(
        label=_("Clip"),
        required=False,
        help_text=_("MP4 or MOV · 5 to 20 seconds · up to 100 MB"),
        widget=forms.FileInput(attrs={"accept": "video/mp4,video/quicktime"}),
    )
    draft_clip = forms.UUIDField(required=False, widget=forms.HiddenInput)
    duration = forms.TypedChoiceField(
        label=_("Length"),
        coerce=int,
        choices=[("10", _("10 seconds")), ("20", _("20 seconds")), ("30", _("30 seconds"))],
        initial="10",
        widget=forms.RadioSelect,
    )
    ratio = forms.ChoiceField(
        label=_("Shape"),
        choices=[(ratio, ratio) for ratio in AVATAR_RATIOS],
        initial=AVATAR_RATIOS[0],
        widget=forms.RadioSelect,
    )
    voice_id = forms.CharField(
        label=_("Voice"),
        required=False,
        max_length=80,
        help_text=_("The name of a voice. Leave it empty for the standard voice."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("clip") and not data.get("draft_clip") and "clip" not in self.errors:
            self.add_error("clip", _("Add the clip to start from. Nothing was charged."))
        return data
