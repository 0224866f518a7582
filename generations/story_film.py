"""Encodes the vertical version of a video: its middle in a tall picture, its sound as it was.

Knows files only: no rows, no storage.
"""

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from generations import story_plate
from generations.errors import UnusableVideo
from generations.kits import Kit

WIDTH, HEIGHT = story_plate.SIZE
_OPTIONS = {"preset": "veryfast", "crf": "21", "profile": "high"}
_THREADS = 2
_SLOWEST, _FASTEST = Fraction(10), Fraction(30)
_TAG_INSET = 28
_BT709 = 1

Pixels = NDArray[np.uint8]


def make_vertical(source: Path, target: Path, *, left: Kit | None, right: Kit | None) -> None:
    """Raises UnusableVideo where `source` cannot be read to its end."""
    try:
        with (
            av.open(str(source), format="mov") as old,
            av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as new,
        ):
            new.metadata["comment"] = story_plate.LABEL
            _copy(old, new, _Scene(left, right))
    except (FFmpegError, LookupError, ValueError) as error:
        raise UnusableVideo(f"no vertical version: {error}") from error


def _copy(old: InputContainer, new: OutputContainer, scene: "_Scene") -> None:
    picture, sounds = old.streams.video[0], old.streams.audio[:1]
    film = _add_film(new, picture)
    copies = {sound.index: new.add_stream_from_template(sound) for sound in sounds}
    for packet in old.demux([picture, *sounds]):
        if packet.stream_index == picture.index:
            for frame in packet.decode():
                assert isinstance(frame, VideoFrame)
                new.mux(film.encode(scene.show(frame)))
        elif packet.dts is not None:
            packet.stream = copies[packet.stream_index]
            new.mux(packet)
    new.mux(film.encode(None))


def _add_film(new: OutputContainer, picture: VideoStream) -> VideoStream:
    rate = min(max(picture.average_rate or Fraction(25), _SLOWEST), _FASTEST)
    film = new.add_stream("libx264", rate=rate, options=_OPTIONS)
    film.width, film.height, film.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    if picture.time_base is not None:
        film.time_base = film.codec_context.time_base = picture.time_base
    film.codec_context.thread_count = _THREADS
    film.codec_context.colorspace = film.codec_context.color_primaries = _BT709
    film.codec_context.color_trc = _BT709
    film.codec_context.color_range = ColorRange.MPEG
    return film


class _Scene:
    """The tall picture: drawn once, and each frame of the video put into it."""

    _canvas: Pixels
    _graph: Graph

    def __init__(self, left: Kit | None, right: Kit | None) -> None:
        self._kits = (left, right)
        self._is_set = False

    def show(self, frame: VideoFrame) -> VideoFrame:
        if not self._is_set:
            self._set(frame)
        self._graph.vpush(frame)
        shown = self._graph.vpull()
        _lay(_read_planes(shown), on=self._canvas, x=0, y=self._top)
        _lay(self._tag, on=self._canvas, x=_TAG_INSET, y=self._top + _TAG_INSET)
        tall = VideoFrame.from_ndarray(self._canvas, format="yuv420p")
        tall.pts, tall.time_base = frame.pts, frame.time_base
        return tall

    def _set(self, frame: VideoFrame) -> None:
        """Of a video that is wider than high the middle square is shown: the fan stands there."""
        side = min(frame.width, frame.height)
        seen = (side, min(frame.height, side * HEIGHT // WIDTH))
        height = min(round(seen[1] * WIDTH / seen[0] / 2) * 2, HEIGHT)
        self._top = (HEIGHT - height) // 4 * 2
        self._graph = _build_graph(frame, seen, height)
        self._canvas = _to_planes(self._draw_plate(frame, self._top + height))
        self._tag = _to_planes(story_plate.draw_tag())
        self._is_set = True

    def _draw_plate(self, frame: VideoFrame, bottom: int) -> Image.Image:
        left, right = self._kits
        if left and right:
            return story_plate.draw_cloths(left, right, top=self._top, bottom=bottom)
        # PyAV has no types for it.
        still: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
        return story_plate.draw_blurred(still)


def _build_graph(frame: VideoFrame, seen: tuple[int, int], height: int) -> Graph:
    graph = Graph()
    last = graph.add_buffer(template=None, width=frame.width, height=frame.height,
                            format=frame.format, time_base=frame.time_base)  # fmt: skip
    steps = [
        ("crop", f"{seen[0]}:{seen[1]}"),
        ("scale", f"{WIDTH}:{height}:flags=bicubic:out_color_matrix=bt709:out_range=tv"),
        ("format", "yuv420p"),
        ("buffersink", None),
    ]
    for name, arguments in steps:
        step = graph.add(name, arguments)
        last.link_to(step)
        last = step
    graph.configure()
    return graph


def _to_planes(picture: Image.Image) -> Pixels:
    frame = VideoFrame.from_ndarray(np.asarray(picture.convert("RGB")), format="rgb24")
    return _read_planes(
        frame.reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
    )


def _read_planes(frame: VideoFrame) -> Pixels:
    return cast(Pixels, frame.to_ndarray(format="yuv420p"))


def _lay(part: Pixels, *, on: Pixels, x: int, y: int) -> None:
    """Both in the layout of yuv420p: the colour has half the lines of the light."""
    for place, piece, step in zip(_split(on), _split(part), (1, 2, 2), strict=True):
        rows, columns = piece.shape
        place[y // step : y // step + rows, x // step : x // step + columns] = piece


def _split(planes: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Views of one array: luminance, and both colours."""
    width, height = planes.shape[1], planes.shape[0] * 2 // 3
    flat, light, colour = planes.reshape(-1), width * height, width * height // 4
    halves = (height // 2, width // 2)
    return (
        planes[:height],
        flat[light : light + colour].reshape(halves),
        flat[light + colour :].reshape(halves),
    )
