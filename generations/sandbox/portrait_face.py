"""Face, features, beard and glasses of a drawn portrait, in the portrait's own coordinates."""

from enum import StrEnum

from generations.sandbox.colour import Colour, darken, lighten, mix
from generations.sandbox.easel import Easel, Point, curve_through, ellipse_points, mirror

MIDDLE = 512
INK: Colour = (38, 26, 24)
BLUSH: Colour = (226, 92, 78)

_HALF_FACE = [
    (512, 322),
    (610, 342),
    (676, 420),
    (696, 530),
    (688, 640),
    (652, 752),
    (584, 828),
    (512, 850),
]
FACE = curve_through([*_HALF_FACE, *mirror(_HALF_FACE[1:-1], MIDDLE)])


class Mouth(StrEnum):
    SMILE = "smile"
    CHEER = "cheer"


class Beard(StrEnum):
    NONE = "none"
    FULL = "full"
    GOATEE = "goatee"


def draw_head(easel: Easel, skin: Colour) -> None:
    for x in (328, 696):
        easel.ellipse((x, 606), (36, 58), darken(skin, 0.08))
        easel.paint(ellipse_points((x, 610), (17, 36)), darken(skin, 0.5), opacity=0.5, blur=8)
    easel.fill(FACE, skin)
    right = [(600, 320), (760, 320), (760, 880), (540, 880), (640, 700), (650, 520)]
    easel.paint(right, darken(skin, 0.5), opacity=0.5, blur=60)
    easel.paint(ellipse_points((430, 450), (120, 90)), lighten(skin, 0.6), opacity=0.35, blur=55)
    for x in (392, 632):
        easel.paint(
            ellipse_points((x, 690), (58, 46)), mix(skin, BLUSH, 0.7), opacity=0.42, blur=24
        )


def draw_features(easel: Easel, skin: Colour, hair: Colour, mouth: Mouth, *, is_old: bool) -> None:
    if is_old:
        _draw_age(easel, skin)
    for side in (-1, 1):
        _draw_eye(easel, side, skin)
        _draw_brow(easel, side, darken(hair, 0.25))
    nose = curve_through([(524, 600), (536, 650), (548, 690), (526, 708), (500, 702)], closed=False)
    easel.paint(ellipse_points((540, 672), (26, 48)), darken(skin, 0.5), opacity=0.28, blur=14)
    easel.line(nose, darken(skin, 0.36), 7)
    _draw_mouth(easel, mouth, skin)


def draw_beard(easel: Easel, beard: Beard, hair: Colour, mouth: Mouth) -> None:
    if beard is Beard.NONE:
        return
    if beard is Beard.FULL:
        outer = [(688, 590), (694, 680), (664, 790), (590, 868), (512, 886)]
        inner = [(512, 716), (590, 712), (640, 660)]
        shape = [*outer, *mirror(outer[:-1], MIDDLE), *mirror(inner, MIDDLE)[:-1], *inner]
    else:
        outer = [(598, 730), (592, 808), (556, 866), (512, 878)]
        inner = [(512, 712), (570, 712)]
        shape = [*outer, *mirror(outer[:-1], MIDDLE), *mirror(inner, MIDDLE)[:-1], *inner]
    easel.fill(curve_through(shape, steps=6), hair)
    easel.paint([(560, 640), (740, 560), (720, 900), (560, 900)], darken(hair, 0.6),
                opacity=0.45, blur=34)  # fmt: skip
    _draw_mouth(easel, mouth, mix(hair, BLUSH, 0.45))


def draw_glasses(easel: Easel) -> None:
    for x in (428, 596):
        ring = ellipse_points((x, 592), (70, 62))
        easel.paint(ellipse_points((x - 16, 572), (36, 26)), (255, 255, 255), opacity=0.2, blur=8)
        easel.line([*ring, ring[0]], INK, 10)
    easel.line(curve_through([(496, 586), (512, 578), (528, 586)], closed=False), INK, 10)
    easel.line([(358, 586), (326, 576)], INK, 9)
    easel.line([(666, 586), (698, 576)], INK, 9)


def _draw_eye(easel: Easel, side: int, skin: Colour) -> None:
    x, y = MIDDLE + side * 84, 594
    almond = curve_through([(x - 42, y + 2), (x - 22, y - 21), (x + 14, y - 24), (x + 42, y),
                            (x + 20, y + 20), (x - 18, y + 20)])  # fmt: skip
    socket = ellipse_points((x, y - 6), (58, 40))
    easel.paint(socket, darken(skin, 0.5), opacity=0.26, blur=16)
    easel.fill(almond, (250, 248, 244))
    easel.ellipse((x + 2, y - 1), (20, 21), (74, 46, 30))
    easel.ellipse((x + 2, y - 1), (11, 12), (18, 13, 12))
    easel.ellipse((x - 5, y - 9), (6, 6), (255, 255, 255))
    lid = curve_through(
        [(x - 45, y + 3), (x - 22, y - 22), (x + 14, y - 25), (x + 45, y)], closed=False
    )
    easel.line(lid, INK, 8)


def _draw_brow(easel: Easel, side: int, hair: Colour) -> None:
    x = MIDDLE + side * 84
    inner, outer = x - side * 52, x + side * 64
    top = [(inner, 532), (x, 506), (outer, 536)]
    under = [(outer, 540), (x + side * 10, 526), (inner, 552)]
    easel.fill([*curve_through(top, closed=False), *curve_through(under, closed=False)], hair)


def _draw_mouth(easel: Easel, mouth: Mouth, skin: Colour) -> None:
    depth = 88 if mouth is Mouth.CHEER else 54
    half_width = 74 if mouth is Mouth.CHEER else 82
    left, right, y = MIDDLE - half_width, MIDDLE + half_width, 736
    upper: list[Point] = [(left, y), (MIDDLE - 30, y + 8), (MIDDLE + 30, y + 8), (right, y)]
    lower: list[Point] = [
        (right - 22, y + depth * 0.66),
        (MIDDLE, y + depth),
        (left + 22, y + depth * 0.66),
    ]
    lips = [
        *curve_through(upper, closed=False),
        *curve_through([upper[-1], *lower, upper[0]], closed=False),
    ]
    easel.fill(lips, (98, 22, 30))
    easel.ellipse((MIDDLE, y + depth * 0.78), (half_width * 0.5, depth * 0.18), (214, 88, 92))
    teeth = [(left + 13, y + 5), (MIDDLE, y + 10), (right - 13, y + 5), (right - 30, y + 25),
             (MIDDLE, y + 30), (left + 30, y + 25)]  # fmt: skip
    easel.fill(curve_through(teeth), (252, 250, 246))
    edge = mix(darken(skin, 0.3), (170, 52, 54), 0.6)
    easel.line(lips, edge, 8)


def _draw_age(easel: Easel, skin: Colour) -> None:
    line = darken(skin, 0.3)
    for side in (-1, 1):
        fold = [(60, 690), (94, 730), (104, 772)]
        points = [(MIDDLE + side * x, y) for x, y in fold]
        easel.line(curve_through(points, closed=False), line, 5)
        bag = [(52, 632), (84, 642), (118, 630)]
        easel.line(curve_through([(MIDDLE + side * x, y) for x, y in bag], closed=False), line, 4)
    easel.line(curve_through([(440, 452), (512, 444), (590, 454)], closed=False), line, 5)
    easel.line(curve_through([(456, 482), (512, 476), (572, 484)], closed=False), line, 4)
