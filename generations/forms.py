"""Forms of the steps to an order. They check fields; files are taken in by generations.uploads."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Tenant
from generations import consents, team_names
from generations.lumiq.contract import AVATAR_CREDITS, AVATAR_RATIOS, TEAMS
from generations.models import Consent, Draft, Generation, Voice

_NO_SUCH_TEAM = _("There is no such team. Pick one of the 48.")


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPG, PNG, HEIC or WebP · up to 10 MB · at least 256 pixels on each side"),
        # Without HEIC: an iPhone turns its photos into JPEG then. It is taken all the same.
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    crop_left = forms.IntegerField(required=False, widget=forms.HiddenInput)
    crop_top = forms.IntegerField(required=False, widget=forms.HiddenInput)
    crop_width = forms.IntegerField(required=False, widget=forms.HiddenInput)


class CaptionForm(forms.Form):
    caption = forms.CharField(
        label=_("Name of this video"),
        required=False,
        max_length=140,
        help_text=_("In your own words, up to 140 signs. Whoever may see the video sees it too."),
        error_messages={
            "max_length": _("The name has %(show_value)s signs; at most %(limit_value)s are kept.")
        },
    )

    spoken_words = forms.CharField(
        label=_("What is said in it"),
        required=False,
        max_length=600,
        help_text=_("For those who cannot hear it: shown as captions, a line at a time."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, video: Generation, **options: Any) -> None:
        initial = {"caption": video.caption, "spoken_words": video.spoken_words}
        super().__init__(*args, **{**options, "initial": initial})
        if video.product == Generation.Product.FOOTBALL:
            del self.fields["spoken_words"]  # a crowd says nothing

    def clean_caption(self) -> str:
        """On one line: a list has no room for more."""
        return " ".join(self.cleaned_data["caption"].split())


class TeamsForm(forms.Form):
    team_left = forms.ChoiceField(
        label=_("Your team"),
        error_messages={"required": _("Pick your team."), "invalid_choice": _NO_SUCH_TEAM},
    )
    team_right = forms.ChoiceField(
        label=_("Other side"),
        error_messages={"required": _("Pick the other side."), "invalid_choice": _NO_SUCH_TEAM},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        teams = [(team, team_names.shown_name(team)) for team in team_names.in_order(TEAMS)]
        for name in ("team_left", "team_right"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Choose a team")), *teams]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        left, right = data.get("team_left"), data.get("team_right")
        if left and left == right:
            self.add_error("team_right", _("Both sides are the same team. Pick another one here."))
        return data


class ClipForm(forms.Form):
    clip = forms.FileField(
        label=_("Clip"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "video/mp4,video/quicktime"}),
    )
    duration_seconds = forms.TypedChoiceField(
        label=_("Length of the video"),
        coerce=int,
        choices=[(str(seconds), seconds) for seconds in AVATAR_CREDITS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how long the video is.")},
    )
    ratio = forms.ChoiceField(
        label=_("Shape of the video"),
        choices=[(ratio, ratio) for ratio in AVATAR_RATIOS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the shape of the video.")},
    )
    voice_id = forms.ChoiceField(
        label=_("Voice"),
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("This voice is not offered any more. Choose another.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        least, most = settings.LUMIQ_CLIP_SECONDS
        self.fields["clip"].help_text = _(
            "MP4 or MOV · %(least)s to %(most)s seconds · up to 100 MB"
        ) % {"least": least, "most": most}
        voice = self.fields["voice_id"]
        assert isinstance(voice, forms.ChoiceField)
        offered = Voice.objects.offered().values_list("voice_id", "name")
        voice.choices = [("", _("Standard voice (female, US English)")), *offered]


class ConsentForm(forms.Form):
    relation = forms.ChoiceField(
        label=_("Who is in the photo?"),
        choices=[
            (Consent.Relation.SELF, _("I am")),
            (Consent.Relation.ADULT, _("Another adult, who has agreed")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say who is in the photo.")},
    )
    subject_name = forms.CharField(
        label=_("Their name"),
        required=False,
        max_length=80,
        help_text=_("For the receipt only. It is shown to nobody else."),
    )
    making = forms.BooleanField(
        error_messages={
            "required": _("Tick this box: without it we may not send the photo. Nothing was sent.")
        },
    )
    gallery = forms.BooleanField(required=False)

    def __init__(self, *args: Any, draft: Draft, tenant: Tenant, **options: Any) -> None:
        ticked = {given["purpose"]: given for given in draft.consents}
        first = next(iter(draft.consents), {"relation": "", "subject_name": ""})
        initial = {
            "relation": first["relation"],
            "subject_name": first["subject_name"],
            **dict.fromkeys(ticked, True),
        }
        super().__init__(*args, **{**options, "initial": initial})
        for purpose in Consent.Purpose:
            self.fields[purpose].label = consents.statement_for(purpose, tenant, draft.product)

    def clean_subject_name(self) -> str:
        printable = "".join(filter(str.isprintable, self.cleaned_data["subject_name"]))
        # Of oneself, the account says it.
        return printable if self.data.get("relation") == Consent.Relation.ADULT else ""


class ReviewForm(forms.Form):
    order_nonce = forms.UUIDField(widget=forms.HiddenInput)
