"""The avatar's lower third: a head rising out of a disc, and bars that move with the sound."""

from math import sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from generations.sandbox.colour import Colour
from generations.sandbox.cutout import Head
from generations.sandbox.encode import SAMPLE_RATE
from generations.sandbox.lettering import load_font
from generations.sandbox.planes import Bytes, Sprite
from generations.sandbox.shirt import draw_neck
from generations.sandbox.sound import Samples

FACE_HEIGHT = 132
SIZE = (420, 128)
_INK: Colour = (11, 15, 22)
_YELLOW: Colour = (255, 214, 10)
_DISC = 200
_NODS = 12
_BARS = 17
_OVERSAMPLING = 2


class Plate:
    """Laid over every frame; `corner` is the plate's upper left, the head stands above it."""

    def __init__(self, head: Head, corner: tuple[int, int]) -> None:
        self._corner = corner
        self._plate = Sprite.from_rgba(_draw_plate())
        self._busts = [
            Sprite.from_rgba(_draw_bust(head, 0.035 * sin(2 * np.pi * step / _NODS)))
            for step in range(_NODS)
        ]
        self._bar = [Sprite.from_rgba(_draw_bar(height)) for height in range(4, 46, 2)]

    def draw(self, stack: Bytes, frame: int, loudness: NDArray[np.float32]) -> None:
        """`loudness` holds one value from 0 to 1 for each frame."""
        x, y = self._corner
        self._plate.lay_on(stack, self._corner)
        self._busts[frame // 3 % _NODS].lay_on(stack, (x + 2, y + SIZE[1] - _DISC - 88))
        for bar in range(_BARS):
            past = loudness[max(0, frame - abs(bar - _BARS // 2))]
            level = float(past) * (0.55 + 0.45 * sin(bar * 2.4 + frame * 0.55)) + 0.04
            sprite = self._bar[min(len(self._bar) - 1, int(level * len(self._bar)))]
            height = sprite.y.shape[0]
            sprite.lay_on(stack, (x + 214 + bar * 10, y + 84 - height // 2))


def measure_loudness(samples: Samples, frames: int, frames_per_second: int) -> NDArray[np.float32]:
    """How loud each frame's stretch of sound is, 1 for the clip's loudest."""
    step = SAMPLE_RATE // frames_per_second
    mono = np.pad(samples.mean(axis=0), (0, step * frames))[: step * frames]
    level = np.sqrt((mono.reshape(frames, step) ** 2).mean(axis=1))
    top = max(float(np.quantile(level, 0.95)), 1e-4)
    return np.asarray(np.clip(level / top, 0, 1), np.float32)


def _draw_plate() -> Image.Image:
    width, height = (side * _OVERSAMPLING for side in SIZE)
    plate = Image.new("RGBA", (width, height), (*_INK, 0))
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), 16, fill=(*_INK, 240))
    draw.rectangle((0, height - 8, width, height), fill=(*_YELLOW, 255))
    font = load_font("ExtraBold", 27 * _OVERSAMPLING)
    draw.text(
        (212 * _OVERSAMPLING, 38 * _OVERSAMPLING), "Avatar", font=font, fill="white", anchor="lm"
    )
    return plate.reduce(_OVERSAMPLING)


def _draw_bar(height: int) -> Image.Image:
    bar = Image.new("RGBA", (24, height * 4), (*_YELLOW, 0))
    ImageDraw.Draw(bar).rounded_rectangle((0, 0, 23, height * 4 - 1), 12, fill=(*_YELLOW, 255))
    return bar.reduce(4)


def _draw_bust(head: Head, angle: float) -> Image.Image:
    """The head on its neck before a disc; below, all is cut to the disc's round."""
    width, height = _DISC, _DISC + 84
    person = Image.new("RGBA", (width, height))
    left = round(width / 2 - head.x)
    top = round(_DISC * 0.7 - head.y)
    neck = draw_neck(head.skin, head.face_width)
    below = round(_DISC * 0.7 + head.face_height * 0.28)
    person.alpha_composite(
        neck.crop((0, 0, neck.width, height - below)), (width // 2 - neck.width // 2, below)
    )
    shifted = Image.new("RGBA", (width, height))
    shifted.paste(head.image, (left, top))
    person.alpha_composite(shifted)
    person = person.rotate(
        np.degrees(angle), Image.Resampling.BICUBIC, center=(width / 2, height - 40)
    )
    disc = Image.new("L", (width * 4, height * 4))
    draw = ImageDraw.Draw(disc)
    inset, base = 8, height - _DISC
    draw.ellipse(
        (inset * 4, (base + inset) * 4, (width - inset) * 4, (height - inset) * 4), fill=255
    )
    round_mask = disc.reduce(4)
    draw.rectangle((inset * 4, 0, (width - inset) * 4, (base + _DISC // 2) * 4), fill=255)
    keep = disc.reduce(4)
    bust = Image.new("RGBA", (width, height), (*_YELLOW, 0))
    bust.paste((*_YELLOW, 255), (0, 0), round_mask)
    visible = Image.new("L", (width, height))
    visible.paste(person.getchannel("A"), (0, 0), keep)
    bust.paste(person.convert("RGB"), (0, 0), visible)
    bust.putalpha(Image.fromarray(np.maximum(np.asarray(visible), np.asarray(round_mask))))
    return bust
