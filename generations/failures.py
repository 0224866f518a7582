"""Why a video was not made and what to do now, for the fan who ordered it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from generations.models import Generation
from generations.retries import MOST_RETRIES, Obstacle
from generations.states import Reason, Status

_TITLES = {
    Reason.PHOTO_UNUSABLE: gettext_lazy("We could not read your photo"),
    Reason.CLIP_UNUSABLE: gettext_lazy("We could not use the clip"),
    Reason.REFUSED_UPSTREAM: gettext_lazy("The video could not be made from this"),
    Reason.TIMED_OUT: gettext_lazy("This took too long"),
    Reason.FILE_LOST: gettext_lazy("The finished video was lost"),
}
_EXPLAINED = {
    Reason.TIMED_OUT: gettext_lazy("We stopped waiting for it. Your photo is fine."),
    Reason.FILE_LOST: gettext_lazy("That was not your photo's fault."),
    Reason.FAILED_UPSTREAM: gettext_lazy("That was not your photo's fault."),
}


@dataclass(frozen=True)
class Failure:
    """`title` says what happened, `advice` what to do."""

    title: str
    advice: str


def explain(generation: Generation, obstacle: Obstacle | None) -> Failure:
    """`obstacle` is what keeps it from being ordered again with the same files."""
    if generation.status == Status.CANCELLED:
        return Failure(_("You cancelled this video"), "")
    reason = Reason(generation.reason) if generation.reason else Reason.FAILED_UPSTREAM
    title = str(_TITLES.get(reason, _("The video did not come out")))
    if obstacle == Obstacle.FILES_UNFIT:
        return Failure(title, _other_files(generation, reason))
    return Failure(title, f"{_EXPLAINED.get(reason, '')} {_next_step(obstacle)}".strip())


def _other_files(generation: Generation, reason: Reason) -> str:
    if reason == Reason.PHOTO_UNUSABLE:
        return _("Upload it again, or choose another one.")
    if reason == Reason.CLIP_UNUSABLE:
        return _("Use a steady clip of 5 to 20 seconds with one person in it.")
    if generation.clip_id:
        return _("Try another photo or another clip.")
    return _("Try another photo: one where you look at the camera and nobody else is in it.")


def _next_step(obstacle: Obstacle | None) -> str:
    if obstacle is None:
        return _("Order it again: the same photo will do, and you need not upload it.")
    if obstacle == Obstacle.FILES_GONE:
        return _("Order it again: your photo is no longer kept, so upload it once more.")
    if obstacle == Obstacle.TOO_OFTEN:
        return ngettext(
            "You ordered it again %(n)s time, and it failed each time. Use another photo.",
            "You ordered it again %(n)s times, and it failed each time. Use another photo.",
            MOST_RETRIES,
        ) % {"n": MOST_RETRIES}
    return _("You have ordered it again.")
