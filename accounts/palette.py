"""Colour arithmetic after WCAG 2.2: mix, contrast, and the nearest colour that passes. Pure."""

import re

TEXT_CONTRAST = 4.5
EDGE_CONTRAST = 3.0
BLACK = "#000000"
WHITE = "#FFFFFF"

_HEX = re.compile(r"\A#[0-9a-fA-F]{6}\Z")
_STEPS = 200


def is_colour(value: str) -> bool:
    return bool(_HEX.match(value))


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def is_dark(colour: str) -> bool:
    """Whether white stands out from it more than black does."""
    return contrast(colour, WHITE) > contrast(colour, BLACK)


def mix(base: str, other: str, share: float) -> str:
    """`share` of `other` in `base`, 0 to 1."""
    pairs = zip(_channels(base), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def worst_contrast(colour: str, grounds: tuple[str, ...]) -> float:
    return min(contrast(colour, ground) for ground in grounds)


def nearest_passing(colour: str, *grounds: str, at_least: float) -> str:
    """The colour itself, or the least move of it towards black or white that passes on all grounds.

    Where none passes (grounds on both sides of the middle), black or white, whichever is stronger.
    """
    for step in range(_STEPS + 1):
        moved = [mix(colour, end, step / _STEPS) for end in (BLACK, WHITE)]
        best = max(moved, key=lambda candidate: worst_contrast(candidate, grounds))
        if worst_contrast(best, grounds) >= at_least:
            return best
    return max((BLACK, WHITE), key=lambda candidate: worst_contrast(candidate, grounds))


def furthest_mix(
    start: str, towards: str, *, share: float, on: tuple[str, ...], floor: float
) -> str:
    """`start` moved up to `share` towards `towards`, less where it would fall below `floor`."""
    for step in range(_STEPS, -1, -1):
        candidate = mix(start, towards, share * step / _STEPS)
        if worst_contrast(candidate, on) >= floor:
            return candidate
    return start


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: int) -> float:
    value = channel / 255
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
