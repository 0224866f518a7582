"""The sound of a video in words, for those who cannot hear it: WebVTT captions."""

from django.utils.translation import gettext as _

from generations.models import Generation


def build_vtt(generation: Generation) -> str:
    """In the reader's language, or the owner's words; "" where nobody has written any down."""
    lines = [_("[Crowd noise]")] if generation.team_left else generation.spoken_words.splitlines()
    shown = [line.strip() for line in lines if line.strip()]
    if not shown:
        return ""
    length = generation.video_duration_ms or generation.duration_seconds * 1000
    # Nobody knows when each is said: all get the same time.
    ends = [length * (number + 1) // len(shown) for number in range(len(shown))]
    cues = [
        f"{_time(start)} --> {_time(end)}\n{_escape(line)}\n"
        for start, end, line in zip([0, *ends], ends, shown, strict=False)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 60:02}:{seconds % 60:02}.{rest:03}"


def _escape(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
