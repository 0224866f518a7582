"""Takes media from people: checks by content, re-encodes, strips what the file says about places.

What is sent to LUMIQ is always our own re-encoding, never the file as it came. The create pages
show it, and have it made at once; the API keeps the file as it came, after the checks that are
quick, and a worker prepares it.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from generations import media
from generations.crops import Box
from generations.errors import UnusableUpload
from generations.lumiq.client import FilePart
from generations.lumiq.contract import MAX_CLIP_BYTES, MAX_PHOTO_BYTES
from generations.models import Upload

DRAFT_LIFETIME = timedelta(hours=24)
_CHUNK_BYTES = 1024 * 1024


def accept_photo(user: User, file: "UploadedFile[bytes]") -> Upload:
    """Check, turn upright, re-encode as JPEG, store. Raises UnusableUpload and leaves no file."""
    _check_size(file, MAX_PHOTO_BYTES, _("The photo"))
    upload = Upload(tenant=user.tenant, user=user, kind=Upload.Kind.PHOTO)
    with _encoded(upload, cast(BinaryIO, file)) as content:
        return _store(upload, content)


def crop_photo(source: Upload, box: Box) -> Upload:
    """The part of a stored photo as an upload of its own; the same one where that is all of it.

    Raises UnusableUpload where the photo's file is gone.
    """
    if box.is_all_of(source.width, source.height):
        return source
    upload = Upload(tenant=source.tenant, user=source.user, kind=Upload.Kind.PHOTO)
    try:
        if not source.file:
            raise FileNotFoundError
        with default_storage.open(str(source.file.name), "rb") as file:
            data, upload.width, upload.height = media.crop_photo(cast(BinaryIO, file), box.edges)
    except FileNotFoundError as error:
        raise UnusableUpload("gone", _("The photo is gone. Add it again.")) from error
    return _store(upload, _as_photo(upload, data))


def accept_clip(user: User, file: "UploadedFile[bytes]") -> Upload:
    """Check, copy the streams into a fresh MP4 and store. Raises UnusableUpload likewise."""
    _check_size(file, MAX_CLIP_BYTES, _("The clip"))
    upload = Upload(tenant=user.tenant, user=user, kind=Upload.Kind.CLIP)
    with _on_disk(file) as source, _remuxed(upload, source) as content:
        return _store(upload, content)


def keep_photo(user: User, file: "UploadedFile[bytes]") -> Upload:
    """Store it as it came, for `prepare`. Raises UnusableUpload where its head shows it already."""
    _check_size(file, MAX_PHOTO_BYTES, _("The photo"))
    upload = Upload(tenant=user.tenant, user=user, kind=Upload.Kind.PHOTO, is_prepared=False)
    upload.width, upload.height = media.look_at_photo(cast(BinaryIO, file))
    return _store_as_it_came(upload, file)


def keep_clip(user: User, file: "UploadedFile[bytes]") -> Upload:
    """As `keep_photo`."""
    _check_size(file, MAX_CLIP_BYTES, _("The clip"))
    upload = Upload(tenant=user.tenant, user=user, kind=Upload.Kind.CLIP, is_prepared=False)
    with _on_disk(file) as source:
        upload.width, upload.height, seconds = media.probe_clip(source)
        upload.duration_ms = round(seconds * 1000)
        return _store_as_it_came(upload, file)


def prepare(upload: Upload) -> None:
    """Put our own re-encoding in place of the file as it came. Harmless to repeat, also at once.

    Raises UnusableUpload, or what the storage raises; then the file stays.
    """
    if upload.is_prepared:
        return
    came_as = str(upload.file.name)
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        source = Path(folder) / "source"
        with default_storage.open(came_as, "rb") as stored:
            _write(source, iter(lambda: stored.read(_CHUNK_BYTES), b""))
        if upload.kind == Upload.Kind.PHOTO:
            with source.open("rb") as file, _encoded(upload, file) as content:
                name = default_storage.save(_name(upload), content)
        else:
            with _remuxed(upload, source) as content:
                name = default_storage.save(_name(upload), content)
    upload.file.name = name
    upload.is_prepared = True
    # Not where another worker was faster, or where it was deleted meanwhile.
    mine = Upload.objects.filter(pk=upload.pk, is_prepared=False, file=came_as).update(
        **{field: getattr(upload, field) for field in _PREPARED_FIELDS}
    )
    if mine:
        default_storage.delete(came_as)
    else:
        default_storage.delete(name)
        upload.refresh_from_db()


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


def _store(upload: Upload, content: "File[bytes]") -> Upload:
    upload.file.name = default_storage.save(_name(upload), content)
    upload.save(force_insert=True)
    return upload


def _store_as_it_came(upload: Upload, file: "UploadedFile[bytes]") -> Upload:
    file.seek(0)
    upload.content_type = "application/octet-stream"
    upload.size_bytes = file.size or 0
    return _store(upload, file)


_PREPARED_FIELDS = (
    "file", "is_prepared", "content_type", "size_bytes", "sha256", "width", "height", "duration_ms",
)  # fmt: skip


def _name(upload: Upload) -> str:
    endings = {"image/jpeg": "jpg", "video/mp4": "mp4"}
    ending = endings.get(upload.content_type, "raw")
    return f"t/{upload.tenant_id}/u/{upload.id}.{ending}"


@contextmanager
def _encoded(upload: Upload, file: BinaryIO) -> Iterator["File[bytes]"]:
    data, upload.width, upload.height = media.encode_photo(file)
    yield _as_photo(upload, data)


def _as_photo(upload: Upload, data: bytes) -> "ContentFile[bytes]":
    upload.content_type = "image/jpeg"
    upload.size_bytes = len(data)
    upload.sha256 = hashlib.sha256(data).hexdigest()
    return ContentFile(data)


@contextmanager
def _remuxed(upload: Upload, source: Path) -> Iterator["File[bytes]"]:
    upload.width, upload.height, seconds = media.probe_clip(source)
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        target = Path(folder) / "clip.mp4"
        media.remux_clip(source, target)
        upload.content_type = "video/mp4"
        upload.size_bytes = target.stat().st_size
        upload.duration_ms = round(seconds * 1000)
        with target.open("rb") as content:
            upload.sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            content.seek(0)
            yield File(content)


@contextmanager
def _on_disk(file: "UploadedFile[bytes]") -> Iterator[Path]:
    """Where its content lies; Django keeps small ones in memory."""
    if isinstance(file, TemporaryUploadedFile):
        yield Path(file.temporary_file_path())
        return
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        path = Path(folder) / "source"
        _write(path, file.chunks())
        yield path


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as target:
        for chunk in chunks:
            target.write(chunk)
