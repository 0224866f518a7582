"""Shirts and cloth of the kits as SVG text. Pure: data in, markup out.

Colours are attributes, so a strict style policy holds; what depends on the portal's mode (outlines,
folds, the seam's slant) is left to the style sheet by class. The art is decoration: the team's name
always stands beside it, so each drawing is hidden from screen readers.
"""

import itertools

from generations.kits import KITS, Kit, Pattern

_BODY = "M43 13Q60 29 77 13L88 17V106Q60 113 32 106V17Z"
_SLEEVES = "M33 16.5L7 37 19.5 60 33 49ZM87 16.5L113 37 100.5 60 87 49Z"
_CUFFS = "M7 37L19.5 60 22.1 58.4 9.4 35.1ZM113 37L100.5 60 97.9 58.4 110.6 35.1Z"
_OUTLINE = (
    "M43 13Q60 29 77 13L88 17 113 37 100.5 60 88 49.6V106Q60 113 32 106V49.6L19.5 60 7 37 32 17Z"
)
_NECK = "M43 13Q60 29 77 13"
_SASH = "M32 14L48 14 88 92V110H80L32 32Z"
_SEAMS = "M32.5 17V49.5M87.5 17V49.5"
_FOLDS = "M32 58Q41 82 33 106L38 107.5Q45 84 32 58ZM88 58Q79 82 87 106L82 107.5Q75 84 88 58Z"

# What all shirts share stands once on a page, and each shirt refers to it.
_PARTS = (
    f'<path id="shirt-sleeves" d="{_SLEEVES}"/><path id="shirt-cuffs" d="{_CUFFS}"/>'
    f'<path id="shirt-body" d="{_BODY}"/>'
    f'<path id="shirt-neck" d="{_NECK}" fill="none" stroke-width="5"/>'
    f'<path id="shirt-outline" d="{_OUTLINE}" fill="none"/>'
    f'<g id="shirt-cut"><path d="{_FOLDS}" fill="#000" fill-opacity=".08"/>'
    f'<path d="{_SEAMS}" fill="none" stroke="#000" stroke-opacity=".22"/>'
    '<use href="#shirt-outline" class="shirt-line" stroke-width="1.6"/></g>'
)

# 120 units of a shirt are 300 px of cloth at scale 1.
_PX = 2.5

# Ids must be unique within a page, and a fragment swapped in later must not repeat them.
_numbers = itertools.count()


def draw_shirt_parts() -> str:
    """The parts that every shirt of the page refers to; once, before the first shirt."""
    return (
        '<svg class="shirt-parts" width="0" height="0" aria-hidden="true">'
        f"<defs>{_PARTS}</defs></svg>"
    )


def draw_shirt(kit: Kit | None, *, classes: str = "shirt") -> str:
    """An inline SVG; the empty shirt where there is no kit."""
    if kit is None:
        return _svg(
            '<use href="#shirt-outline" class="shirt-empty" stroke-width="2" '
            'stroke-dasharray="6 5"/>',
            classes=f"{classes} is-empty",
            box="0 0 120 120",
        )
    fill, definition = _shirt_fill(kit)
    return _svg(
        f'{definition}<use href="#shirt-sleeves" fill="{kit.sleeves}"/>'
        f'<use href="#shirt-cuffs" fill="{kit.collar}"/><use href="#shirt-body" fill="{fill}"/>'
        f'<use href="#shirt-cut"/><use href="#shirt-neck" stroke="{kit.collar}"/>',
        classes=classes,
        box="0 0 120 120",
    )


def draw_cloth(kit: Kit | None, *, scale: float = 1.0, has_band: bool = True) -> str:
    """An inline SVG that fills its box with the kit's pattern, `scale` times 40 px a repeat."""
    if kit is None:
        return _svg("", classes="cloth is-empty")
    small = scale < 1
    return _svg(_CLOTH[kit.pattern](kit, scale) + _band(kit, has_band, small), classes="cloth")


def kit_of(team: str | Kit | None) -> Kit | None:
    return KITS.get(team) if isinstance(team, str) else team


def _svg(content: str, *, classes: str, box: str = "") -> str:
    view_box = f' viewBox="{box}"' if box else ""
    return f'<svg class="{classes}"{view_box} aria-hidden="true">{content}</svg>'


def _pattern(width: float, height: float, content: str) -> tuple[str, str]:
    """The fill that refers to a new pattern, and the pattern's definition."""
    name = f"k{next(_numbers):x}"
    return f"url(#{name})", (
        f'<defs><pattern id="{name}" width="{width:g}" height="{height:g}" '
        f'patternUnits="userSpaceOnUse">{content}</pattern></defs>'
    )


def _rect(x: float, y: float, width: float, height: float, fill: str | None) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"/>'


def _shirt_fill(kit: Kit) -> tuple[str, str]:
    if kit.pattern is Pattern.PLAIN:
        return kit.body, ""
    width, height, marks = {
        Pattern.STRIPES: (16, 120, _rect(4, 0, 8, 120, kit.second)),
        Pattern.PINSTRIPE: (7, 120, _rect(2.6, 0, 1.8, 120, kit.second)),
        Pattern.HOOPS: (120, 22, _rect(0, 8, 120, 11, kit.second)),
        Pattern.CHECKS: (
            22.4,
            22.4,
            _rect(0, 0, 11.2, 11.2, kit.second) + _rect(11.2, 11.2, 11.2, 11.2, kit.second),
        ),
        Pattern.HALVES: (120, 120, _rect(60, 0, 60, 120, kit.second)),
        Pattern.SASH: (
            120,
            120,
            f'<path d="{_SASH}" fill="{kit.second}"/>',
        ),
        Pattern.CHEST_BAND: (120, 120, _rect(0, 46, 120, 20, kit.second)),
    }[kit.pattern]
    return _pattern(width, height, _rect(0, 0, width, height, kit.body) + marks)


def _tiled(kit: Kit, width: float, height: float, marks: str) -> str:
    fill, definition = _pattern(width, height, _rect(0, 0, width, height, kit.body) + marks)
    return f'{definition}<rect width="100%" height="100%" fill="{fill}"/>'


def _whole(kit: Kit, marks: str = "") -> str:
    return f'<rect width="100%" height="100%" fill="{kit.body}"/>{marks}'


def _stripes(kit: Kit, scale: float) -> str:
    bar = 20 * scale
    return _tiled(kit, 2 * bar, 2 * bar, _rect(bar, 0, bar, 2 * bar, kit.second))


def _pinstripe(kit: Kit, scale: float) -> str:
    period = 7 * _PX * scale
    line = max(1.8 * _PX * scale, 1)
    return _tiled(kit, period, period, _rect(period / 3, 0, line, period, kit.second))


def _hoops(kit: Kit, scale: float) -> str:
    bar = 16 * scale
    return _tiled(kit, 2 * bar, 2 * bar, _rect(0, bar, 2 * bar, bar, kit.second))


def _checks(kit: Kit, scale: float) -> str:
    side = 20 * scale
    marks = _rect(side, 0, side, side, kit.second) + _rect(0, side, side, side, kit.second)
    return _tiled(kit, 2 * side, 2 * side, marks)


def _halves(kit: Kit, scale: float) -> str:
    return _whole(kit, f'<rect x="50%" width="50%" height="100%" fill="{kit.second}"/>')


def _sash(kit: Kit, scale: float) -> str:
    return _whole(
        kit,
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">'
        f'<path d="M0 0H26L100 68V100H74L0 32Z" fill="{kit.second}"/></svg>',
    )


def _chest_band(kit: Kit, scale: float) -> str:
    return _whole(kit, f'<rect y="36%" width="100%" height="26%" fill="{kit.second}"/>')


def _plain(kit: Kit, scale: float) -> str:
    return _whole(kit)


_CLOTH = {
    Pattern.PLAIN: _plain,
    Pattern.STRIPES: _stripes,
    Pattern.PINSTRIPE: _pinstripe,
    Pattern.HOOPS: _hoops,
    Pattern.CHECKS: _checks,
    Pattern.HALVES: _halves,
    Pattern.SASH: _sash,
    Pattern.CHEST_BAND: _chest_band,
}


def _band(kit: Kit, has_band: bool, small: bool) -> str:
    """A plain shirt's cloth gets a band in the colour of its collar, low down."""
    if not has_band or kit.pattern is not Pattern.PLAIN:
        return ""
    top, height = (82, 18) if small else (90, 4)
    return f'<rect y="{top}%" width="100%" height="{height}%" fill="{kit.collar}"/>'
