"""The moving crowd behind the fan: rows of people and waving cloths, drawn as one loop of phases.

A loop is two seconds long; it is drawn once and played round and round under the moving camera.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, pi, sin
from random import Random

import numpy as np
from PIL import Image, ImageFilter

from generations.kits import Kit
from generations.sandbox import confetti, people, stadium
from generations.sandbox.cloth import Pixels, Wave, sew_flag, wave_cloth

LOOP_FRAMES = 48
_WIDTH = stadium.SIZE[0]
_FIRST_ROW_Y, _LAST_ROW_Y, _FIRST_HEAD, _GROWTH = 112.0, 712.0, 9.0, 1.088
_LAST_HEAD = 54.0
_CAST = 11
_CAST_OF_ROW = 7
_FLAG_ROWS = (6, 9, 12)
_FAR_ROWS = 15


@dataclass(frozen=True)
class _Cutout:
    """A figure without its empty margins; `x`, `y` is where the rest lies in the whole."""

    image: Image.Image
    x: int
    y: int


_Pair = tuple[_Cutout, _Cutout]


@dataclass(frozen=True)
class _Spectator:
    """One place in a row. `turns` is how often a loop the person jumps; `offset` in radians."""

    sprites: "_Pair"
    x: int
    y: int
    jump: float
    turns: int
    offset: float


@dataclass(frozen=True)
class _Flag:
    cloth: Pixels
    x: int
    y: int
    offset: float
    scale: float


@dataclass(frozen=True)
class _Row:
    spectators: list[_Spectator]
    flags: list[_Flag]


def draw_loop(left: Kit, right: Kit, random: Random) -> Iterator[Image.Image]:
    """LOOP_FRAMES pictures of the whole stand, 1280×720."""
    casts = (
        people.draw_figures(left, random, _CAST),
        people.draw_figures(right, random, _CAST),
    )
    rows = _seat_rows(casts, (left, right), random)
    paper = confetti.throw_far(left, right, random)
    haze, vignette = stadium.draw_haze(), stadium.draw_vignette()
    backdrop = stadium.draw_backdrop()
    far = backdrop
    for frame in range(LOOP_FRAMES):
        angle = 2 * pi * frame / LOOP_FRAMES
        if frame % 2 == 0:  # far people are small: twelve pictures a second are enough for them
            far = backdrop.copy()
            for row in rows[:_FAR_ROWS]:
                _draw_row(far, row, angle)
            far.paste(haze, (0, 0), haze)
        picture = far.copy()
        for row in rows[_FAR_ROWS:]:
            _draw_row(picture, row, angle)
        confetti.draw_far(picture, paper, frame / LOOP_FRAMES)
        picture.paste((4, 6, 12), (0, 0, *stadium.SIZE), vignette)
        yield picture


def _draw_row(picture: Image.Image, row: _Row, angle: float) -> None:
    for flag in row.flags:
        wave = Wave(
            3 * angle + flag.offset, 150 * flag.scale, 13 * flag.scale, is_held_at_left=True
        )
        cloth = Image.fromarray(wave_cloth(flag.cloth, wave, margin=round(18 * flag.scale)))
        sway = round(12 * flag.scale * sin(angle + flag.offset))
        picture.paste(cloth, (flag.x + sway, flag.y), cloth)
    for person in row.spectators:
        swing = sin(person.turns * angle + person.offset)
        sprite = person.sprites[1 if swing > -0.1 else 0]
        lift = round(person.jump * max(swing, 0.0))
        corner = (person.x + sprite.x, person.y + sprite.y - lift)
        picture.paste(sprite.image, corner, sprite.image)


def _seat_rows(
    casts: tuple[list[people.Figure], list[people.Figure]], kits: tuple[Kit, Kit], random: Random
) -> list[_Row]:
    rows: list[_Row] = []
    head, y = _FIRST_HEAD, _FIRST_ROW_Y
    while y < _LAST_ROW_Y:
        depth = min(1.0, (head - _FIRST_HEAD) / (_LAST_HEAD - _FIRST_HEAD))
        levels = _tone_levels(depth)
        sides = [
            [_cut_pair(figure, head, levels) for figure in random.sample(cast, _CAST_OF_ROW)]
            for cast in casts
        ]
        flags = _raise_flags(kits, head, y, random) if len(rows) in _FLAG_ROWS else []
        rows.append(_Row(_seat_row(sides, head, y, random), flags))
        y += head
        head *= _GROWTH
    return rows


def _seat_row(sides: list[list[_Pair]], head: float, y: float, random: Random) -> list[_Spectator]:
    row = []
    scale = head / people.HEAD_WIDTH
    x = -random.uniform(0, 1.4) * head
    while x < _WIDTH + head:
        share_right = 1 / (1 + exp(-(x - _WIDTH / 2) / 62))
        side = sides[1 if random.random() < share_right else 0]
        row.append(
            _Spectator(
                random.choice(side),
                round(x - people.MIDDLE * scale),
                round(y - people.HEAD_TOP * scale + random.uniform(-0.25, 0.25) * head),
                head * random.uniform(0.15, 0.5),
                random.choice((1, 2, 2, 4)) if head < 36 else random.choice((1, 2, 2)),
                random.uniform(0, 2 * pi),
            )
        )
        x += head * random.uniform(1.35, 1.9)
    random.shuffle(row)
    return row


def _cut_pair(figure: people.Figure, head: float, levels: list[int]) -> _Pair:
    resting = _cut(figure.resting, head, levels)
    return resting, resting if figure.risen is None else _cut(figure.risen, head, levels)


def _cut(pose: Image.Image, head: float, levels: list[int]) -> _Cutout:
    """The pose at the row's size, out of focus and toned, without its empty margins."""
    scale = head / people.HEAD_WIDTH
    height = people.SIZE[1] if head > 45 else people.VISIBLE_HEIGHT
    size = (max(4, round(people.SIZE[0] * scale)), max(4, round(height * scale)))
    factor = 4 if scale < 0.24 else 2 if scale < 0.5 else 1
    whole = pose.crop((0, 0, people.SIZE[0], height)).convert("RGBa").reduce(factor)
    small = whole.resize(size, Image.Resampling.BILINEAR)
    blur = 0.5 + 2.4 * max(0.0, scale - 0.25)
    toned = small.filter(ImageFilter.GaussianBlur(blur)).convert("RGBA").point(levels)
    box = toned.getchannel("A").point([0] * 6 + [255] * 250).getbbox() or (0, 0, *size)
    return _Cutout(toned.crop(box), box[0], box[1])


def _tone_levels(depth: float) -> list[int]:
    """Far people drown in floodlit haze, near ones stand in shade with more contrast."""
    haze = 0.32 * (1 - depth) ** 2
    light = 0.98 - 0.3 * depth
    bands = [
        [min(255, round(value * light * (1 - haze) + colour * haze)) for value in range(256)]
        for colour in (140, 158, 200)
    ]
    return [*bands[0], *bands[1], *bands[2], *range(256)]


def _raise_flags(kits: tuple[Kit, Kit], head: float, y: float, random: Random) -> list[_Flag]:
    """Plain kit cloth on the wind, two a row: never anybody's real flag."""
    flags = []
    scale = head / 40
    size = (round(190 * scale), round(122 * scale))
    for kit, low, high in ((kits[0], 20, 330), (kits[1], 800, 1130)):
        cloth = sew_flag(kit, size).filter(ImageFilter.GaussianBlur(1.2))
        cloth.paste((40, 36, 34), (0, 0, max(2, round(4 * scale)), size[1]))  # the pole
        pixels = np.asarray(cloth.convert("RGBA"))
        x = round(random.uniform(low, high))
        flags.append(_Flag(pixels, x, round(y - size[1] * 1.1), random.uniform(0, 6.3), scale))
    return flags
