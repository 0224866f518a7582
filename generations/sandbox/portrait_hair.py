"""Hair and headscarves of a drawn portrait: what lies behind the head and what falls over it."""

from enum import StrEnum

from generations.sandbox.colour import Colour, darken, lighten
from generations.sandbox.easel import Easel, Point, curve_through, ellipse_points, mirror

MIDDLE = 512


class Style(StrEnum):
    BALD = "bald"
    BOB = "bob"
    BUN = "bun"
    CROP = "crop"
    CURLS = "curls"
    HEADSCARF = "headscarf"
    LONG = "long"
    SHORT = "short"
    SIDE_PART = "side part"


_LONG_HALF: list[Point] = [
    (512, 268),
    (640, 292),
    (726, 400),
    (744, 600),
    (752, 800),
    (770, 1010),
    (700, 1060),
    (600, 1000),
]
_BOB_HALF: list[Point] = [
    (512, 262),
    (650, 288),
    (736, 400),
    (756, 600),
    (752, 760),
    (700, 850),
    (600, 830),
]


def draw_behind(easel: Easel, style: Style, hair: Colour) -> None:
    dark = darken(hair, 0.25)
    if style in (Style.LONG, Style.BOB):
        half = _LONG_HALF if style is Style.LONG else _BOB_HALF
        easel.fill(curve_through([*half, *mirror(half[1:], MIDDLE)]), dark)
    elif style is Style.BUN:
        easel.ellipse((512, 226), (92, 84), hair)
        easel.paint(ellipse_points((488, 196), (50, 36)), lighten(hair, 0.5), opacity=0.3, blur=18)
        _draw_cap(easel, hair, swell=14)
    elif style is Style.CURLS:
        for x, y, radius in _CURLS:
            easel.ellipse((x, y), (radius, radius), dark)
    elif style is Style.HEADSCARF:
        half = [
            (512, 250),
            (650, 284),
            (742, 420),
            (756, 640),
            (736, 850),
            (800, 1000),
            (800, 1180),
            (512, 1240),
        ]
        easel.fill(curve_through([*half, *mirror(half[1:-1], MIDDLE)]), dark)
    elif style is not Style.BALD:
        _draw_cap(easel, hair, swell=0)


def draw_in_front(easel: Easel, style: Style, hair: Colour) -> None:
    if style is Style.HEADSCARF:
        _draw_headscarf(easel, hair)
    elif style in _FRINGES:
        easel.fill(curve_through(_FRINGES[style]), hair)
    elif style is Style.CURLS:
        for x, y, radius in _CURLS:
            if y < 420:
                easel.ellipse((x, y + 16), (radius * 0.86, radius * 0.86), hair)
                shine = ellipse_points((x - 12, y), (radius * 0.4, radius * 0.34))
                easel.paint(shine, lighten(hair, 0.5), opacity=0.22, blur=12)
    if style not in (Style.BALD, Style.HEADSCARF, Style.CURLS):
        shine = curve_through([(372, 420), (430, 330), (540, 300), (440, 368)])
        easel.paint(shine, lighten(hair, 0.6), opacity=0.4, blur=22)
    elif style is Style.BALD:
        easel.paint(ellipse_points((450, 380), (70, 38)), (255, 255, 255), opacity=0.3, blur=26)


def _draw_cap(easel: Easel, hair: Colour, *, swell: float) -> None:
    half: list[Point] = [(512, 272 - swell), (630, 292 - swell), (706 + swell, 390), (720, 540),
                         (700, 610), (640, 500), (512, 440)]  # fmt: skip
    easel.fill(curve_through([*half, *mirror(half[1:-1], MIDDLE)]), hair)


def _draw_headscarf(easel: Easel, cloth: Colour) -> None:
    outer: list[Point] = [
        (512, 256),
        (640, 284),
        (730, 420),
        (744, 640),
        (690, 850),
        (600, 930),
        (512, 950),
    ]
    inner: list[Point] = [
        (512, 862),
        (590, 832),
        (650, 752),
        (680, 640),
        (676, 520),
        (628, 410),
        (512, 384),
    ]
    ring = curve_through([*outer, *mirror(outer[1:-1], MIDDLE)])
    hole = curve_through([*reversed(inner), *mirror(list(reversed(inner[1:-1])), MIDDLE)])
    start = ring[0]
    easel.fill([*ring, start, hole[0], *reversed(hole)], cloth)
    drape = curve_through([(330, 840), (420, 920), (560, 950), (700, 860), (800, 1010), (740, 1180),
                           (500, 1220), (290, 1160), (240, 1010)])  # fmt: skip
    easel.fill(drape, cloth)
    for fold in (
        [(330, 870), (450, 960), (610, 960), (720, 870)],
        [(270, 990), (420, 1080), (620, 1070), (770, 980)],
        [(300, 1110), (460, 1170), (640, 1150), (760, 1080)],
    ):
        band = [*curve_through(fold, closed=False)]
        band += [(x, y + 26) for x, y in reversed(band)]
        easel.paint(band, darken(cloth, 0.6), opacity=0.5, blur=14)
    easel.paint(curve_through([(330, 420), (400, 310), (520, 280), (420, 350), (360, 480)]),
                lighten(cloth, 0.6), opacity=0.4, blur=26)  # fmt: skip
    easel.paint([(690, 300), (800, 400), (800, 1200), (640, 1240), (720, 700)],
                darken(cloth, 0.6), opacity=0.45, blur=40)  # fmt: skip


_FRINGES: dict[Style, list[Point]] = {
    Style.LONG: [
        (560, 268), (420, 288), (326, 400), (316, 560), (346, 560), (400, 440),
        (540, 352), (640, 420), (680, 560), (708, 560), (704, 400), (640, 300),
    ],
    Style.BOB: [
        (512, 262), (390, 300), (318, 420), (306, 580), (340, 590), (368, 500), (470, 474),
        (600, 470), (656, 500), (684, 590), (718, 580), (706, 420), (634, 300),
    ],
    Style.SIDE_PART: [
        (520, 256), (400, 286), (330, 390), (318, 520), (346, 560), (366, 450), (450, 420),
        (590, 414), (664, 380), (676, 470), (690, 560), (712, 510), (704, 380), (630, 284),
    ],
    Style.CROP: [
        (512, 270), (400, 294), (334, 380), (320, 520), (336, 590), (356, 470), (420, 408),
        (512, 396), (604, 408), (668, 470), (688, 590), (704, 520), (690, 380), (624, 294),
    ],
    Style.SHORT: [
        (512, 284), (408, 306), (342, 390), (328, 540), (348, 520), (376, 420), (440, 392),
        (584, 392), (648, 420), (676, 520), (696, 540), (682, 390), (616, 306),
    ],
    Style.BUN: [
        (512, 262), (396, 288), (330, 380), (318, 540), (344, 520), (400, 410),
        (512, 380), (624, 410), (680, 520), (706, 540), (694, 380), (628, 288),
    ],
}  # fmt: skip

_CURLS: tuple[tuple[int, int, int], ...] = (
    (330, 430, 66), (360, 350, 72), (430, 290, 76), (512, 262, 80), (596, 290, 76), (664, 350, 72),
    (696, 430, 66), (312, 520, 56), (712, 520, 56), (420, 372, 58), (512, 352, 62), (604, 372, 58),
    (306, 590, 40), (718, 590, 40),
)  # fmt: skip
