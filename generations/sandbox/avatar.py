"""LUMIQ's avatar video, as the sandbox makes it: the clip cut anew, with the person in a plate."""

from pathlib import Path

from generations.sandbox import clip as source
from generations.sandbox import cutout, lettering, plate, sound
from generations.sandbox.encode import FRAMES_PER_SECOND, open_mp4
from generations.sandbox.watermark import Watermark

SIZES: dict[str, tuple[int, int]] = {
    "9:16": (720, 1280),
    "16:9": (1280, 720),
    "1:1": (720, 720),
    "4:5": (720, 900),
}
_MARGIN = 28


def render_avatar(
    *,
    clip: Path,
    photo: Path,
    duration_seconds: int,
    ratio: str,
    output: Path,
    is_test: bool = False,
) -> None:
    """Write exactly `duration_seconds` of MP4 in `ratio` (a key of SIZES), 24 frames a second.

    Raises RenderError where the photo or the clip cannot be read.
    """
    width, height = SIZES[ratio]
    frames = duration_seconds * FRAMES_PER_SECOND
    head = cutout.cut_head(cutout.open_photo(photo), plate.FACE_HEIGHT)
    samples = source.read_sound(clip, duration_seconds)
    if samples is None:
        samples = sound.synthesise_hum(duration_seconds)
    loudness = plate.measure_loudness(samples, frames, FRAMES_PER_SECOND)
    rise = height // 9 if height > width else _MARGIN  # phones lay their buttons over the foot
    lower_third = plate.Plate(head, (_MARGIN, height - plate.SIZE[1] - rise))
    mark = lettering.draw_mark()
    corner = (width - 96 - _MARGIN, _MARGIN)
    watermark = Watermark((width, height)) if is_test else None
    with open_mp4(output, (width, height)) as writer:
        writer.add_sound(samples)
        pictures = source.play_pictures(clip, (width, height), FRAMES_PER_SECOND, frames)
        for frame, picture in enumerate(pictures):
            stack = picture.copy()
            lower_third.draw(stack, frame, loudness)
            mark.lay_on(stack, corner)
            if watermark:
                watermark.lay_on(stack)
            writer.add_frame(stack)
