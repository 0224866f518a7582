"""What stands around the crowd: the roof's edge, floodlights, their haze, and the dark corners."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from generations.sandbox.face import Floats

SIZE = (1280, 720)
_LAMPS = ((176, 44), (1104, 44))


def draw_backdrop() -> Image.Image:
    """The night behind the rows, RGB."""
    shade = np.linspace(0, 1, SIZE[1], dtype=np.float32)[:, None, None]
    top, bottom = np.array([24.0, 34, 62], np.float32), np.array([8.0, 10, 16], np.float32)
    wall = np.broadcast_to(top + (bottom - top) * shade, (SIZE[1], SIZE[0], 3))
    return Image.fromarray(wall.astype(np.uint8))


def draw_haze() -> Image.Image:
    """Light in front of the far rows: haze, roof and lamps with their glow. RGBA, upper half."""
    width, height = SIZE[0], 380
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    haze = 0.8 * np.exp(-(((y - 96) / 70) ** 2)) + 0.34 * np.clip(1 - y / 330, 0, 1)
    glow = np.zeros_like(haze)
    for lamp_x, lamp_y in _LAMPS:
        distance = np.hypot((x - lamp_x) / 1.9, y - lamp_y)
        glow += 1.2 * np.exp(-((distance / 66) ** 2)) + 0.75 * np.exp(-distance / 105)
        glow += _draw_beams(x - lamp_x, y - lamp_y)
    glow, haze = np.clip(glow, 0, 1), np.clip(haze, 0, 0.8)
    alpha = 1 - (1 - haze) * (1 - glow * 0.96)
    alpha *= np.clip((height - y) / 120, 0, 1)
    cool, warm = np.array([104.0, 128, 180]), np.array([255.0, 251, 240])
    share = glow / np.maximum(glow + haze * 0.6, 1e-3)
    colour = cool + (warm - cool) * share[..., None]
    pixels = np.dstack([np.clip(colour, 0, 255), alpha * 255]).astype(np.uint8)
    picture = Image.fromarray(pixels)
    _draw_roof(picture)
    return picture


def draw_vignette() -> Image.Image:
    """How much black lies over each pixel, mode L."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    distance = np.hypot((x - 640) / 860, (y - 330) / 560)
    corners = np.clip(distance - 0.45, 0, 1) * 0.75
    floor = np.clip((y - 520) / 260, 0, 1) * 0.4
    return Image.fromarray((np.clip(corners + floor, 0, 0.8) * 255).astype(np.uint8))


def _draw_beams(x: Floats, y: Floats) -> Floats:
    """Shafts of light fanning down from one bank."""
    angle = np.arctan2(x, y + 30)
    rays = np.clip(np.sin(angle * 23) * 0.5 + np.sin(angle * 41 + 1) * 0.4, 0, 1)
    return np.asarray(0.26 * rays * np.exp(-np.hypot(x, y) / 190))


def _draw_roof(picture: Image.Image) -> None:
    bank = Image.new("RGBA", picture.size, (255, 255, 250, 0))
    draw = ImageDraw.Draw(bank)
    for lamp_x, lamp_y in _LAMPS:
        for row in range(3):
            for column in range(9):
                x, y = lamp_x + (column - 4) * 25, lamp_y + (row - 1) * 21
                draw.ellipse((x - 10, y - 8, x + 10, y + 8), fill=(255, 255, 252, 255))
    for blur in (9, 4, 2):
        picture.alpha_composite(bank.filter(ImageFilter.GaussianBlur(blur)))
