"""What a video file is: its facts, whether it is whole, its index in front, its poster."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from generations.errors import UnusableVideo
from generations.mp4_boxes import read_boxes

DURATION_TOLERANCE_SECONDS = 1.0
POSTER_AT_SECONDS = 3.0
POSTER_QUALITY = 85
# Rounding to another time base; anything more is a difference.
SAME_DURATION_MS = 50

# MP4's usual tags first; they are few, so that others need Apple's free ones.
_REMUX_FLAGS = ("+faststart", "+faststart+use_metadata_tags")
# Where a remark may stand; what stands there already stays.
_COMMENT_TAGS = ("comment", "description", "synopsis")
# Written anew by whoever writes a file.
_WRITERS_TAGS = frozenset(
    {"major_brand", "minor_version", "compatible_brands", "encoder", "handler_name", "vendor_id"}
)


@dataclass(frozen=True)
class VideoFacts:
    width: int
    height: int
    duration_ms: int


@dataclass(frozen=True)
class _Content:
    """All that a copy in another order must still have."""

    # For each stream its kind, its codec and the hash of all its packets.
    streams: tuple[tuple[str, str, str], ...]
    tags: frozenset[tuple[str, str]]

    def is_in(self, other: "_Content") -> bool:
        return self.streams == other.streams and self.tags <= other.tags


def inspect(path: Path, *, expected_seconds: int) -> VideoFacts:
    """Read the whole file, all its streams, packet by packet: cut off ones open without complaint.

    Raises UnusableVideo where it is no MP4 with a known codec, lacks as much as one packet or has
    another duration.
    """
    read_boxes(path)
    try:
        with av.open(str(path), format="mov") as container:
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise ValueError("no decoder for this codec")
            end = _demux_all(container)[stream.index]
            width, height = stream.codec_context.width, stream.codec_context.height
    except (FFmpegError, LookupError, ValueError) as error:
        raise UnusableVideo(f"not a whole MP4: {error}") from error
    if abs(end - expected_seconds) > DURATION_TOLERANCE_SECONDS:
        raise UnusableVideo(f"{end:.1f} s instead of {expected_seconds}")
    return VideoFacts(width=width, height=height, duration_ms=round(end * 1000))


def is_faststart(path: Path) -> bool:
    """Whether the index comes before the pictures, so that a player need not fetch the end first.

    Raises UnusableVideo.
    """
    kinds = [box.kind for box in read_boxes(path)]
    if "moov" not in kinds or "mdat" not in kinds:
        raise UnusableVideo("not a whole MP4: no index or no content")
    return kinds.index("moov") < kinds.index("mdat")


def make_faststart(path: Path, target: Path, *, expected_seconds: int, comment: str) -> bool:
    """Copy the streams, as they are, into a file that has its index in front and `comment` among
    its tags.

    False where the copy would not hold all that `path` holds, which is better kept as it came.
    """
    try:
        facts, content = inspect(path, expected_seconds=expected_seconds), _read_content(path)
        for flags in _REMUX_FLAGS:
            _remux(path, target, flags, comment)
            copied = inspect(target, expected_seconds=expected_seconds)
            if _is_same(facts, copied) and content.is_in(_read_content(target)):
                return is_faststart(target)
    except (UnusableVideo, FFmpegError, ValueError):
        return False
    return False


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
    except (FFmpegError, LookupError, ValueError) as error:
        raise UnusableVideo(f"no frame for the poster: {error}") from error
    raise UnusableVideo("no frame for the poster")


def _demux_all(container: InputContainer) -> dict[int, float]:
    """Where each stream ends, in seconds. Raises ValueError where the index promises more."""
    ends: dict[int, float] = {}
    for packet in container.demux():
        if packet.is_corrupt:
            raise ValueError("a packet is cut off")
        if packet.pts is None or packet.time_base is None:
            continue  # after the last packet, PyAV gives an empty one for each stream
        end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
        ends[packet.stream_index] = max(end, ends.get(packet.stream_index, 0.0))
    return ends


def _remux(source: Path, target: Path, flags: str, comment: str) -> None:
    with (
        av.open(str(source), format="mov") as container,
        av.open(str(target), "w", format="mp4", options={"movflags": flags}) as output,
    ):
        output.metadata.update(container.metadata)
        free = [tag for tag in _COMMENT_TAGS if tag not in container.metadata]
        output.metadata.update(dict.fromkeys(free[:1], comment))
        streams: dict[int, Stream] = {}
        for stream in container.streams:
            copy = output.add_stream_from_template(stream)
            copy.metadata.update(stream.metadata)
            streams[stream.index] = copy
        output.set_chapters(container.chapters())
        for packet in container.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)


def _read_content(path: Path) -> _Content:
    with av.open(str(path), format="mov") as container:
        hashes = {stream.index: hashlib.sha256() for stream in container.streams}
        for packet in container.demux():
            hashes[packet.stream_index].update(packet)
        streams = tuple(
            (stream.type, stream.name or "", hashes[stream.index].hexdigest())
            for stream in container.streams
        )
        tags = [container.metadata, *(stream.metadata for stream in container.streams)]
        return _Content(
            streams=streams,
            tags=frozenset(
                (name, value)
                for some in tags
                for name, value in some.items()
                if name not in _WRITERS_TAGS
            ),
        )


def _is_same(facts: VideoFacts, other: VideoFacts) -> bool:
    is_as_long = abs(facts.duration_ms - other.duration_ms) <= SAME_DURATION_MS
    return is_as_long and (facts.width, facts.height) == (other.width, other.height)
