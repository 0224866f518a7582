"""Pictures as video planes: luma at full and chroma at half resolution (BT.709, limited range).

A stack is PyAV's yuv420p array: all luma rows, then both chroma planes, in rows of the same width.
Scaling and laying small things over it touches 1.5 bytes a pixel and needs no conversion per frame.
"""

from dataclasses import dataclass

import av
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]


def pack(image: Image.Image) -> Bytes:
    """An RGB picture of even size as a stack."""
    frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
    packed = frame.reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    return np.asarray(packed.to_ndarray(), np.uint8)


@dataclass(frozen=True)
class Sprite:
    """A cut-out picture with a soft mask (0–256); sizes are even."""

    y: NDArray[np.uint16]
    uv: NDArray[np.uint16]
    mask: NDArray[np.uint16]
    half_mask: NDArray[np.uint16]

    @classmethod
    def from_rgba(cls, image: Image.Image) -> "Sprite":
        width, height = (side + side % 2 for side in image.size)
        image = image.crop((0, 0, width, height))
        alpha = image.getchannel("A")
        stack = pack(image.convert("RGB")).astype(np.uint16)
        return cls(
            stack[:height],
            stack[height:].reshape(2, height // 2, width // 2),
            _widen(alpha),
            _widen(alpha.reduce(2)),
        )

    def lay_on(self, stack: Bytes, corner: tuple[int, int]) -> None:
        """Blend into the stack; `corner` is taken to even pixels, what is outside is left out."""
        width, height = stack.shape[1], stack.shape[0] * 2 // 3
        chroma = stack[height:].reshape(2, height // 2, width // 2)
        x, y = corner[0] // 2, corner[1] // 2
        _blend(stack[None, :height], self.y[None], self.mask, (2 * x, 2 * y))
        _blend(chroma, self.uv, self.half_mask, (x, y))


class Zoom:
    """Brings the middle of a stack nearer, by the encoder's own fast scaler."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def enlarge(self, stack: Bytes, factor: float) -> Bytes:
        """The same size, the middle `factor` (≥ 1) times as large, in steps of whole pixels."""
        width, height = stack.shape[1], stack.shape[0] * 2 // 3
        # Both edges move by whole pixels, so the middle of the picture stays where it is.
        wide, high = (round(side * (factor - 1) / 2) * 2 + side for side in (width, height))
        frame = av.VideoFrame.from_ndarray(stack, format="yuv420p")
        scaled = self._scaler.reformat(
            frame, width=wide, height=high, interpolation=Interpolation.BICUBIC
        )
        left, top = (wide - width) // 2, (high - height) // 2
        result = np.empty_like(stack)
        result[:height] = read_plane(scaled.planes[0])[top : top + height, left : left + width]
        chroma = result[height:].reshape(2, height // 2, width // 2)
        left, top = left // 2, top // 2
        for index in (0, 1):
            plane = read_plane(scaled.planes[index + 1])
            chroma[index] = plane[top : top + height // 2, left : left + width // 2]
        return result


def read_plane(plane: VideoPlane) -> Bytes:
    """The plane's rows as they lie in memory, which may be wider than the picture."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)


def _widen(mask: Image.Image) -> NDArray[np.uint16]:
    values = np.asarray(mask).astype(np.uint16)
    return np.asarray(values + (values >> 7), np.uint16)


def _blend(
    target: Bytes, source: NDArray[np.uint16], mask: NDArray[np.uint16], corner: tuple[int, int]
) -> None:
    x, y = corner
    left, top = max(0, x), max(0, y)
    right, bottom = min(target.shape[2], x + mask.shape[1]), min(target.shape[1], y + mask.shape[0])
    if right <= left or bottom <= top:
        return
    part = target[:, top:bottom, left:right]
    rows, columns = slice(top - y, bottom - y), slice(left - x, right - x)
    share = mask[rows, columns]
    part[:] = (part * (256 - share) + source[:, rows, columns] * share) >> 8
