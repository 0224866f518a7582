"""What surrounds a video in its vertical version: both cloths at their seam, the scarf, the tag.

Pure: kits or a picture in, pictures out. No portal's brand is on it: a story travels alone.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from generations.kits import Kit, Pattern

SIZE = (1080, 1920)
SCARF_HEIGHT = 44
# On each side of the middle, at the top and at the bottom.
_SLANT = 96
_SEAM_WIDTH = 10
_GROUND = (11, 15, 22)
LABEL = "Made with AI"
_LABEL_SIZE = 34
_OVERSAMPLING = 2


def draw_cloths(left: Kit, right: Kit, *, top: int, bottom: int) -> Image.Image:
    """Both sides, with the scarf at `bottom`, where the video between `top` and it ends."""
    width, height = SIZE
    plate = _weave(left, SIZE, pitch=150)
    seam = [(width // 2 + _SLANT, 0), (width, 0), (width, height), (width // 2 - _SLANT, height)]
    plate.paste(_weave(right, SIZE, pitch=150), mask=_fill(SIZE, seam))
    plate = _add_dusk(_add_folds(plate))
    line = [(width // 2 + _SLANT, 0), (width // 2 - _SLANT, height)]
    ImageDraw.Draw(plate).line(line, fill=_GROUND, width=_SEAM_WIDTH)
    ImageDraw.Draw(plate).rectangle((0, top - 6, width, bottom + SCARF_HEIGHT + 5), fill=_GROUND)
    plate.paste(_tie_scarf(left, right), (0, bottom))
    return plate


def draw_blurred(still: Image.Image) -> Image.Image:
    """For videos without teams: one of its own pictures, far out of focus and darkened."""
    width, height = SIZE
    scale = max(width / still.width, height / still.height)
    grown = still.convert("RGB").resize((round(still.width * scale), round(still.height * scale)))
    x, y = (grown.width - width) // 2, (grown.height - height) // 2
    blurred = grown.crop((x, y, x + width, y + height)).filter(ImageFilter.GaussianBlur(48))
    return ImageEnhance.Brightness(blurred).enhance(0.55)


@cache
def draw_tag() -> Image.Image:
    """The label that stands in every picture; both sides even, as halved colour needs them."""
    data = files("font_manrope").joinpath("files", "Manrope-SemiBold.ttf").read_bytes()
    font = ImageFont.truetype(BytesIO(data), _LABEL_SIZE)
    width = (round(font.getlength(LABEL)) + 44) // 2 * 2
    tag = Image.new("RGB", (width, 68), _GROUND)
    ImageDraw.Draw(tag).text((width / 2, 34), LABEL, font=font, fill="white", anchor="mm")
    return tag


def _tie_scarf(left: Kit, right: Kit) -> Image.Image:
    width, height = SIZE[0], SCARF_HEIGHT
    scarf = _weave(left, (width, height), pitch=44)
    slanted = [(width // 2 + 12, 0), (width, 0), (width, height), (width // 2 - 12, height)]
    scarf.paste(_weave(right, (width, height), pitch=44), mask=_fill(scarf.size, slanted))
    line = [(width // 2 + 12, 0), (width // 2 - 12, height)]
    ImageDraw.Draw(scarf).line(line, fill=_GROUND, width=6)
    return scarf


def _weave(kit: Kit, size: tuple[int, int], *, pitch: int) -> Image.Image:
    """The kit's pattern, `pitch` pixels a repeat, drawn large and made smaller for clean edges."""
    width, height, step = (side * _OVERSAMPLING for side in (*size, pitch))
    cloth = Image.new("RGB", (width, height), kit.body)
    draw = ImageDraw.Draw(cloth)
    for box in _list_boxes(kit.pattern, width, height, step):
        draw.rectangle(box, fill=kit.second)
    if kit.pattern is Pattern.SASH:
        band = [(0, 0), (0.26 * width, 0), (width, 0.68 * height), (width, height),
                (0.74 * width, height), (0, 0.32 * height)]  # fmt: skip
        draw.polygon(band, fill=kit.second)
    if kit.pattern is Pattern.PLAIN:
        draw.rectangle((0, height * 0.9, width, height * 0.94), fill=kit.collar)
    return cloth.reduce(_OVERSAMPLING)


def _list_boxes(
    pattern: Pattern, width: int, height: int, step: int
) -> list[tuple[float, float, float, float]]:
    half = step // 2
    columns, rows = range(0, width, step), range(0, height, step)
    match pattern:
        case Pattern.STRIPES:
            return [(x + half, 0, x + step - 1, height) for x in columns]
        case Pattern.PINSTRIPE:
            line = max(step // 12, 2)
            return [(x, 0, x + line - 1, height) for x in range(half // 2, width, half)]
        case Pattern.HOOPS:
            return [(0, y + half, width, y + step - 1) for y in rows]
        case Pattern.CHECKS:
            corners = [(x, y) for x in columns for y in rows]
            return [
                (x + shift, y + half - shift, x + shift + half - 1, y + step - shift - 1)
                for x, y in corners
                for shift in (0, half)
            ]
        case Pattern.HALVES:
            return [(width / 2, 0, width, height)]
        case Pattern.CHEST_BAND:
            return [(0, height * 0.36, width, height * 0.62)]
        case _:
            return []


def _fill(size: tuple[int, int], outline: list[tuple[int, int]]) -> Image.Image:
    mask = Image.new("L", (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING))
    large = [(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in outline]
    ImageDraw.Draw(mask).polygon(large, fill=255)
    return mask.reduce(_OVERSAMPLING)


def _add_folds(cloth: Image.Image) -> Image.Image:
    """Soft lengths of light and shade, as cloth has that hangs."""
    width, height = cloth.size
    shade = Image.new("L", (23, 1))
    for x in range(shade.width):
        shade.putpixel((x, 0), (44, 10, 0, 18, 40, 8, 0, 26)[x % 8])
    shade = shade.resize((width, height), Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", cloth.size, "black"), cloth, shade)


def _add_dusk(cloth: Image.Image) -> Image.Image:
    dusk = Image.new("L", (1, 16))
    for y in range(dusk.height):
        dusk.putpixel((0, y), max(0, (y - 6) * 12))
    dusk = dusk.resize(cloth.size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", cloth.size, _GROUND), cloth, dusk)
