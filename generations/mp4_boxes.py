"""The outermost boxes of an MP4 file (ISO/IEC 14496-12 §4.2): they fill it without a gap."""

from dataclasses import dataclass
from pathlib import Path

from generations.errors import UnusableVideo

_MOST_BOXES = 10_000


@dataclass(frozen=True)
class Box:
    kind: str
    start: int
    size: int


def read_boxes(path: Path) -> list[Box]:
    """Raises UnusableVideo where they do not fill the file: it is cut off, or no MP4."""
    length = path.stat().st_size
    boxes: list[Box] = []
    at = 0
    with path.open("rb") as file:
        while at < length:
            file.seek(at)
            box = _parse(file.read(16), at, length)
            if box is None or at + box.size > length or len(boxes) == _MOST_BOXES:
                raise UnusableVideo(f"not a whole MP4: {length} bytes, broken at {at}")
            boxes.append(box)
            at += box.size
    if not boxes:
        raise UnusableVideo("not a whole MP4: it is empty")
    return boxes


def _parse(head: bytes, at: int, length: int) -> Box | None:
    if len(head) < 8:
        return None
    size, header = int.from_bytes(head[:4], "big"), 8
    if size == 0:  # as far as the file goes
        size = length - at
    elif size == 1:  # the real one does not fit into 32 bits
        size, header = int.from_bytes(head[8:16], "big"), 16
    if size < header or len(head) < header:
        return None
    return Box(head[4:8].decode("latin-1"), at, size)
