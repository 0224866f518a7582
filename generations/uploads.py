"""Takes media from people: checks by content, re-encodes, strips what the file says about places.

What is stored, and later sent to LUMIQ, is always our own re-encoding, never the file as it came.
"""

import hashlib
import io
import struct
import tempfile
import uuid
import warnings
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

import av
import pillow_heif
from av.error import FFmpegError
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.models import User
from generations.errors import UnusableUpload
from generations.lumiq.client import FilePart
from generations.lumiq.contract import MAX_CLIP_BYTES, MAX_PHOTO_BYTES
from generations.models import Upload

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

DRAFT_LIFETIME = timedelta(hours=24)


def accept_photo(user: User, file: "UploadedFile[bytes]") -> Upload:
    """Check, turn upright, re-encode as JPEG, store. Raises UnusableUpload and leaves no file."""
    _check_size(file, MAX_PHOTO_BYTES, _("The photo"))
    picture = _open_photo(file)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=PHOTO_QUALITY, optimize=True)
    data = buffer.getvalue()
    upload = Upload(
        tenant=user.tenant,
        user=user,
        kind=Upload.Kind.PHOTO,
        content_type="image/jpeg",
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        width=picture.width,
        height=picture.height,
    )
    return _store(upload, ContentFile(data), "jpg")


def accept_clip(user: User, file: "UploadedFile[bytes]") -> Upload:
    """Check, copy the streams into a fresh MP4 and store. Raises UnusableUpload likewise."""
    _check_size(file, MAX_CLIP_BYTES, _("The clip"))
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        source, target = Path(folder) / "source", Path(folder) / "clip.mp4"
        with source.open("wb") as copy:
            for chunk in file.chunks():
                copy.write(chunk)
        width, height, seconds = _probe_clip(source)
        _remux(source, target)
        with target.open("rb") as content:
            upload = Upload(
                tenant=user.tenant,
                user=user,
                kind=Upload.Kind.CLIP,
                content_type="video/mp4",
                size_bytes=target.stat().st_size,
                sha256=hashlib.file_digest(content, "sha256").hexdigest(),
                width=width,
                height=height,
                duration_ms=round(seconds * 1000),
            )
            content.seek(0)
            return _store(upload, File(content), "mp4")


def discard(upload: Upload) -> None:
    """Remove a draft that no generation uses, with its file."""
    if Upload.objects.unused().filter(pk=upload.pk).delete()[0]:
        default_storage.delete(str(upload.file.name))


def discard_stale_drafts() -> int:
    stale = Upload.objects.unused().filter(created_at__lt=timezone.now() - DRAFT_LIFETIME)
    rows = list(stale[:100])
    for upload in rows:
        discard(upload)
    return len(rows)


def as_file_part(upload: Upload) -> FilePart:
    """For the LUMIQ client: opened from the storage when it is sent."""
    name = str(upload.file.name)
    return FilePart(
        filename="photo.jpg" if upload.kind == Upload.Kind.PHOTO else "clip.mp4",
        content_type=upload.content_type,
        size=upload.size_bytes,
        open=lambda: cast(BinaryIO, default_storage.open(name, "rb")),
    )


def _check_size(file: "UploadedFile[bytes]", most: int, what: str) -> None:
    if not file.size:
        raise UnusableUpload("empty", _("%(what)s is empty. Choose another file.") % {"what": what})
    if file.size > most:
        raise UnusableUpload(
            "too_large",
            _("%(what)s has %(size)s MB; at most %(most)s MB can be sent. Choose a smaller file.")
            % {"what": what, "size": f"{file.size / 1024**2:.1f}", "most": most // 1024**2},
        )


def _open_photo(file: "UploadedFile[bytes]") -> Image.Image:
    unreadable = UnusableUpload(
        "not_a_photo",
        _("We could not read this photo. Choose a JPG, PNG, HEIC or WebP file."),
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(file, formats=PHOTO_FORMATS)
            _check_dimensions(picture.width, picture.height)
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((STORED_PHOTO_SIDE, STORED_PHOTO_SIDE))
            return _flatten(upright)
    except _BROKEN_PHOTO as error:
        raise unreadable from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error


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


def _probe_clip(path: Path) -> tuple[int, int, float]:
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


def _remux(source: Path, target: Path) -> None:
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


def _store(upload: Upload, content: "File[bytes]", ending: str) -> Upload:
    upload.id = uuid.uuid4()
    name = f"t/{upload.tenant_id}/u/{upload.id}.{ending}"
    upload.file.name = default_storage.save(name, content)
    upload.save(force_insert=True)
    return upload
