"""Colour arithmetic in 8-bit RGB. Pure."""

from math import sqrt

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


def parse_hex(text: str) -> Colour:
    """ "#RRGGBB" → three integers from 0 to 255."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` 0 is the first colour, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def darken(colour: Colour, share: float) -> Colour:
    return mix(colour, BLACK, share)


def lighten(colour: Colour, share: float) -> Colour:
    return mix(colour, WHITE, share)


def measure_luma(colour: Colour) -> float:
    """Perceived brightness, 0–255 (BT.709 weights)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def measure_distance(first: Colour, second: Colour) -> float:
    """Euclidean, 0–441."""
    return sqrt(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)))
