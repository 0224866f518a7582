"""Takes a finished video from LUMIQ's answer into the storage: whole, checked, ready to play."""

import hashlib
import logging
import tempfile
import time
from pathlib import Path

from generations import ai_label, storing, videos
from generations.errors import UnusableVideo
from generations.lifecycle import StoredVideo
from generations.lumiq import errors as lumiq
from generations.lumiq.client import Download
from generations.models import Generation

logger = logging.getLogger(__name__)

# Of thirty seconds of video; against an endless answer.
MOST_VIDEO_BYTES = 2 * 1024**3
# Well within the lease, so that a dripping download ends while the row is still ours.
MOST_DOWNLOAD_SECONDS = 420


def check_type(download: Download) -> None:
    """A proxy's page about its troubles is no video, and says nothing about the video.

    Raises LumiqUnavailable.
    """
    kind = download.content_type.partition(";")[0].strip().lower()
    if not kind.startswith("video/") and kind != "application/octet-stream":
        raise lumiq.LumiqUnavailable(f"a download of type {kind[:60]!r}")


def receive(download: Download, generation: Generation) -> StoredVideo:
    """Raises LumiqUnavailable where it did not come whole, UnusableVideo where it is no such video,
    StorageAway where it cannot be kept."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        arrived = Path(folder) / "arrived.mp4"
        _stream(download, arrived)
        return _store(generation, arrived, is_whole=download.content_length is not None)


def _stream(download: Download, path: Path) -> None:
    ends_at = time.monotonic() + MOST_DOWNLOAD_SECONDS
    with path.open("wb") as target:
        for chunk in download.iter_chunks():
            target.write(chunk)
            if time.monotonic() > ends_at:
                raise lumiq.LumiqUnavailable("the download takes too long")
            if target.tell() > MOST_VIDEO_BYTES:
                raise UnusableVideo(f"more than {MOST_VIDEO_BYTES} bytes")
        size = target.tell()
    if download.content_length is not None and size != download.content_length:
        raise lumiq.LumiqUnavailable(f"{size} bytes of {download.content_length} arrived")


def _store(generation: Generation, arrived: Path, *, is_whole: bool) -> StoredVideo:
    """Check the file, put its index in front and the label "Made with AI" into it, and store it
    with its poster.

    Raises UnusableVideo only where all of it `is_whole`: what may have been cut off on its way is
    worth another try, however often.
    """
    try:
        facts = videos.inspect(arrived, expected_seconds=generation.duration_seconds)
        path = _labelled(generation, arrived)
        poster = videos.draw_poster(path)
    except UnusableVideo as error:
        if is_whole:
            raise
        raise lumiq.LumiqUnavailable(f"of a length that was not told: {error}") from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    stem = f"t/{generation.tenant_id}/g/{generation.pk}/{digest[:8]}"
    return StoredVideo(
        video=storing.store(f"{stem}.mp4", path),
        poster=storing.store(f"{stem}.jpg", poster),
        size_bytes=path.stat().st_size,
        sha256=digest,
        width=facts.width,
        height=facts.height,
        duration_ms=facts.duration_ms,
    )


def _labelled(generation: Generation, arrived: Path) -> Path:
    """A copy with its index in front that says how it was made; its streams are as they came.

    Where a copy would lose something the file stays as it is, with the machine's label behind it.
    """
    copy, seconds = arrived.with_name("labelled.mp4"), generation.duration_seconds
    if not videos.make_faststart(arrived, copy, expected_seconds=seconds, comment=ai_label.COMMENT):
        logger.warning("%s is kept as it came: a copy would not be equal", generation.pk)
        copy = arrived
    ai_label.append_xmp(copy)
    return copy
