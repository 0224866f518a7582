"""Friendly drawn people, standing in for photos wherever the project shows itself."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from generations.sandbox import portrait_face, portrait_hair
from generations.sandbox.colour import Colour, darken, lighten, parse_hex
from generations.sandbox.easel import Easel, curve_through, mirror

SIZE = (1024, 1280)
MIDDLE = 512


@dataclass(frozen=True)
class Person:
    """How one portrait looks. Colours are "#RRGGBB"."""

    skin: str
    hair: str
    style: portrait_hair.Style
    top: str
    ground: str
    mouth: portrait_face.Mouth = portrait_face.Mouth.SMILE
    glasses: bool = False
    beard: portrait_face.Beard = portrait_face.Beard.NONE
    is_old: bool = False


_STYLE, _MOUTH, _BEARD = portrait_hair.Style, portrait_face.Mouth, portrait_face.Beard

PEOPLE = (
    Person("#F0BE94", "#38211A", _STYLE.LONG, "#46566B", "#B9C7D2"),
    Person("#A4663F", "#1F1512", _STYLE.CURLS, "#D9D3C6", "#C9BFB0", _MOUTH.CHEER),
    Person("#6B402B", "#15100F", _STYLE.BUN, "#8C4A5A", "#D8CDBE", glasses=True),
    Person("#DCA273", "#2A1A14", _STYLE.CROP, "#39423F", "#BCC9BF", beard=_BEARD.FULL),
    Person("#D79E70", "#7D2F4B", _STYLE.HEADSCARF, "#6A2841", "#D3CCD4"),
    Person("#5A3624", "#14100F", _STYLE.SHORT, "#C7CDD3", "#AEBBC9"),
    Person("#F3CCA6", "#17151A", _STYLE.BOB, "#53606E", "#DBCDC2", _MOUTH.CHEER),
    Person("#F5CDAE", "#C98A45", _STYLE.SIDE_PART, "#5F6B52", "#BFC9D6", glasses=True),
    Person("#EDC0A0", "#CFCDC8", _STYLE.SIDE_PART, "#3F4B63", "#7C93A8",
           beard=_BEARD.FULL, is_old=True),
    Person("#E8B48C", "#B9B4AE", _STYLE.BOB, "#74596B", "#7FA39C", glasses=True, is_old=True),
    Person("#8A5434", "#1A1310", _STYLE.BALD, "#A8A093", "#C3CCD3", beard=_BEARD.GOATEE),
    Person("#F6CFB2", "#A8491F", _STYLE.LONG, "#2F5350", "#D5D0C4", _MOUTH.CHEER),
)  # fmt: skip


def draw_portrait(number: int) -> Image.Image:
    """Portrait `number` (counted round and round), 1024×1280 RGB on a plain, softly lit ground."""
    person = PEOPLE[number % len(PEOPLE)]
    skin, hair = parse_hex(person.skin), parse_hex(person.hair)
    easel = Easel(SIZE)
    portrait_hair.draw_behind(easel, person.style, hair)
    _draw_body(easel, skin, parse_hex(person.top))
    portrait_face.draw_head(easel, skin)
    portrait_face.draw_features(easel, skin, hair, person.mouth, is_old=person.is_old)
    portrait_face.draw_beard(easel, person.beard, hair, person.mouth)
    portrait_hair.draw_in_front(easel, person.style, hair)
    if person.glasses:
        portrait_face.draw_glasses(easel)
    figure = easel.finish()
    picture = _draw_ground(parse_hex(person.ground))
    picture.paste(figure, (0, 0), figure)
    return picture


def _draw_body(easel: Easel, skin: Colour, top: Colour) -> None:
    half = [(590, 950), (640, 985), (780, 1040), (872, 1130), (910, 1300)]
    slope = curve_through(half, closed=False)
    torso = [*slope, *mirror(slope, MIDDLE)]
    easel.fill(torso, top)
    easel.paint([(512, 900), (1024, 900), (1024, 1300), (600, 1300)], darken(top, 0.6),
                opacity=0.45, blur=70)  # fmt: skip
    easel.paint([(150, 1010), (420, 980), (400, 1120), (130, 1200)], lighten(top, 0.5),
                opacity=0.35, blur=50)  # fmt: skip
    half_neck = [(588, 700), (590, 900), (622, 968), (512, 1046)]
    neck = curve_through([*half_neck, *mirror(half_neck[:3], MIDDLE)])
    easel.fill(neck, darken(skin, 0.10))
    shade = curve_through([(410, 800), (614, 800), (620, 905), (512, 945), (405, 905)])
    easel.paint(shade, darken(skin, 0.55), opacity=0.6, blur=24)
    collar = [(402, 962), (440, 1022), (512, 1048), (584, 1022), (622, 962)]
    easel.line(curve_through(collar, closed=False), darken(top, 0.3), 24)


def _draw_ground(colour: Colour) -> Image.Image:
    """A studio wall: lighter behind the upper left of the head, darker towards the corners."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    distance = ((x - 430) / SIZE[0]) ** 2 + ((y - 480) / SIZE[1]) ** 2
    light = (1.07 - 0.36 * distance)[..., None]
    wall = np.clip(light * np.array(colour, np.float32), 0, 255)
    return Image.fromarray(wall.astype(np.uint8))
