"""Paper falling in both teams' colours: small behind the fan, large and blurred before the lens."""

from dataclasses import dataclass
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from generations.kits import Kit
from generations.sandbox.cloth import list_colours
from generations.sandbox.colour import Colour
from generations.sandbox.planes import Bytes, Sprite

_TURNS = 10
_HEIGHT = 800  # of one fall, from above the frame to below it
_LANES = 34
_COPIES = 4  # pieces of one lane, so that a fall of four loops repeats in each


@dataclass(frozen=True)
class Piece:
    """One paper; `turns` are its pictures from face to edge and round again."""

    turns: list[Image.Image]
    x: float
    y: float
    drift: float
    spin: int
    offset: float


def throw_far(left: Kit, right: Kit, random: Random) -> list[Piece]:
    sides = [
        [_turn_paper(colour, 10, 0.5) for colour in list_colours(kit)[:3]] for kit in (left, right)
    ]
    return [_throw(random, sides) for _ in range(_LANES)]


def draw_far(picture: Image.Image, pieces: list[Piece], moment: float) -> None:
    """`moment` runs from 0 to 1 once a loop."""
    for piece in pieces:
        turn = piece.turns[int((moment * piece.spin + piece.offset) * _TURNS) % _TURNS]
        x = piece.x + piece.drift * sin(2 * pi * moment + piece.offset)
        for copy in range(_COPIES):
            y = (piece.y + (moment + copy) * _HEIGHT / _COPIES) % _HEIGHT - 40
            picture.paste(turn, (round(x + 97 * copy) % 1320 - 20, round(y)), turn)


class NearConfetti:
    """A few large papers out of focus, past the fan's sides and never across the face."""

    def __init__(self, left: Kit, right: Kit, random: Random) -> None:
        self._pieces = []
        for kit, low, high in ((left, 20, 380), (right, 860, 1230)):
            for colour in list_colours(kit)[:2]:
                turns = [Sprite.from_rgba(turn) for turn in _turn_paper(colour, 34, 2.4)]
                place = (random.uniform(low, high), random.uniform(0, _HEIGHT))
                self._pieces.append((turns, place, random.uniform(0.85, 1.2)))

    def draw(self, stack: Bytes, seconds: float) -> None:
        for turns, (x, y), speed in self._pieces:
            down = (y + 230 * speed * seconds) % (_HEIGHT * 1.3) - 80
            along = x + 30 * sin(seconds * 2 * speed + x)
            turn = turns[int(7 * speed * seconds + x) % _TURNS]
            turn.lay_on(stack, (round(along), round(down)))


def _throw(random: Random, sides: list[list[list[Image.Image]]]) -> Piece:
    x = random.uniform(-20, 1300)
    side = sides[1 if random.random() < x / 1280 else 0]
    return Piece(
        turns=random.choice(side),
        x=x,
        y=random.uniform(0, _HEIGHT),
        drift=random.uniform(4, 16),
        spin=random.choice((-2, -1, 1, 2)),
        offset=random.uniform(0, 2 * pi),
    )


def _turn_paper(colour: Colour, side: int, blur: float) -> list[Image.Image]:
    return [_draw_paper(colour, side, blur, 2 * pi * turn / _TURNS) for turn in range(_TURNS)]


def _draw_paper(colour: Colour, side: int, blur: float, angle: float) -> Image.Image:
    """A small strip, seen more or less from its edge; brighter when it faces the light."""
    canvas = side * 2 + round(blur * 4)
    big = canvas * 4
    face = 0.25 + 0.75 * abs(cos(angle))
    light = 0.72 + 0.4 * abs(cos(angle))
    half = (side * 2 * 0.62, side * 2 * 0.9 * face)
    turn = angle * 0.5 + 0.4
    corners = []
    for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = u * half[0], v * half[1]
        corners.append(
            (big / 2 + x * cos(turn) - y * sin(turn), big / 2 + x * sin(turn) + y * cos(turn))
        )
    tone = tuple(min(255, round(value * light)) for value in colour)
    mask = Image.new("L", (big, big))
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(blur * 4)).reduce(4)
    paper = Image.new("RGB", mask.size, tone)
    paper.putalpha(mask)
    return paper
