"""The customer's source clip: its pictures as planes of a wanted size, its sound as samples."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from generations.sandbox.encode import SAMPLE_RATE
from generations.sandbox.errors import RenderError
from generations.sandbox.planes import Bytes, read_plane
from generations.sandbox.sound import Samples

_UNREADABLE = "The clip cannot be read."


def play_pictures(
    clip: Path, size: tuple[int, int], frames_per_second: int, count: int
) -> Iterator[Bytes]:
    """`count` stacks of `size`, the clip's middle, played again from the start when it ends.

    Raises RenderError where the file holds no video that can be decoded.
    """
    reformatter = VideoReformatter()
    try:
        with av.open(str(clip)) as container:
            frames = _play_for_ever(container)
            _, frame = next(frames)
            following = next(frames)
            stack = _fit(reformatter, frame, size)
            for index in range(count):
                changed = False
                while following[0] <= index / frames_per_second:
                    (_, frame), following, changed = following, next(frames), True
                stack = _fit(reformatter, frame, size) if changed else stack
                yield stack
    except (av.error.FFmpegError, OSError, StopIteration) as error:
        raise RenderError(_UNREADABLE) from error


def read_sound(clip: Path, seconds: float) -> Samples | None:
    """The clip's sound at SAMPLE_RATE, repeated with the pictures; None where it has none."""
    try:
        with av.open(str(clip)) as container:
            if not container.streams.video:
                raise RenderError(_UNREADABLE)
            if not container.streams.audio:
                return None
            wanted = round(seconds * SAMPLE_RATE)
            samples = _decode_sound(container, wanted)
            period = samples.shape[1]
            if container.duration:
                period = round(container.duration / av.time_base * SAMPLE_RATE)
    except (av.error.FFmpegError, OSError) as error:
        raise RenderError(_UNREADABLE) from error
    if samples.shape[1] == 0 or period == 0:
        return None
    if samples.shape[1] < period:
        samples = np.pad(samples, ((0, 0), (0, period - samples.shape[1])))
    repeats = -(-wanted // samples.shape[1])
    return np.tile(samples, (1, repeats))[:, :wanted]


def _play_for_ever(container: InputContainer) -> Iterator[tuple[float, VideoFrame]]:
    """Each frame with its time since the first start, in seconds."""
    if not container.streams.video:
        return
    stream = container.streams.video[0]
    stream.thread_type = "NONE"
    passed = 0.0
    usual = 1 / float(stream.average_rate or 24)
    while True:
        last = None
        first = 0.0
        for frame in container.decode(stream):
            moment = frame.time if frame.time is not None else (last or 0.0) + usual
            first = moment if last is None else first
            last = moment
            yield passed + moment - first, frame
        if last is None:
            return
        passed += last - first + usual
        container.seek(0)


def _fit(reformatter: VideoReformatter, frame: VideoFrame, size: tuple[int, int]) -> Bytes:
    """The frame upright, scaled to cover `size`, its middle as a stack."""
    frame = _turn_upright(frame)
    width, height = size
    scale = max(width / frame.width, height / frame.height)
    wide, high = (-(-round(side * scale) // 2) * 2 for side in (frame.width, frame.height))
    scaled = reformatter.reformat(
        frame, width=max(wide, width), height=max(high, height), format="yuv420p",
        dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BICUBIC,
    )  # fmt: skip
    left, top = (scaled.width - width) // 4, (scaled.height - height) // 4
    stack = np.empty((height * 3 // 2, width), np.uint8)
    stack[:height] = read_plane(scaled.planes[0])[
        2 * top : 2 * top + height, 2 * left : 2 * left + width
    ]
    chroma = stack[height:].reshape(2, height // 2, width // 2)
    for index in (0, 1):
        plane = read_plane(scaled.planes[index + 1])
        chroma[index] = plane[top : top + height // 2, left : left + width // 2]
    return stack


def _turn_upright(frame: VideoFrame) -> VideoFrame:
    """Phones store upright clips lying, with a note on how to turn them."""
    quarters = round(frame.rotation / 90) % 4
    if quarters == 0:
        return frame
    turned = np.rot90(frame.to_ndarray(format="rgb24"), quarters)
    upright: Bytes = np.ascontiguousarray(turned, np.uint8)
    return VideoFrame.from_ndarray(upright, format="rgb24")


def _decode_sound(container: InputContainer, wanted: int) -> Samples:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    blocks: list[Samples] = [np.zeros((2, 0), np.float32)]
    count = 0
    for frame in container.decode(container.streams.audio[0]):
        blocks += [_to_array(part) for part in resampler.resample(frame)]
        count += blocks[-1].shape[1]
        if count >= wanted:
            break
    return np.concatenate(blocks, axis=1)


def _to_array(frame: AudioFrame) -> Samples:
    return np.asarray(frame.to_ndarray(), np.float32)
