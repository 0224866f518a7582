"""Words in the picture: the scoreboard and the sandbox's mark, set in Manrope from its package."""

from functools import cache
from importlib.resources import files
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont

from generations.kits import Kit
from generations.sandbox.cloth import weave
from generations.sandbox.planes import Sprite

_PLATE = (11, 15, 22)
BOARD_SIZE = (268, 44)


@cache
def load_font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """`weight` is a static cut of the family: "Medium", "SemiBold", "Bold", "ExtraBold"."""
    font = files("font_manrope").joinpath("files", f"Manrope-{weight}.ttf")
    return ImageFont.truetype(BytesIO(font.read_bytes()), size)


def draw_boards(left: Kit, right: Kit, random: Random, seconds: int) -> list[Sprite]:
    """One scoreboard for each second of a clock that runs in the second half."""
    goals = random.choice(("0–0", "1–1", "2–1", "1–0", "2–2", "3–2"))
    start = random.randint(61 * 60, 88 * 60)
    return [_draw_board(left, right, goals, start + second) for second in range(seconds)]


def draw_mark(word: str = "sandbox") -> Sprite:
    """The plate that tells a sandbox picture from one of LUMIQ."""
    font = load_font("SemiBold", 17)
    mark = Image.new("RGBA", (96, 30), (*_PLATE, 0))
    draw = ImageDraw.Draw(mark)
    draw.rounded_rectangle((0, 0, 95, 29), 5, fill=(*_PLATE, 225))
    draw.text((48, 15), word, font=font, fill=(255, 255, 255, 235), anchor="mm")
    return Sprite.from_rgba(mark)


def _draw_board(left: Kit, right: Kit, goals: str, clock: int) -> Sprite:
    board = Image.new("RGBA", BOARD_SIZE, (*_PLATE, 0))
    draw = ImageDraw.Draw(board)
    draw.rounded_rectangle((0, 0, BOARD_SIZE[0] - 1, BOARD_SIZE[1] - 1), 6, fill=(*_PLATE, 238))
    for x, kit in ((10, left), (182, right)):
        board.paste(weave(kit, (8, 24)), (x, 10))
    bold, medium = load_font("ExtraBold", 20), load_font("SemiBold", 17)
    draw.text((26, 22), left.code, font=bold, fill=(255, 255, 255), anchor="lm")
    draw.text((103, 22), goals, font=bold, fill=(255, 214, 10), anchor="mm")
    draw.text((174, 22), right.code, font=bold, fill=(255, 255, 255), anchor="rm")
    text = f"{clock // 60}:{clock % 60:02d}"
    draw.text((229, 22), text, font=medium, fill=(214, 221, 232), anchor="mm")
    return Sprite.from_rgba(board)
