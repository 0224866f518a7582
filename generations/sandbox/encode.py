"""One MP4 file: H.264 (yuv420p, BT.709) and stereo AAC, with the index in front (faststart)."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from generations.sandbox.planes import Bytes

FRAMES_PER_SECOND = 24
SAMPLE_RATE = 48_000
_BT709, _LIMITED = 1, 1
_AAC_SAMPLES = 1024


class Mp4Writer:
    """Takes the frames one after another, then the whole sound."""

    def __init__(self, container: OutputContainer, size: tuple[int, int], crf: int) -> None:
        self._container = container
        self._video = _open_video(container, size, crf)
        self._audio = _open_audio(container)
        self._count = 0

    def add_frame(self, stack: Bytes) -> None:
        """`stack` is a yuv420p array as `Planes.to_stack` gives it."""
        frame = av.VideoFrame.from_ndarray(stack, format="yuv420p")
        frame.pts, frame.time_base = self._count, Fraction(1, FRAMES_PER_SECOND)
        self._count += 1
        self._container.mux(self._video.encode(frame))

    def add_sound(self, samples: NDArray[np.float32]) -> None:
        """`samples` has two rows (left, right) of values from −1 to 1 at SAMPLE_RATE."""
        for start in range(0, samples.shape[1], _AAC_SAMPLES):
            block = np.ascontiguousarray(samples[:, start : start + _AAC_SAMPLES], np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = SAMPLE_RATE, start
            frame.time_base = Fraction(1, SAMPLE_RATE)
            self._container.mux(self._audio.encode(frame))

    def finish(self) -> None:
        self._container.mux(self._video.encode(None))
        self._container.mux(self._audio.encode(None))


@contextmanager
def open_mp4(output: Path, size: tuple[int, int], *, crf: int = 23) -> Iterator[Mp4Writer]:
    options = {"movflags": "+faststart"}
    with av.open(str(output), "w", format="mp4", options=options) as container:
        writer = Mp4Writer(container, size, crf)
        yield writer
        writer.finish()


def _open_video(container: OutputContainer, size: tuple[int, int], crf: int) -> VideoStream:
    speed = "keyint=48:bframes=0:weightp=0:scenecut=0"
    options = {"preset": "superfast", "crf": str(crf), "x264-params": speed}
    stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.thread_count = 1
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = _LIMITED
    return stream


def _open_audio(container: OutputContainer) -> AudioStream:
    options = {"aac_coder": "fast"}
    stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", options=options)
    stream.bit_rate = 160_000
    return stream
