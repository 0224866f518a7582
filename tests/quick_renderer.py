"""A renderer for tests of the sandbox: tiny but real MP4 files, in a few milliseconds.

Those of a test key have TEST in their title. What is to go wrong is told by the photo's width: 13
pixels cannot be drawn, 14 kill the process, 15 take more than a second.
"""

import os
import time
from pathlib import Path

import av
from PIL import Image


class RenderError(ValueError):
    pass


def render_football(
    *, photo: Path, team_left: str, team_right: str, output: Path, is_test: bool
) -> None:
    _render(photo, f"{team_left} - {team_right}{' TEST' * is_test}", output)


def render_avatar(
    *, clip: Path, photo: Path, duration_seconds: int, ratio: str, output: Path, is_test: bool
) -> None:
    if not clip.exists():
        raise RenderError("no clip")
    _render(photo, f"{duration_seconds} {ratio}{' TEST' * is_test}", output)


def _render(photo: Path, title: str, output: Path) -> None:
    try:
        with Image.open(photo) as image:
            image.load()
            width = image.width
    except OSError as failure:
        raise RenderError("unreadable photo") from failure
    if width == 13:
        raise RenderError("unlucky")
    if width == 14:
        os._exit(9)
    if width == 15:
        time.sleep(1.5)
    write_clip(output, frames=3, title=title)


def write_clip(output: Path, *, frames: int, title: str = "", rate: int = 10) -> None:
    with av.open(str(output), "w", format="mp4") as container:
        container.metadata["title"] = title
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height = 32, 32
        for number in range(frames):
            frame = av.VideoFrame.from_image(Image.new("RGB", (32, 32), (number % 256, 80, 20)))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
