"""The large fan's body: torso and sleeves in a kit, neck, arms and fists in the photo's skin tone.

Coordinates are those of the 1280×720 frame; each picture says where its corner lies.
"""

import numpy as np
from PIL import Image

from generations.kits import Kit
from generations.sandbox.cloth import weave
from generations.sandbox.colour import Colour, darken, lighten, measure_luma, mix, parse_hex
from generations.sandbox.easel import Easel, Point, curve_through, ellipse_points, mirror

TORSO_CORNER = (390.0, 430.0)
ARM_CORNER = (740.0, 90.0)
SHOULDER = (806.0, 590.0)
HAND = (932.0, 132.0)
HAND_REACH = 292
_MIDDLE = 640.0
_SHADE: Colour = (8, 10, 24)


def draw_torso(kit: Kit) -> Image.Image:
    easel = Easel((500, 360))
    half = _local(
        [(702, 478), (748, 495), (808, 512), (854, 548), (872, 612), (860, 700), (852, 800)]
    )
    slope = curve_through(half, closed=False)
    middle = _MIDDLE - TORSO_CORNER[0]
    neckline = curve_through(
        [(middle - 62, 48), (middle - 40, 84), (middle, 102), (middle + 40, 84), (middle + 62, 48)],
        closed=False,
    )
    outline = [*slope, *mirror(slope, middle), *neckline]
    easel.texture(outline, weave(kit, (456, 400)), (middle - 228, 20))
    _shade_folds(easel, middle, is_light=measure_luma(parse_hex(kit.body)) > 150)
    easel.paint([(0, 0), (90, 90), (60, 370), (-20, 370)], _SHADE, opacity=0.3, blur=26)
    easel.paint([(500, 0), (410, 90), (440, 370), (520, 370)], _SHADE, opacity=0.4, blur=26)
    easel.paint([(0, 270), (500, 270), (500, 420), (0, 420)], _SHADE, opacity=0.42, blur=60)
    easel.paint(ellipse_points((middle, 74), (96, 44)), _SHADE, opacity=0.34, blur=18)
    collar = parse_hex(kit.collar)
    easel.line(neckline, darken(collar, 0.25), 22)
    easel.line([(x, y - 3) for x, y in neckline], collar, 15)
    return easel.finish()


def draw_arm(kit: Kit, skin: Colour) -> Image.Image:
    """The right arm of the picture, raised; mirror it for the other."""
    easel = Easel((270, 560))
    bones = _arm_line([(800, 610), (862, 470), (908, 330), (930, 220), HAND])
    forearm = _limb(bones, (60, 50, 35, 28, 22))
    easel.fill(forearm, darken(skin, 0.08))
    _round_limb(easel, bones, 30)
    sleeve_bones = bones[: len(bones) * 58 // 100]
    sleeve = _limb(sleeve_bones, (66, 60, 52, 46))
    sleeves, body = parse_hex(kit.sleeves), parse_hex(kit.body)
    easel.fill(sleeve, sleeves if kit.sleeves != kit.body else body)
    cuff = _limb(sleeve_bones[-5:], (48, 47))
    easel.fill(cuff, parse_hex(kit.collar))
    _round_limb(easel, sleeve_bones, 54)
    for at, tilt in ((0.35, 16), (0.55, 12), (0.78, 10)):
        x, y = sleeve_bones[int(at * (len(sleeve_bones) - 1))]
        fold = curve_through([(x - 46, y - tilt), (x, y + 4), (x + 34, y - 6), (x, y + 14)])
        easel.paint(fold, _SHADE, opacity=0.3, blur=5)
    return easel.finish()


def draw_fist(skin: Colour) -> Image.Image:
    """A hand closed over cloth, four fingers towards the viewer."""
    easel = Easel((84, 88))
    palm = curve_through(
        [(14, 26), (20, 12), (42, 8), (64, 12), (70, 26), (70, 60), (62, 76), (24, 76), (14, 62)]
    )
    easel.fill(palm, darken(skin, 0.12))
    for index in range(4):
        x = 21 + index * 14
        finger = curve_through(
            [(x - 7, 22), (x, 12), (x + 7, 22), (x + 7, 58), (x, 68), (x - 7, 58)]
        )
        easel.fill(finger, mix(skin, darken(skin, 0.3), index * 0.12))
        easel.paint(ellipse_points((x - 1, 24), (4, 8)), lighten(skin, 0.6), opacity=0.4, blur=4)
        if index:
            easel.line([(x - 7, 24), (x - 7, 58)], darken(skin, 0.38), 2.4)
    thumb = curve_through([(16, 60), (34, 54), (52, 58), (50, 70), (30, 76), (18, 72)])
    easel.fill(thumb, darken(skin, 0.03))
    easel.line(curve_through([(20, 74), (32, 77), (50, 71)], closed=False), darken(skin, 0.35), 2.4)
    return easel.finish()


def draw_neck(skin: Colour, face_width: float) -> Image.Image:
    """From behind the jaw to below the collar; the chin's shadow lies on it."""
    width, height = round(face_width * 1.3), 176
    easel = Easel((width, height))
    middle, reach = width / 2, face_width * 0.3
    half = [
        (middle + reach * factor, y)
        for factor, y in ((0.96, 0), (1, 80), (1.5, 130), (1.7, height))
    ]
    slope = curve_through(half, closed=False)
    easel.fill([*slope, *mirror(slope, middle)], darken(skin, 0.1))
    under_chin = ellipse_points((middle, 56), (reach * 1.3, 46))
    easel.paint(under_chin, mix(_SHADE, darken(skin, 0.6), 0.6), opacity=0.62, blur=16)
    inner, outer = middle + reach * 0.4, middle + reach * 0.9
    far_side = [(inner, 0), (width, 0), (width, height), (outer, height)]
    easel.paint(far_side, darken(skin, 0.6), opacity=0.4, blur=14)
    return easel.finish()


def _shade_folds(easel: Easel, middle: float, *, is_light: bool) -> None:
    strength = 0.2 if is_light else 0.3
    for x, lean, depth in (
        (-150, 26, 1.0),
        (-86, 14, 0.7),
        (-20, 4, 0.5),
        (58, -10, 0.8),
        (134, -24, 1.0),
    ):
        fold = [(middle + x + lean, 110), (middle + x + 14, 230), (middle + x, 360),
                (middle + x - 24, 360), (middle + x - 4, 230)]  # fmt: skip
        easel.paint(curve_through(fold), _SHADE, opacity=strength * depth, blur=9)
        shine = [(px + 26, py) for px, py in fold]
        easel.paint(curve_through(shine), (255, 255, 255), opacity=0.16 * depth, blur=9)
    for side in (-1, 1):
        pull = [
            (middle + side * px, py) for px, py in ((176, 150), (110, 120), (60, 130), (120, 140))
        ]
        easel.paint(curve_through(pull), _SHADE, opacity=strength, blur=7)


def _arm_line(points: list[Point]) -> list[Point]:
    return curve_through([(x - ARM_CORNER[0], y - ARM_CORNER[1]) for x, y in points], closed=False)


def _local(points: list[Point]) -> list[Point]:
    return [(x - TORSO_CORNER[0], y - TORSO_CORNER[1]) for x, y in points]


def _limb(bones: list[Point], radii: tuple[float, ...]) -> list[Point]:
    """The outline of a limb around its bones; radii are spread evenly along it."""
    line = np.array(bones)
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1])[:, None], 1e-6)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    places = np.linspace(0, 1, len(radii))
    radius = np.interp(np.linspace(0, 1, len(line)), places, radii)[:, None]
    outline = np.concatenate([line + normal * radius, (line - normal * radius)[::-1]])
    return [(float(x), float(y)) for x, y in outline]


def _round_limb(easel: Easel, bones: list[Point], radius: float) -> None:
    """Light on the outer side, shade on the inner one."""
    inner = [(x - radius * 0.75, y + radius * 0.2) for x, y in bones]
    outer = [(x + radius * 0.62, y - radius * 0.1) for x, y in bones]
    shadow, shine = radius * 0.42, radius * 0.16
    easel.paint(_limb(inner, (shadow, shadow)), _SHADE, opacity=0.5, blur=radius * 0.36)
    easel.paint(_limb(outer, (shine, shine)), (255, 255, 255), opacity=0.35, blur=radius * 0.26)
