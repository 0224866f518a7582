"""Why a video was not made, in a sentence for the customer's programs: so it is not translated."""

from generations.models import Generation
from generations.states import Reason, Status

_SENTENCES: dict[str, str] = {
    Reason.PHOTO_UNUSABLE: "The photo could not be used. Send another one.",
    Reason.CLIP_UNUSABLE: "The clip could not be used. Send another one.",
    Reason.REFUSED_UPSTREAM: "No video could be made of this. Send other files.",
    Reason.TIMED_OUT: "It took too long. Order it again.",
    Reason.FILE_LOST: "The finished video was lost. Order it again.",
}


def sentence(generation: Generation) -> str | None:
    """None where it is on its way or made. The credits went back in all other cases."""
    if generation.status == Status.CANCELLED:
        return "The order was cancelled."
    if generation.status != Status.FAILED:
        return None
    return _SENTENCES.get(generation.reason, "Generation failed")
