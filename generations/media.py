"""What a fan's file is, and a clean copy of it. Knows files only: no rows, no storage.

Every function raises UnusableUpload with a sentence for the person.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import av
import pillow_heif
from av.error import FFmpegError
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from generations.errors import UnusableUpload

pillow_heif.register_heif_opener()

PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MIN_PHOTO_SIDE = 256
MAX_PHOTO_PIXELS = 40_000_000
STORED_PHOTO_SIDE = 3000
PHOTO_QUALITY = 92

CLIP_CODECS = ("h264", "hevc", "mpeg4")
CLIP_SECONDS_TOLERANCE = 0.25
MAX_CLIP_SIDE = 3840

# What Pillow raises on files that are broken in one way or another, found by mutating files.
_BROKEN_PHOTO = (
    UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, TypeError, struct.error,
    LookupError, ArithmeticError,
)  # fmt: skip


def look_at_photo(file: BinaryIO) -> tuple[int, int]:
    """Width and height by the file's head: quick, and no promise that the rest is whole."""
    with _photo_errors():
        picture = Image.open(file, formats=PHOTO_FORMATS)
        _check_dimensions(picture.width, picture.height)
        return picture.width, picture.height


def encode_photo(file: BinaryIO) -> tuple[bytes, int, int]:
    """Upright, at most 3000 pixels a side, as a JPEG without metadata; its width and height."""
    with _photo_errors():
        picture = Image.open(file, formats=PHOTO_FORMATS)
        _check_dimensions(picture.width, picture.height)
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((STORED_PHOTO_SIDE, STORED_PHOTO_SIDE))
        flat = _flatten(upright)
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=PHOTO_QUALITY, optimize=True)
    return buffer.getvalue(), flat.width, flat.height


def crop_photo(file: BinaryIO, edges: tuple[int, int, int, int]) -> tuple[bytes, int, int]:
    """A part of one of our own JPEGs, as another one; its width and height."""
    with _photo_errors():
        part = Image.open(file, formats=("JPEG",)).crop(edges)
    buffer = io.BytesIO()
    part.save(buffer, "JPEG", quality=PHOTO_QUALITY, optimize=True)
    return buffer.getvalue(), part.width, part.height


def probe_clip(path: Path) -> tuple[int, int, float]:
    """Width, height and seconds. The format is forced: a playlist by another name opens nothing."""
    try:
        with av.open(str(path), format="mov") as container:
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise ValueError("no decoder for this codec")
            codec = stream.codec_context.name
            width, height = stream.codec_context.width, stream.codec_context.height
            seconds = float(container.duration or 0) / av.time_base
            next(container.decode(stream))
    except (FFmpegError, IndexError, StopIteration, ValueError) as error:
        raise UnusableUpload(
            "not_a_clip", _("We could not read this clip. Choose an MP4 or MOV file.")
        ) from error
    if codec not in CLIP_CODECS or max(width, height) > MAX_CLIP_SIDE:
        raise UnusableUpload(
            "not_a_clip",
            _("This kind of clip cannot be used. Choose an MP4 of H.264 up to 4K."),
        )
    least, most = settings.LUMIQ_CLIP_SECONDS
    if not least - CLIP_SECONDS_TOLERANCE <= seconds <= most + CLIP_SECONDS_TOLERANCE:
        raise UnusableUpload(
            "wrong_duration",
            _(
                "The clip is %(seconds)s seconds long; it must be %(least)s to %(most)s. "
                "Cut it and try again."
            )
            % {
                "seconds": f"{seconds:.1f}",
                "least": least,
                "most": most,
            },
        )
    return width, height, seconds


def remux_clip(source: Path, target: Path) -> None:
    """Copy picture and sound into a new container: the old tags (place, device) stay behind."""
    try:
        with (
            av.open(str(source), format="mov") as old,
            av.open(str(target), "w", options={"movflags": "+faststart"}) as new,
        ):
            kept = [*old.streams.video[:1], *old.streams.audio[:1]]
            copies = {stream.index: new.add_stream_from_template(stream) for stream in kept}
            for packet in old.demux(kept):
                if packet.dts is not None:
                    packet.stream = copies[packet.stream.index]
                    new.mux(packet)
    except (FFmpegError, ValueError) as error:
        raise UnusableUpload(
            "not_a_clip", _("We could not read this clip to its end. Choose another file.")
        ) from error


@contextmanager
def _photo_errors() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except _BROKEN_PHOTO as error:
        raise UnusableUpload(
            "not_a_photo",
            _("We could not read this photo. Choose a JPG, PNG, HEIC or WebP file."),
        ) from error


def _check_dimensions(width: int, height: int) -> None:
    if width * height > MAX_PHOTO_PIXELS:
        raise _too_many_pixels()
    if min(width, height) < MIN_PHOTO_SIDE:
        raise UnusableUpload(
            "too_small",
            _(
                "The photo is %(width)s × %(height)s pixels; each side needs at least %(least)s. "
                "Choose a larger one."
            )
            % {"width": width, "height": height, "least": MIN_PHOTO_SIDE},
        )


def _too_many_pixels() -> UnusableUpload:
    return UnusableUpload(
        "too_many_pixels",
        _("The photo has more than 40 million pixels. Choose a smaller one."),
    )


def _flatten(picture: Image.Image) -> Image.Image:
    """RGB on white, without metadata: a new picture, so that nothing of the old file stays."""
    rgba = picture.convert("RGBA")
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    return flat
