"""The fan in the middle: the photo's head, the left team's shirt, raised arms and a shared scarf.

Everything is drawn once as sprites in the coordinates of the 1280×720 frame and then moved.
"""

from dataclasses import dataclass
from math import ceil, cos, floor, pi, sin

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from generations.kits import Kit
from generations.sandbox import shirt
from generations.sandbox.cloth import Pixels, Wave, knit_scarf, wave_cloth
from generations.sandbox.cutout import Head
from generations.sandbox.easel import Point
from generations.sandbox.planes import Planes, Sprite, bleed

FACE_HEIGHT = 208
_CHIN = (640.0, 430.0)
_FRAME = (1280, 720)
_ZOOM_CENTRE = (640.0, 470.0)
_SCARF_SIZE, _SCARF_MARGIN = (760, 84), 34
_SCARF_MIDDLE = (640.0, 112.0)


@dataclass(frozen=True)
class _Part:
    sprite: Sprite
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
        self._scarf = _flatten(knit_scarf(left, right, _SCARF_SIZE))

    def draw(self, canvas: Planes, seconds: float, zoom: float) -> None:
        """Put the fan on the frame at this moment."""
        beat = 2 * pi * seconds
        bounce = 7 * abs(sin(beat / 2)) - 3
        sway = 9 * sin(beat / 4)
        lean = 0.022 * sin(beat / 4 - 0.4)
        body = (sway * 0.6, -bounce)
        lift, tilt = 10 * sin(beat / 2 + 0.5), 16 * sin(beat / 4 + 0.3)
        hands = [
            (640 + side * shirt.HAND_REACH + sway, _SCARF_MIDDLE[1] + 20 - lift + side * tilt / 2)
            for side in (-1, 1)
        ]
        for side, part, hand in zip((-1, 1), self._arms, hands, strict=True):
            _put(canvas, part, _reach(side, body, hand), zoom)
        nod = _Motion((640, 500), lean, shift=(sway * 0.8, -bounce * 1.2))
        _put(canvas, self._head, nod, zoom)
        _put(canvas, self._torso, _Motion(shift=body), zoom)
        self._draw_scarf(canvas, beat, (sway, -lift, tilt), zoom)
        for hand in hands:
            _put(canvas, self._fist, _Motion(shift=hand), zoom)

    def _draw_scarf(
        self, canvas: Planes, beat: float, moved: tuple[float, float, float], zoom: float
    ) -> None:
        sway, down, tilt = moved
        wave = Wave(
            beat, 410, 4.5, arch=16, tilt=tilt * _SCARF_SIZE[0] / (2 * shirt.HAND_REACH), zoom=zoom
        )
        pixels = wave_cloth(self._scarf, wave, margin=_SCARF_MARGIN, lit_bands=1)
        left = _zoomed(_SCARF_MIDDLE[0] - _SCARF_SIZE[0] / 2 + sway, 0, zoom)
        top = _zoomed(_SCARF_MIDDLE[1] - _SCARF_SIZE[1] / 2 - _SCARF_MARGIN + down, 1, zoom)
        canvas.paste(_unflatten(pixels), (round(left), round(top)))


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
    lowered = ImageChops.offset(alpha, 0, 7).filter(ImageFilter.GaussianBlur(4))
    rim = ImageChops.multiply(alpha, ImageChops.invert(lowered)).point(
        [round(value * 0.62) for value in range(256)]
    )
    lit = image.convert("RGB")
    lit.paste((236, 242, 255), (0, 0, *image.size), rim)
    lit.putalpha(alpha)
    left, top, right, bottom = alpha.getbbox() or (0, 0, *image.size)
    box = (max(0, left - 2), max(0, top - 2), right + 2, bottom + 2)
    return _Part(Sprite.from_rgba(lit.crop(box)), (corner[0] + box[0], corner[1] + box[1]))


def _reach(side: int, body: Point, hand: Point) -> _Motion:
    """Stretch an arm from its drawn hand to where the hand is now; the shoulder stays."""
    shoulder = (640 + side * (shirt.SHOULDER[0] - 640), shirt.SHOULDER[1])
    drawn = (side * (shirt.HAND[0] - shirt.SHOULDER[0]), shirt.HAND[1] - shirt.SHOULDER[1])
    wanted = (hand[0] - shoulder[0] - body[0], hand[1] - shoulder[1] - body[1])
    return _Motion(shoulder, 0.0, (wanted[0] / drawn[0], wanted[1] / drawn[1]), body)


def _put(canvas: Planes, part: _Part, motion: _Motion, zoom: float) -> None:
    pivot = [_zoomed(motion.pivot[axis] + motion.shift[axis], axis, zoom) for axis in (0, 1)]
    offset = (part.corner[0] - motion.pivot[0], part.corner[1] - motion.pivot[1])
    grow = (motion.scale[0] * zoom, motion.scale[1] * zoom)
    ends = [
        [grow[axis] * (offset[axis] + far * part.sprite.size[axis]) for far in (0, 1)]
        for axis in (0, 1)
    ]
    turned = [(x * cos(motion.angle) - y * sin(motion.angle) + pivot[0],
               x * sin(motion.angle) + y * cos(motion.angle) + pivot[1])
              for x in ends[0] for y in ends[1]]  # fmt: skip
    (left, right), (top, bottom) = (
        _clip_even([point[axis] for point in turned], _FRAME[axis], is_inside=motion.angle == 0)
        for axis in (0, 1)
    )
    size = (right - left, bottom - top)
    if size[0] <= 0 or size[1] <= 0:
        return
    x, y = left - pivot[0], top - pivot[1]
    if motion.angle == 0:
        start = (x / grow[0] - offset[0], y / grow[1] - offset[1])
        box = (*start, start[0] + size[0] / grow[0], start[1] + size[1] / grow[1])
        canvas.paste(part.sprite.stretch(size, box), (left, top))
        return
    cosine, sine = cos(motion.angle), sin(motion.angle)
    a, b, d, e = cosine / grow[0], sine / grow[0], -sine / grow[1], cosine / grow[1]
    matrix = (a, b, a * x + b * y - offset[0], d, e, d * x + e * y - offset[1])
    canvas.paste(part.sprite.transform(size, matrix), (left, top))


def _clip_even(values: list[float], limit: int, *, is_inside: bool) -> tuple[int, int]:
    """The even pixels that the values span, within the frame; rounded inwards or outwards."""
    low, high = min(values), max(values)
    if is_inside:
        return max(0, ceil(low / 2) * 2), min(limit, floor(high / 2) * 2)
    return max(0, floor(low / 2) * 2), min(limit, ceil(high / 2) * 2)


def _zoomed(value: float, axis: int, zoom: float) -> float:
    return _ZOOM_CENTRE[axis] + (value - _ZOOM_CENTRE[axis]) * zoom


def _flatten(image: Image.Image) -> Pixels:
    """Luma, both chromas and mask as one array at full resolution, for `wave_cloth`."""
    planes = Planes.from_rgb(bleed(image))
    size = image.size
    bands = [planes.y, planes.u.resize(size), planes.v.resize(size), image.getchannel("A")]
    return np.ascontiguousarray(np.dstack([np.asarray(band) for band in bands]))


def _unflatten(pixels: Pixels) -> Sprite:
    mask = Image.fromarray(np.ascontiguousarray(pixels[..., 3]))
    return Sprite(
        Image.fromarray(np.ascontiguousarray(pixels[..., 0])),
        Image.fromarray(np.ascontiguousarray(pixels[::2, ::2, 1])),
        Image.fromarray(np.ascontiguousarray(pixels[::2, ::2, 2])),
        mask,
        mask.reduce(2),
    )
