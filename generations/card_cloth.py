"""Cloth and shirts of the kits as pixels, for preview cards: what kits_art draws as SVG."""

import re
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from generations.kits import Kit, Pattern

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Colour = tuple[int, int, int, int]

# Outlines in the shirt's 120 units (look.md §5); the neck is a curve between the first two.
_NECK = ((43, 13), (60, 29), (77, 13))
_HEM = ((88, 106), (60, 113), (32, 106))
_SLEEVES = (
    ((33, 16.5), (7, 37), (19.5, 60), (33, 49)),
    ((87, 16.5), (113, 37), (100.5, 60), (87, 49)),
)
_CUFFS = (
    ((7, 37), (19.5, 60), (22.1, 58.4), (9.4, 35.1)),
    ((113, 37), (100.5, 60), (97.9, 58.4), (110.6, 35.1)),
)
_SHOULDERS = (((32.5, 17), (32.5, 49.5)), ((87.5, 17), (87.5, 49.5)))
_SHIRT_SASH = ((32, 14), (48, 14), (88, 92), (88, 110), (80, 110), (32, 32))
_CLOTH_SASH = ((0, 0), (26, 0), (100, 68), (100, 100), (74, 100), (0, 32))
# So much finer is drawn than shown, for smooth edges.
_FINER = 2

# Where along the cloth in percent, and from -1 (dark) to 1 (light).
_FOLDS = (
    (0.0, 9.0, 20.0, 31.0, 42.0, 55.0, 66.0, 76.0, 88.0, 97.0, 100.0),
    (-1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0, 0.0, -1.0),
)
_FOLD_DARK, _FOLD_LIGHT = 0.17, 0.07
_DUSK_FROM = 0.42
_STITCH_DARK = 0.13
_STITCH = (8, 7)


def draw_cloth(
    kit: Kit, size: tuple[int, int], *, period: int, dusk: Colour, is_knit: bool
) -> Image.Image:
    """Flat pattern, `period` pixels a repeat of 40, with soft folds, RGB."""
    width, height = size[0] * _FINER, size[1] * _FINER
    cloth = Image.new("RGB", (width, height), kit.body)
    draw = ImageDraw.Draw(cloth)
    if kit.pattern is Pattern.PLAIN:
        draw.rectangle((0, height * 0.9, width, height * 0.94), fill=kit.collar)
    for box in _marks(kit, width, height, period * _FINER / 40):
        draw.rectangle(box, fill=kit.second)
    if kit.pattern is Pattern.SASH:
        points = [(x * width / 100, y * height / 100) for x, y in _CLOTH_SASH]
        draw.polygon(points, fill=kit.second)
    return _shade(cloth.reduce(_FINER), dusk, is_knit=is_knit)


def draw_shirt(kit: Kit, side: int, line: Colour) -> Image.Image:
    """RGBA, `side` pixels square."""
    scale = side * _FINER / 120
    size = (side * _FINER, side * _FINER)
    shirt = Image.new("RGBA", size)
    draw = ImageDraw.Draw(shirt)
    for sleeve, cuff in zip(_SLEEVES, _CUFFS, strict=True):
        draw.polygon(_scaled(sleeve, scale), fill=kit.sleeves)
        draw.polygon(_scaled(cuff, scale), fill=kit.collar)
    body = Image.new("L", size)
    ImageDraw.Draw(body).polygon(_scaled(_body(), scale), fill=255)
    shirt.paste(_draw_front(kit, size, scale), mask=body)
    draw.line(_scaled(_curve(_NECK), scale), fill=kit.collar, width=round(5 * scale), joint="curve")
    overlay = Image.new("RGBA", size)
    seams = ImageDraw.Draw(overlay)
    for shoulder in _SHOULDERS:
        seams.line(_scaled(shoulder, scale), fill=(0, 0, 0, 56), width=round(scale))
    outline = _scaled(_outline(), scale)
    seams.line([*outline, outline[0]], fill=line, width=round(1.6 * scale), joint="curve")
    return Image.alpha_composite(shirt, overlay).resize((side, side), Image.Resampling.LANCZOS)


def parse_colour(text: str) -> Colour:
    """ "#RRGGBB", or "rgb(6 9 15 / .5)"."""
    if text.startswith("#"):
        red, green, blue = (int(text[at : at + 2], 16) for at in (1, 3, 5))
        return red, green, blue, 255
    red, green, blue, alpha = re.findall(r"[\d.]+", text)
    return int(red), int(green), int(blue), round(float(alpha) * 255)


def _marks(kit: Kit, width: int, height: int, unit: float) -> list[Box]:
    """Boxes in the second colour. Each ends a pixel early: both edges of a box are drawn."""
    match kit.pattern:
        case Pattern.STRIPES:
            return _bars(20 * unit, start=20 * unit, pitch=40 * unit, width=width, height=height)
        case Pattern.PINSTRIPE:
            pitch = 17.5 * unit
            return _bars(4.5 * unit, start=pitch / 3, pitch=pitch, width=width, height=height)
        case Pattern.HOOPS:
            bar = 16 * unit
            return [(0, y, width, y + bar - 1) for y in np.arange(bar, height, 2 * bar)]
        case Pattern.CHECKS:
            side = 20 * unit
            return [
                (column * side, row * side, (column + 1) * side - 1, (row + 1) * side - 1)
                for row in range(int(height / side) + 1)
                for column in range(1 - row % 2, int(width / side) + 1, 2)
            ]
        case Pattern.HALVES:
            return [(width / 2, 0, width, height)]
        case Pattern.CHEST_BAND:
            return [(0, height * 0.36, width, height * 0.62)]
    return []


def _bars(bar: float, *, start: float, pitch: float, width: int, height: int) -> list[Box]:
    return [(x, 0, x + bar - 1, height) for x in np.arange(start, width, pitch)]


def _shade(cloth: Image.Image, dusk: Colour, *, is_knit: bool) -> Image.Image:
    """Folds along, dusk over the lower part, stitches where the style is knitted."""
    width, height = cloth.size
    pixels = np.asarray(cloth, dtype=np.float32)
    fold = np.interp(np.linspace(0, 100, width), *_FOLDS).astype(np.float32)
    fold = fold[None, :, None]
    pixels = pixels * (1 - np.clip(-fold, 0, 1) * _FOLD_DARK)
    pixels = pixels + (255 - pixels) * np.clip(fold, 0, 1) * _FOLD_LIGHT
    fallen = np.clip(
        (np.linspace(0, 1, height, dtype=np.float32) - _DUSK_FROM) / (1 - _DUSK_FROM), 0, 1
    )
    share = (fallen * dusk[3] / 255)[:, None, None]
    pixels = pixels * (1 - share) + np.array(dusk[:3], dtype=np.float32) * share
    if is_knit:
        pixels = pixels * (1 - _STITCH_DARK * _stitches(width, height)[:, :, None])
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@cache
def _stitches(width: int, height: int) -> NDArray[Any]:
    wide, high = _STITCH[0] * 4, _STITCH[1] * 4
    tile = Image.new("L", (wide, high))
    draw = ImageDraw.Draw(tile)
    draw.line((0, 0, wide - 1, high - 1), fill=255, width=5)
    draw.line((wide - 1, 0, 0, high - 1), fill=255, width=5)
    stitch = np.asarray(tile.reduce(4), dtype=np.float32) / 255
    repeats = (height // _STITCH[1] + 1, width // _STITCH[0] + 1)
    return np.tile(stitch, repeats)[:height, :width]


def _draw_front(kit: Kit, size: tuple[int, int], scale: float) -> Image.Image:
    front = Image.new("RGB", size, kit.body)
    draw = ImageDraw.Draw(front)
    for left, top, right, bottom in _shirt_marks(kit):
        draw.rectangle(
            (left * scale, top * scale, right * scale - 1, bottom * scale - 1), fill=kit.second
        )
    if kit.pattern is Pattern.SASH:
        draw.polygon(_scaled(_SHIRT_SASH, scale), fill=kit.second)
    return front


def _shirt_marks(kit: Kit) -> list[Box]:
    match kit.pattern:
        case Pattern.STRIPES:
            return [(x, 0, x + 8, 120) for x in range(4, 120, 16)]
        case Pattern.PINSTRIPE:
            return [(x + 2.6, 0, x + 4.4, 120) for x in range(0, 120, 7)]
        case Pattern.HOOPS:
            return [(0, y + 8, 120, y + 19) for y in range(0, 120, 22)]
        case Pattern.CHECKS:
            side = 11.2
            return [
                (column * side, row * side, (column + 1) * side, (row + 1) * side)
                for row in range(11)
                for column in range(row % 2, 11, 2)
            ]
        case Pattern.HALVES:
            return [(60, 0, 120, 120)]
        case Pattern.CHEST_BAND:
            return [(0, 46, 120, 66)]
    return []


def _body() -> list[Point]:
    return [*_curve(_NECK), (88, 17), *_curve(_HEM), (32, 17)]


def _outline() -> list[Point]:
    right = [(88.0, 17.0), (113.0, 37.0), (100.5, 60.0), (88.0, 49.6)]
    left = [(120 - x, y) for x, y in reversed(right)]
    return [*_curve(_NECK), *right, *_curve(_HEM), *left]


def _curve(points: tuple[Point, ...], steps: int = 12) -> list[Point]:
    """A quadratic Bézier curve as a line of many corners."""
    (x0, y0), (x1, y1), (x2, y2) = points
    return [
        (
            (1 - t) ** 2 * x0 + 2 * (1 - t) * t * x1 + t**2 * x2,
            (1 - t) ** 2 * y0 + 2 * (1 - t) * t * y1 + t**2 * y2,
        )
        for t in np.linspace(0, 1, steps)
    ]


def _scaled(points: tuple[Point, ...] | list[Point], scale: float) -> list[Point]:
    return [(x * scale, y * scale) for x, y in points]
