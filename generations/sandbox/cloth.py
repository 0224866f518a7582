"""Kit cloth: the shirt patterns as flat pictures, scarves in two teams' colours, and waving."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from generations.kits import Kit, Pattern
from generations.sandbox.colour import Colour, darken, lighten, measure_distance, parse_hex

Pixels = NDArray[np.uint8]
_OVERSAMPLING = 2


def weave(kit: Kit, size: tuple[int, int]) -> Image.Image:
    """The kit's pattern over the whole of `size`, RGB; the pitch follows the width."""
    width, height = size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING
    cloth = Image.new("RGB", (width, height), parse_hex(kit.body))
    if kit.second is not None:
        _draw_pattern(ImageDraw.Draw(cloth), kit.pattern, parse_hex(kit.second), width, height)
    return cloth.reduce(_OVERSAMPLING)


def list_colours(kit: Kit) -> list[Colour]:
    """The kit's clearly different colours, the body first; at least two."""
    found: list[Colour] = []
    for text in (kit.body, kit.second, kit.sleeves, kit.collar):
        colour = parse_hex(text or kit.body)
        if all(measure_distance(colour, other) > 90 for other in found):
            found.append(colour)
    return found if len(found) > 1 else [*found, darken(found[0], 0.35)]


def knit_scarf(left: Kit, right: Kit, size: tuple[int, int]) -> Image.Image:
    """Half and half: each side plain towards the middle, barred towards its fringe. RGBA."""
    width, height = size
    fringe = round(height * 0.24)
    scarf = Image.new("RGBA", size)
    draw = ImageDraw.Draw(scarf)
    for side, kit in ((0, left), (1, right)):
        body, accent = list_colours(kit)[:2]
        if side == 1 and left != right and measure_distance(body, parse_hex(left.body)) < 90:
            body, accent = accent, body  # two reds would make one scarf of one team
        start, stop = (fringe, width // 2) if side == 0 else (width // 2, width - fringe)
        draw.rectangle((start, 0, stop - 1, height), fill=(*body, 255))
        for offset, bar in ((0.0, 0.26), (0.42, 0.16), (0.72, 0.1)):
            x0, x1 = round(offset * height) + 8, round((offset + bar) * height) + 8
            near = (start + x0, start + x1) if side == 0 else (stop - x1, stop - x0)
            draw.rectangle((near[0], 0, near[1], height), fill=(*accent, 255))
        edge = (0, fringe) if side == 0 else (width - fringe, width)
        _draw_fringe(draw, edge, height, (body, accent))
    return _add_stitches(scarf)


def sew_flag(kit: Kit, size: tuple[int, int]) -> Image.Image:
    """Cloth to wave, RGB: fine patterns as they are, all else plain with a trim all around.

    Never two or three plain bands: those would be somebody's real flag.
    """
    if kit.pattern in (Pattern.STRIPES, Pattern.CHECKS, Pattern.PINSTRIPE, Pattern.HOOPS):
        return weave(kit, size)
    body, accent = list_colours(kit)[:2]
    trim = max(2, size[1] // 9)
    flag = Image.new("RGB", size, accent)
    flag.paste(body, (trim, trim, size[0] - trim, size[1] - trim))
    return flag


@dataclass(frozen=True)
class Wave:
    """How cloth moves: sine of `length` pixels, `height` up and down, at `phase` (radians).

    `arch` lowers both ends, `tilt` the right one.
    """

    phase: float
    length: float
    height: float
    is_held_at_left: bool = False
    arch: float = 0.0
    tilt: float = 0.0


def wave_cloth(pixels: Pixels, wave: Wave, *, margin: int) -> Pixels:
    """Shift each column of an RGBA array along the wave and shade its slopes.

    The result is `2 * margin` higher than the cloth; margin must exceed the largest shift.
    """
    height, width = pixels.shape[:2]
    columns = np.arange(width)
    along = columns / width
    grip = along if wave.is_held_at_left else np.ones_like(along)
    angle = columns * (2 * np.pi / wave.length) - wave.phase
    shift = wave.height * grip * np.sin(angle) + margin
    shift += wave.arch * (2 * along - 1) ** 2 + wave.tilt * (along - 0.5)
    light = 128 * (1 + 0.26 * grip * np.cos(angle) * min(1.0, wave.height / 6))
    count = height + 2 * margin
    rows = np.arange(count)[:, None] - shift[None, :]
    lower = np.clip(np.floor(rows), -1, height - 1).astype(np.int32)
    share = (np.clip(rows - lower, 0, 1) * 256).astype(np.uint16)[..., None]
    padded = np.pad(pixels, ((1, 1), (0, 0), (0, 0)))
    padded[0, :, :3], padded[-1, :, :3] = pixels[0, :, :3], pixels[-1, :, :3]
    places = (lower + 1) * width + columns[None, :]
    flat = padded.reshape(-1, 4).view(np.uint32).ravel()
    first, second = (
        np.take(flat, places + step).view(np.uint8).reshape(count, -1, 4) for step in (0, width)
    )
    mixed = (first * (256 - share) + second * share) >> 8
    lit = mixed[..., :3] * light.astype(np.uint16)[None, :, None] >> 7
    mixed[..., :3] = np.minimum(lit, 255)
    return np.asarray(mixed, np.uint8)


def _draw_pattern(
    draw: ImageDraw.ImageDraw, pattern: Pattern, second: Colour, width: int, height: int
) -> None:
    unit = width / 11
    if pattern is Pattern.STRIPES:
        _draw_bars(draw, [(k * unit, (k + 1) * unit) for k in range(1, 11, 2)], height, second)
    elif pattern is Pattern.PINSTRIPE:
        pitch = unit * 0.9
        lines = [(k * pitch, k * pitch + pitch * 0.26) for k in range(14)]
        _draw_bars(draw, lines, height, second)
    elif pattern is Pattern.HOOPS:
        for k in range(1, round(height / unit) + 2, 2):
            draw.rectangle((0, k * unit * 1.2, width, (k + 1) * unit * 1.2), fill=second)
    elif pattern is Pattern.CHECKS:
        for row in range(round(height / unit) + 1):
            for column in range(row % 2, 11, 2):
                corner = (column * unit, row * unit)
                draw.rectangle((*corner, corner[0] + unit, corner[1] + unit), fill=second)
    else:
        draw.polygon(_outline_panel(pattern, width, height), fill=second)


def _outline_panel(pattern: Pattern, width: int, height: int) -> list[tuple[float, float]]:
    """The one panel of the patterns that have no repeat; a chest band unless told otherwise."""
    if pattern is Pattern.HALVES:
        return [(width / 2, 0), (width, 0), (width, height), (width / 2, height)]
    if pattern is Pattern.SASH:
        return [(width * 0.16, 0), (width * 0.4, 0), (width, height * 0.72), (width, height)]
    top, bottom = height * 0.42, height * 0.62
    return [(0, top), (width, top), (width, bottom), (0, bottom)]


def _draw_bars(
    draw: ImageDraw.ImageDraw, spans: list[tuple[float, float]], height: int, colour: Colour
) -> None:
    for start, stop in spans:
        draw.rectangle((start, 0, stop, height), fill=colour)


def _draw_fringe(
    draw: ImageDraw.ImageDraw, edge: tuple[int, int], height: int, colours: tuple[Colour, Colour]
) -> None:
    tassels = 11
    pitch = height / tassels
    for index in range(tassels):
        y = (index + 0.5) * pitch
        colour = lighten(colours[index % 2], 0.1)
        draw.line((edge[0], y, edge[1], y), fill=(*colour, 255), width=max(2, round(pitch * 0.6)))


def _add_stitches(scarf: Image.Image) -> Image.Image:
    """A knitted grain and rounded long edges, so that the scarf does not look printed."""
    pixels = np.asarray(scarf).astype(np.float32)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    grain = 1 - 0.07 * (((y + np.abs((x % 6) - 3)) % 6) < 2)
    across = np.abs(y / (height - 1) * 2 - 1)
    light = (grain * (1.05 - 0.3 * across**4))[..., None]
    pixels[..., :3] = np.clip(pixels[..., :3] * light, 0, 255)
    return Image.fromarray(pixels.astype(np.uint8))
