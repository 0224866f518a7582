"""What a video file is: its facts, whether it is whole, its poster."""

import io
from dataclasses import dataclass
from pathlib import Path

import av
from av.error import FFmpegError

from generations.errors import UnusableVideo

DURATION_TOLERANCE_SECONDS = 1.0
POSTER_AT_SECONDS = 3.0
POSTER_QUALITY = 85


@dataclass(frozen=True)
class VideoFacts:
    width: int
    height: int
    duration_ms: int


def inspect(path: Path, *, expected_seconds: int) -> VideoFacts:
    """Read the whole file packet by packet: truncated ones open without complaint.

    Raises UnusableVideo where it is no MP4 with H.264, is cut off or has another duration.
    """
    try:
        with av.open(str(path), format="mov") as container:
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise ValueError("no decoder for this codec")
            end = max(
                float((packet.pts + (packet.duration or 0)) * packet.time_base)
                for packet in container.demux(stream)
                if packet.pts is not None and packet.time_base is not None
            )
            width, height = stream.codec_context.width, stream.codec_context.height
    except (FFmpegError, IndexError, ValueError) as error:
        raise UnusableVideo(f"not a whole MP4: {error}") from error
    if abs(end - expected_seconds) > DURATION_TOLERANCE_SECONDS:
        raise UnusableVideo(f"{end:.1f} s instead of {expected_seconds}")
    return VideoFacts(width=width, height=height, duration_ms=round(end * 1000))


def draw_poster(path: Path) -> bytes:
    """A JPEG of the frame at POSTER_AT_SECONDS. Raises UnusableVideo where none can be decoded."""
    try:
        with av.open(str(path), format="mov") as container:
            stream = container.streams.video[0]
            assert stream.time_base is not None
            container.seek(int(POSTER_AT_SECONDS / stream.time_base), stream=stream)
            for frame in container.decode(stream):
                if frame.time is None or frame.time >= POSTER_AT_SECONDS:
                    buffer = io.BytesIO()
                    frame.to_image().save(  # type: ignore[no-untyped-call]
                        buffer, "JPEG", quality=POSTER_QUALITY, optimize=True
                    )
                    return buffer.getvalue()
    except (FFmpegError, IndexError) as error:
        raise UnusableVideo(f"no frame for the poster: {error}") from error
    raise UnusableVideo("no frame for the poster")
