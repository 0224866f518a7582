"""A preview card of 1200×630 pixels: two cloths and the seam, a plate with shirts and names, the
label "Made with AI", and the portal's logo and name on a plate of its own. Pure: data in, JPEG out.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

from accounts.brand_tokens import Tokens
from generations.card_cloth import Colour, draw_cloth, draw_shirt, parse_colour
from generations.kits import Kit

WIDTH, HEIGHT = 1200, 630
MOST_BYTES = 300_000

# Pixels are drawn twice as fine in each direction, and then averaged.
_FINE = 2
_GAP = 8
_SLANT = 120
_PERIOD = 150
_MARGIN = 48
_PLATE_HEIGHT = 150
_SHIRT = 112
_LARGEST, _SMALLEST = 76, 26
_TAG, _ON_TAG = "#0B0F16", "#FFFFFF"
_QUALITIES = (90, 84, 76, 68, 58)

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class Look:
    """What of a portal the card shows."""

    name: str
    is_knit: bool
    tokens: Tokens

    def colour(self, token: str) -> Colour:
        return parse_colour(self.tokens[token])


@dataclass(frozen=True)
class Words:
    """`title` stands on the plate where there are no two names."""

    label: str
    versus: str
    title: str = ""


def draw_card(left: Kit, right: Kit, look: Look, words: Words) -> bytes:
    card = _sew(left, right, look)
    _lay_tag(card, words.label, look)
    _lay_brand(card, look)
    if words.title:
        _lay_title(card, words.title, look)
    else:
        _lay_names(card, left, right, words.versus, look)
    return _encode(card.reduce(_FINE))


def can_be_set(text: str) -> bool:
    """Whether the fonts have all letters: Latin, Greek and Cyrillic."""
    return all(ord(letter) < 0x530 or 0x2000 <= ord(letter) < 0x2070 for letter in text)


def _sew(left: Kit, right: Kit, look: Look) -> Image.Image:
    """Your side at the start; the halves keep a gap, so that two reds read as two sides."""
    width, height = WIDTH * _FINE, HEIGHT * _FINE
    slant = 0 if look.is_knit else _SLANT * _FINE
    half = (width + slant) // 2
    card = Image.new("RGB", (width, height), look.colour("--ground")[:3])
    gap = _GAP * _FINE / 2
    dusk = look.colour("--dusk")
    for kit, x, corners in (
        (left, 0, ((0, 0), (half - gap, 0), (half - slant - gap, height), (0, height))),
        (right, width - half, ((slant + gap, 0), (half, 0), (half, height), (gap, height))),
    ):
        size = half // _FINE, HEIGHT
        cloth = draw_cloth(kit, size, period=_PERIOD, dusk=dusk, is_knit=look.is_knit)
        cloth = cloth.resize((half, height), Image.Resampling.NEAREST)
        mask = Image.new("L", (half, height))
        ImageDraw.Draw(mask).polygon(corners, fill=255)
        card.paste(cloth, (x, 0), mask)
    return card


def _lay_tag(card: Image.Image, label: str, look: Look) -> None:
    font = _load("text", look.is_knit, 28)
    height, padding = 56 * _FINE, 20 * _FINE
    left, top = _MARGIN * _FINE, _MARGIN * _FINE
    box = (left, top, left + round(font.getlength(label)) + 2 * padding, top + height)
    draw = ImageDraw.Draw(card)
    draw.rounded_rectangle(box, _radius(look, 6), fill=_TAG)
    draw.text((left + padding, top + height / 2), label, font=font, fill=_ON_TAG, anchor="lm")


def _lay_brand(card: Image.Image, look: Look) -> None:
    """At the upper end, as wide as the name; cut with an ellipsis where that is very long."""
    font = _load("display", look.is_knit, 34)
    name = _cut(look.name, font, 460 * _FINE)
    height, padding, gap = 72 * _FINE, 22 * _FINE, 14 * _FINE
    mark_width = 46 * _FINE if look.is_knit else 36 * _FINE
    width = round(font.getlength(name)) + mark_width + gap + 2 * padding
    right, top = (WIDTH - _MARGIN) * _FINE, (_MARGIN - 8) * _FINE
    draw = ImageDraw.Draw(card)
    box = (right - width, top, right, top + height)
    draw.rounded_rectangle(box, _radius(look, 10), fill=look.colour("--ground"))
    x, middle = right - width + padding, top + height / 2
    _draw_mark(draw, x, middle, look)
    place = (x + mark_width + gap, middle)
    draw.text(place, name, font=font, fill=look.colour("--ink"), anchor="lm")


def _draw_mark(draw: ImageDraw.ImageDraw, x: float, middle: float, look: Look) -> None:
    """The sign of the style in the portal's colours (templates/partials/_brand.html)."""
    plate, sign = look.colour("--logo"), look.colour("--on-logo")
    if look.is_knit:
        unit = 46 * _FINE / 34
        top = middle - 10 * unit
        draw.rectangle((x, top, x + 34 * unit, top + 20 * unit), fill=plate)
        for start, stop in ((0, 5), (9, 13.5), (18, 22.5), (27, 32)):
            draw.rectangle((x + start * unit, top, x + stop * unit, top + 20 * unit), fill=sign)
        return
    unit = 36 * _FINE / 28
    top = middle - 14 * unit
    draw.rectangle((x, top, x + 28 * unit, top + 28 * unit), fill=plate)
    corners = [(7.5, 20.5), (14, 8), (20.5, 20.5)]
    points = [(x + a * unit, top + b * unit) for a, b in corners]
    draw.line(points, fill=sign, width=round(4.5 * unit), joint="curve")


def _lay_names(card: Image.Image, left: Kit, right: Kit, versus: str, look: Look) -> None:
    room = WIDTH - 2 * _MARGIN - 2 * _SHIRT - 2 * 28 - 2 * 24

    def widths(size: int) -> list[float]:
        return [
            _load("display", look.is_knit, size).getlength(left.team),
            _load("text", look.is_knit, round(size * 0.72)).getlength(versus) + 2 * _space(size),
            _load("display", look.is_knit, size).getlength(right.team),
        ]

    size = _fit(lambda size: sum(widths(size)), room * _FINE)
    first, between, second = widths(size)
    width = first + between + second + (2 * _SHIRT + 2 * 28 + 2 * 24) * _FINE
    x, middle = _lay_plate(card, round(width), look)
    draw = ImageDraw.Draw(card)
    line = look.colour("--shirt-line")
    x += 28 * _FINE
    _lay_shirt(card, left, x, middle, line)
    x += (_SHIRT + 24) * _FINE
    display, ink = _load("display", look.is_knit, size), look.colour("--ink")
    baseline = middle + size * _FINE * 0.35
    draw.text((x, baseline), left.team, font=display, fill=ink, anchor="ls")
    draw.text(
        (x + first + between / 2, baseline), versus, anchor="ms",
        font=_load("text", look.is_knit, round(size * 0.72)), fill=look.colour("--ink-2"),
    )  # fmt: skip
    x += round(first + between)
    draw.text((x, baseline), right.team, font=display, fill=ink, anchor="ls")
    _lay_shirt(card, right, round(x + second + 24 * _FINE), middle, line)


def _lay_title(card: Image.Image, title: str, look: Look) -> None:
    padding = 40
    room = (WIDTH - 2 * _MARGIN - 2 * padding) * _FINE
    size = _fit(lambda size: _load("display", look.is_knit, size).getlength(title), room)
    font = _load("display", look.is_knit, size)
    width = round(font.getlength(title)) + 2 * padding * _FINE
    x, middle = _lay_plate(card, width, look)
    place = (x + padding * _FINE, middle + size * _FINE * 0.35)
    ImageDraw.Draw(card).text(place, title, font=font, fill=look.colour("--ink"), anchor="ls")


def _lay_plate(card: Image.Image, width: int, look: Look) -> tuple[int, float]:
    """The lower third, at the lower start edge. Its left end, and its middle line."""
    left, bottom = _MARGIN * _FINE, (HEIGHT - _MARGIN) * _FINE
    box = (left, bottom - _PLATE_HEIGHT * _FINE, left + width, bottom)
    ImageDraw.Draw(card).rounded_rectangle(box, _radius(look, 20), fill=look.colour("--ground"))
    return left, bottom - _PLATE_HEIGHT * _FINE / 2


def _lay_shirt(card: Image.Image, kit: Kit, x: int, middle: float, line: Colour) -> None:
    side = _SHIRT * _FINE
    shirt = draw_shirt(kit, side, line)
    card.paste(shirt, (x, round(middle - side / 2)), shirt)


def _fit(measure: Callable[[int], float], room: float) -> int:
    """The largest size at which the words fit."""
    fitting = (size for size in range(_LARGEST, _SMALLEST, -2) if measure(size) <= room)
    return next(fitting, _SMALLEST)


def _cut(text: str, font: Font, room: float) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(f"{text}…") > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _space(size: int) -> float:
    return size * _FINE * 0.3


def _radius(look: Look, knitted: int) -> int:
    return (knitted if look.is_knit else knitted // 5) * _FINE


@cache
def _load(role: str, is_knit: bool, size: int) -> Font:
    if is_knit and role == "display":
        font = files("font_source_serif_pro").joinpath("files", "SourceSerifPro-Black.otf")
    elif is_knit:
        font = files("font_hanken_grotesk").joinpath("files", "HankenGrotesk-Bold.otf")
    else:
        weight = "ExtraBold" if role == "display" else "Bold"
        font = files("font_manrope").joinpath("files", f"Manrope-{weight}.ttf")
    return ImageFont.truetype(io.BytesIO(font.read_bytes()), size * _FINE)


def _encode(card: Image.Image) -> bytes:
    """Messengers leave large pictures out, and red beside blue needs its colours whole."""
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        card.save(buffer, "JPEG", quality=quality, subsampling=0, optimize=True)
        if buffer.tell() <= MOST_BYTES:
            break
    return buffer.getvalue()
