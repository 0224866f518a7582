"""The figures of the crowd: waist-up people in kit colours, drawn once and scaled into rows."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from PIL import Image

from generations.kits import Kit
from generations.sandbox.cloth import knit_scarf, list_colours, weave
from generations.sandbox.colour import Colour, darken, lighten, parse_hex
from generations.sandbox.easel import Easel, Point, curve_through, mirror

SIZE = (220, 340)
HEAD_WIDTH = 60
HEAD_TOP = 94
MIDDLE = 110
VISIBLE_HEIGHT = 270  # the next row hides what is lower

_SKINS = ("#F3CDAA", "#EBB98F", "#D9A06F", "#B9794B", "#8C5535", "#6A3F29", "#4E2E20")
_HAIRS = ("#1B1513", "#241812", "#2E1D16", "#4A2E1E", "#6B4426", "#A5702F", "#C9A063", "#8E8A86")
_PLAIN_TOPS = ("#20242C", "#3B4250", "#6E7580", "#C9CCD0", "#E9E7E2", "#4A3E3A", "#26324A")


class Pose(StrEnum):
    CALM = "calm"
    CHEER = "cheer"
    WAVE = "wave"
    SCARF = "scarf"


@dataclass(frozen=True)
class Figure:
    """One person, sitting still and, unless calm by nature, with arms up. RGBA of SIZE."""

    resting: Image.Image
    risen: Image.Image | None


@dataclass(frozen=True)
class _Dress:
    skin: Colour
    hair: Colour
    style: str
    shirt: Image.Image
    sleeves: Colour
    collar: Colour
    hat: Colour | None
    scarf: Image.Image | None


def draw_figures(kit: Kit, random: Random, count: int) -> list[Figure]:
    """`count` people of one side; about a fifth in plain clothes."""
    poses = (Pose.CHEER, Pose.WAVE, Pose.SCARF, Pose.CHEER, Pose.CALM, Pose.CHEER)
    figures = []
    for index in range(count):
        dress = _choose_dress(kit, random, is_plain=index % 6 == 4)
        pose = poses[index % len(poses)]
        resting = _draw_person(dress, Pose.CALM, random)
        figures.append(
            Figure(resting, None if pose is Pose.CALM else _draw_person(dress, pose, random))
        )
    return figures


def _choose_dress(kit: Kit, random: Random, *, is_plain: bool) -> _Dress:
    colours = list_colours(kit)
    top = parse_hex(random.choice(_PLAIN_TOPS))
    tone = random.randrange(len(_SKINS))
    hairs = _HAIRS if tone < 2 else _HAIRS[:4] if tone < 4 else _HAIRS[:2]
    return _Dress(
        skin=parse_hex(_SKINS[tone]),
        hair=parse_hex(random.choice(hairs)),
        style=random.choice(("short", "short", "long", "round", "bald", "bun")),
        shirt=Image.new("RGB", (120, 150), top) if is_plain else weave(kit, (120, 150)),
        sleeves=top if is_plain else parse_hex(kit.sleeves),
        collar=darken(top, 0.3) if is_plain else parse_hex(kit.collar),
        hat=random.choice(colours) if random.random() < 0.2 else None,
        scarf=knit_scarf(kit, kit, (190, 34)) if not is_plain else None,
    )


def _draw_person(dress: _Dress, pose: Pose, random: Random) -> Image.Image:
    easel = Easel(SIZE)
    if dress.style == "long":
        _fill(easel, [(78, 104), (142, 104), (150, 206), (70, 206)], dress.hair)
    if pose in (Pose.CHEER, Pose.SCARF):
        reach = random.uniform(-8, 8)
        for side in (-1, 1):
            _draw_raised_arm(easel, dress, side, reach)
    elif pose is Pose.WAVE:
        _draw_raised_arm(easel, dress, random.choice((-1, 1)), 10)
    _draw_torso(easel, dress)
    _draw_head(easel, dress, is_loud=pose is not Pose.CALM)
    if pose is Pose.SCARF and dress.scarf is not None:
        easel.image.alpha_composite(dress.scarf.resize((380, 68)), (30, 22))
    elif pose is Pose.CALM and dress.scarf is not None and random.random() < 0.5:
        _draw_worn_scarf(easel, dress.collar, dress.sleeves)
    return easel.finish()


def _draw_torso(easel: Easel, dress: _Dress) -> None:
    half: list[Point] = [(126, 166), (160, 184), (174, 214), (172, 350)]
    slope = curve_through(half, closed=False)
    easel.texture([*slope, *mirror(slope, MIDDLE)], dress.shirt.resize((134, 190)), (43, 160))
    for side in (-1, 1):
        outline = ((46, 186), (66, 206), (74, 270), (48, 290), (44, 220))
        sleeve = curve_through([(MIDDLE + side * x, y) for x, y in outline])
        easel.fill(sleeve, dress.sleeves)
        easel.paint(sleeve, (0, 0, 0), opacity=0.16, blur=3)
    easel.paint([(30, 250), (190, 250), (190, 360), (30, 360)], (6, 8, 16), opacity=0.62, blur=44)
    _fill(
        easel, [(94, 140), (126, 140), (128, 172), (110, 182), (92, 172)], darken(dress.skin, 0.22)
    )
    neckline = curve_through([(90, 168), (110, 184), (130, 168)], closed=False)
    easel.line(neckline, dress.collar, 7)


def _draw_raised_arm(easel: Easel, dress: _Dress, side: int, reach: float) -> None:
    shoulder, elbow = (MIDDLE + side * 52, 206), (MIDDLE + side * (74 + reach), 138)
    hand = (MIDDLE + side * (70 - reach), 46)
    easel.line([shoulder, elbow], dress.sleeves, 32)
    easel.line([elbow, hand], darken(dress.skin, 0.08), 19)
    easel.ellipse(hand, (13, 16), dress.skin)


def _draw_head(easel: Easel, dress: _Dress, *, is_loud: bool) -> None:
    skin = dress.skin
    for x in (81, 139):
        easel.ellipse((x, 128), (6, 10), darken(skin, 0.15))
    half: list[Point] = [(110, 88), (132, 96), (140, 122), (134, 148), (110, 166)]
    face = curve_through([*half, *mirror(half[1:-1], MIDDLE)])
    easel.fill(face, skin)
    easel.paint([(120, 80), (150, 80), (150, 170), (114, 170)], (20, 12, 24), opacity=0.3, blur=12)
    for x in (99, 121):
        easel.ellipse((x, 124), (4, 4), (26, 18, 18))
        easel.line([(x - 7, 114), (x + 7, 113)], darken(dress.hair, 0.2), 3)
    easel.line([(110, 128), (113, 137)], darken(skin, 0.3), 3)
    if is_loud:
        easel.ellipse((110, 150), (10, 8), (88, 24, 28))
        easel.line([(103, 146), (117, 146)], (246, 242, 236), 4)
    else:
        easel.line(
            curve_through([(101, 147), (110, 151), (119, 147)], closed=False), (120, 48, 46), 4
        )
    _draw_hair(easel, dress)


def _draw_hair(easel: Easel, dress: _Dress) -> None:
    if dress.hat is not None:
        _fill(easel, [(78, 112), (82, 88), (110, 76), (138, 88), (142, 112), (110, 106)], dress.hat)
        easel.line([(80, 111), (140, 111)], lighten(dress.hat, 0.35), 9)
        return
    if dress.style == "bald":
        return
    crown: list[Point] = [
        (78, 124),
        (80, 96),
        (96, 80),
        (124, 80),
        (140, 96),
        (142, 124),
        (132, 104),
        (88, 104),
    ]
    _fill(easel, crown, dress.hair)
    if dress.style == "round":
        for x, y in ((82, 100), (92, 84), (110, 78), (128, 84), (138, 100)):
            easel.ellipse((x, y), (15, 15), dress.hair)
    elif dress.style == "bun":
        easel.ellipse((110, 70), (14, 13), dress.hair)


def _draw_worn_scarf(easel: Easel, first: Colour, second: Colour) -> None:
    easel.line(curve_through([(84, 170), (110, 188), (136, 170)], closed=False), first, 15)
    easel.line([(122, 186), (126, 250)], first, 17)
    for y in (206, 230):
        easel.line([(117, y), (131, y)], lighten(second, 0.25), 7)


def _fill(easel: Easel, points: list[Point], colour: Colour) -> None:
    easel.fill(curve_through(points, steps=6), colour)
