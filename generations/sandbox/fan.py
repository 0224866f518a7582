"""The fan in the middle: the photo's head, the left team's shirt, raised arms and a shared scarf.

The parts are drawn once, in the coordinates of the 1280×720 frame, and then posed.
"""

from dataclasses import dataclass
from math import ceil, cos, floor, pi, sin

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from generations.kits import Kit
from generations.sandbox import shirt
from generations.sandbox.cloth import Wave, knit_scarf, wave_cloth
from generations.sandbox.cutout import Head
from generations.sandbox.easel import Point

FACE_HEIGHT = 208
_CHIN = (640.0, 440.0)
_FRAME = (1280, 720)
_SCARF_SIZE, _SCARF_MARGIN = (760, 84), 34
_SCARF_MIDDLE = (640.0, 112.0)


@dataclass(frozen=True)
class _Part:
    image: Image.Image
    corner: Point


@dataclass(frozen=True)
class _Motion:
    """Grow by `scale` (across, down) around `pivot`, turn by `angle` (radians), go by `shift`."""

    pivot: Point = (0.0, 0.0)
    angle: float = 0.0
    scale: Point = (1.0, 1.0)
    shift: Point = (0.0, 0.0)


class Fan:
    def __init__(self, head: Head, left: Kit, right: Kit) -> None:
        self._head = _place_head(head)
        self._torso = _light(shirt.draw_torso(left), shirt.TORSO_CORNER)
        arm = shirt.draw_arm(left, head.skin)
        other_arm = arm.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        other_corner = (_FRAME[0] - shirt.ARM_CORNER[0] - arm.width, shirt.ARM_CORNER[1])
        self._arms = (_light(other_arm, other_corner), _light(arm, shirt.ARM_CORNER))
        fist = shirt.draw_fist(head.skin)
        self._fist = _light(fist, (-fist.width / 2, -fist.height / 2))
        self._scarf = np.asarray(knit_scarf(left, right, _SCARF_SIZE))

    def draw(self, picture: Image.Image, moment: float) -> None:
        """Pose before the stand; `moment` runs from 0 to 1 in one round of swaying."""
        turn = 2 * pi * moment
        bounce, sway = 6 * sin(2 * turn), 9 * sin(turn)
        body = (sway * 0.7, 6 - bounce)
        lift, tilt = 9 * sin(2 * turn - 0.7), 14 * sin(turn + 0.5)
        hands = [
            (640 + sway + side * shirt.HAND_REACH, _SCARF_MIDDLE[1] + 20 - lift + side * tilt / 2)
            for side in (-1, 1)
        ]
        for side, part, hand in zip((-1, 1), self._arms, hands, strict=True):
            _put(picture, part, _reach(side, body, hand))
        shift = (sway * 0.8, 6 - bounce * 1.25)
        _put(picture, self._head, _Motion((640, 500), 0.026 * sin(turn - 0.5), shift=shift))
        _put(picture, self._torso, _Motion(shift=body))
        self._hold_scarf(picture, 2 * turn, (sway, lift, tilt))
        for hand in hands:
            _put(picture, self._fist, _Motion(shift=hand))

    def _hold_scarf(
        self, picture: Image.Image, phase: float, moved: tuple[float, float, float]
    ) -> None:
        sway, lift, tilt = moved
        slope = tilt * _SCARF_SIZE[0] / (2 * shirt.HAND_REACH)
        wave = Wave(phase, 410, 4.5, arch=16, tilt=slope)
        scarf = Image.fromarray(wave_cloth(self._scarf, wave, margin=_SCARF_MARGIN))
        left = _SCARF_MIDDLE[0] - _SCARF_SIZE[0] / 2 + sway
        top = _SCARF_MIDDLE[1] - _SCARF_SIZE[1] / 2 - _SCARF_MARGIN - lift
        _put(picture, _Part(scarf, (left, top)), _Motion())


def _place_head(head: Head) -> _Part:
    """The cut-out on a drawn neck of its own skin, lit from behind like the rest."""
    corner = (_CHIN[0] - head.x, _CHIN[1] - head.y - head.face_height / 2)
    width, height = head.image.size
    picture = Image.new("RGBA", (width, height + 40))
    neck = shirt.draw_neck(head.skin, head.face_width)
    picture.alpha_composite(
        neck, (round(head.x - neck.width / 2), round(head.y + head.face_height * 0.28))
    )
    picture.alpha_composite(head.image)
    return _light(picture, corner)


def _light(image: Image.Image, corner: Point) -> _Part:
    """A cool rim from the floodlights behind, along the edges that look upwards."""
    alpha = image.getchannel("A")
    lowered = ImageChops.offset(alpha, 0, 5).filter(ImageFilter.GaussianBlur(2.6))
    rim = ImageChops.multiply(alpha, ImageChops.invert(lowered)).point(
        [round(value * 0.55) for value in range(256)]
    )
    lit = image.convert("RGB")
    lit.paste((236, 242, 255), (0, 0, *image.size), rim)
    lit.putalpha(alpha)
    left, top, right, bottom = alpha.getbbox() or (0, 0, *image.size)
    box = (max(0, left - 2), max(0, top - 2), right + 2, bottom + 2)
    return _Part(lit.crop(box), (corner[0] + box[0], corner[1] + box[1]))


def _reach(side: int, body: Point, hand: Point) -> _Motion:
    """Stretch an arm from its drawn hand to where the hand is now; the shoulder stays."""
    shoulder = (640 + side * (shirt.SHOULDER[0] - 640), shirt.SHOULDER[1])
    drawn = (side * (shirt.HAND[0] - shirt.SHOULDER[0]), shirt.HAND[1] - shirt.SHOULDER[1])
    wanted = (hand[0] - shoulder[0] - body[0], hand[1] - shoulder[1] - body[1])
    return _Motion(shoulder, 0.0, (wanted[0] / drawn[0], wanted[1] / drawn[1]), body)


def _put(picture: Image.Image, part: _Part, motion: _Motion) -> None:
    pivot = [motion.pivot[axis] + motion.shift[axis] for axis in (0, 1)]
    offset = (part.corner[0] - motion.pivot[0], part.corner[1] - motion.pivot[1])
    grow, cosine, sine = motion.scale, cos(motion.angle), sin(motion.angle)
    xs, ys = (
        [grow[axis] * (offset[axis] + far * part.image.size[axis]) for far in (0, 1)]
        for axis in (0, 1)
    )
    across = [x * cosine - y * sine + pivot[0] for x in xs for y in ys]
    down = [x * sine + y * cosine + pivot[1] for x in xs for y in ys]
    left, right = max(0, floor(min(across))), min(picture.width, ceil(max(across)))
    top, bottom = max(0, floor(min(down))), min(picture.height, ceil(max(down)))
    x, y = left - pivot[0], top - pivot[1]
    a, b, d, e = cosine / grow[0], sine / grow[0], -sine / grow[1], cosine / grow[1]
    matrix = (a, b, a * x + b * y - offset[0], d, e, d * x + e * y - offset[1])
    moved = part.image.transform(
        (right - left, bottom - top), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    )
    picture.paste(moved, (left, top), moved)
