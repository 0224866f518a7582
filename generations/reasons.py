"""Why a video was not made, in a sentence for whoever ordered it."""

from django.utils.translation import gettext as _

from generations.models import Generation
from generations.states import Reason, Status


def sentence(generation: Generation) -> str | None:
    """None where it is on its way or made. All credits went back in each of these cases."""
    if generation.status == Status.CANCELLED:
        return _("It was cancelled before it was made.")
    if generation.status != Status.FAILED:
        return None
    sentences = {
        Reason.PHOTO_UNUSABLE: _("The photo could not be used. Send another one."),
        Reason.CLIP_UNUSABLE: _("The clip could not be used. Send another one."),
        Reason.REFUSED_UPSTREAM: _("No video could be made of this. Send other files."),
        Reason.TIMED_OUT: _("It took too long. Order it again."),
        Reason.FILE_LOST: _("The finished video was lost. Order it again."),
    }
    reason = Reason(generation.reason) if generation.reason else Reason.FAILED_UPSTREAM
    return sentences.get(reason, _("The video did not come out. Order it again."))
