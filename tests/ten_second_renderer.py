"""A renderer for tests of the whole way: ten seconds long, yet drawn in a few milliseconds.

A photo 13 pixels wide cannot be drawn.
"""

from pathlib import Path

from PIL import Image

from tests.quick_renderer import RenderError, write_clip

__all__ = ["RenderError", "render_avatar", "render_football"]


def render_football(
    *, photo: Path, team_left: str, team_right: str, output: Path, is_test: bool
) -> None:
    with Image.open(photo) as image:
        if image.width == 13:
            raise RenderError("unlucky")
    title = f"{team_left} - {team_right}{' TEST' * is_test}"
    write_clip(output, frames=10, rate=1, title=title)


def render_avatar(
    *, clip: Path, photo: Path, duration_seconds: int, ratio: str, output: Path, is_test: bool
) -> None:
    write_clip(output, frames=duration_seconds, rate=1, title=f"{ratio}{' TEST' * is_test}")
