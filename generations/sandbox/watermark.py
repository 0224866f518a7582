"""TEST, again and again over the whole picture: a test key's video is none to be shown around."""

from PIL import Image, ImageDraw

from generations.sandbox.lettering import load_font
from generations.sandbox.planes import Bytes, Sprite

_WORD = "TEST"
_FONT_SIZE = 92
_SPACING = 10
_SLANT_DEGREES = 24
# Between the middles of words in a row, and between rows; every other row is shifted by half.
_ACROSS, _DOWN = 360, 170
_INK = (11, 15, 22)
# Out of 255: seen on a white shirt and on the night sky, and the picture is still to be judged.
_FILL_OPACITY, _EDGE_OPACITY = 112, 92
_OVERSAMPLING = 2


class Watermark:
    def __init__(self, size: tuple[int, int]) -> None:
        word = _draw_word()
        self._word = Sprite.from_rgba(word)
        self._corners = [
            (x - word.width // 2, y - word.height // 2) for x, y in _list_middles(*size)
        ]

    def lay_on(self, stack: Bytes) -> None:
        for corner in self._corners:
            self._word.lay_on(stack, corner)


def _list_middles(width: int, height: int) -> list[tuple[int, int]]:
    """Even about the picture's middle, and over its edges."""
    rows, columns = height // _DOWN // 2 + 1, width // _ACROSS // 2 + 2
    return [
        (width // 2 + column * _ACROSS + row % 2 * _ACROSS // 2, height // 2 + row * _DOWN)
        for row in range(-rows, rows + 1)
        for column in range(-columns, columns)
    ]


def _draw_word() -> Image.Image:
    """White with a dark edge; transparent pixels are white, so that no dark fringe is left."""
    font = load_font("ExtraBold", _FONT_SIZE * _OVERSAMPLING)
    spacing = _SPACING * _OVERSAMPLING
    widths = [font.getlength(letter) for letter in _WORD]
    size = (round(sum(widths)) + spacing * (len(_WORD) + 1), _FONT_SIZE * _OVERSAMPLING * 3 // 2)
    fill, edge = Image.new("L", size), Image.new("L", size)
    x = float(spacing)
    for letter, width in zip(_WORD, widths, strict=True):
        at = (x, size[1] / 2)
        ImageDraw.Draw(fill).text(at, letter, font=font, fill=255, anchor="lm")
        ImageDraw.Draw(edge).text(
            at, letter, font=font, fill=255, anchor="lm", stroke_width=2 * _OVERSAMPLING
        )
        x += width + spacing
    word = Image.new("RGBA", size, (255, 255, 255, 0))
    word.paste((*_INK, _EDGE_OPACITY), (0, 0), edge)
    word.paste((255, 255, 255, _FILL_OPACITY), (0, 0), fill)
    slanted = word.rotate(
        _SLANT_DEGREES, Image.Resampling.BICUBIC, expand=True, fillcolor=(255, 255, 255, 0)
    )
    return slanted.reduce(_OVERSAMPLING)
