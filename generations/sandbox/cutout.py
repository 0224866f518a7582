"""A person's head, cut out of a photo: soft-edged, without clothes, at a known size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from generations.sandbox.colour import Colour
from generations.sandbox.errors import RenderError
from generations.sandbox.face import Face, Floats, estimate_skin, find_face
from generations.sandbox.matte import (
    separate_busy_ground,
    separate_plain_ground,
    smooth_along_edges,
    soften,
)

_SEARCH_SIDE = 200
_MAX_SIDE = 1600


@dataclass(frozen=True)
class Head:
    """`image` is RGBA with the face centre at (`x`, `y`); `skin` is the face's own tone."""

    image: Image.Image
    x: float
    y: float
    face_width: float
    face_height: float
    skin: Colour


def open_photo(photo: Path) -> Image.Image:
    """The photo upright, in RGB, at most 1600 pixels long."""
    try:
        with Image.open(photo) as opened:
            opened.draft("RGB", (_MAX_SIDE, _MAX_SIDE))
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((_MAX_SIDE, _MAX_SIDE), Image.Resampling.BOX)
            layered = upright.convert("RGBA")
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError) as error:
        raise RenderError("The photo cannot be read.") from error
    wall = Image.new("RGBA", layered.size, (198, 202, 208, 255))
    wall.alpha_composite(layered)
    return wall.convert("RGB")


def cut_head(photo: Image.Image, face_height: int) -> Head:
    """Find the head and bring it to a face of `face_height` pixels, hairline to chin."""
    small = photo.copy()
    small.thumbnail((_SEARCH_SIDE, _SEARCH_SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)
    plain = separate_plain_ground(pixels)
    face = find_face(pixels, plain)
    person = separate_busy_ground(pixels, face) if plain is None else plain
    scale = face_height / face.height
    box = _frame_head(face)
    size = (round((box[2] - box[0]) * scale), round((box[3] - box[1]) * scale))
    ratio = photo.width / small.width
    picture = _take_part(photo, tuple(value * ratio for value in box), size)
    mask_image = Image.fromarray((person * 255).astype(np.uint8))
    mask = mask_image.transform(size, Image.Transform.EXTENT, box, Image.Resampling.BICUBIC)
    placed = Face(
        (face.x - box[0]) * scale, (face.y - box[1]) * scale, face.width * scale, face_height
    )
    detail = np.asarray(picture, np.float32)
    skin = _sample_skin(detail, placed)
    alpha = _shape_head(detail, np.asarray(mask, np.float32) / 255, placed, skin)
    cut = Image.fromarray(np.dstack([detail, alpha * 255]).clip(0, 255).astype(np.uint8))
    return Head(cut, placed.x, placed.y, placed.width, placed.height, skin)


def _frame_head(face: Face) -> tuple[float, float, float, float]:
    return (
        face.x - 1.25 * face.width,
        face.y - 1.15 * face.height,
        face.x + 1.25 * face.width,
        face.y + 1.3 * face.height,
    )


def _take_part(photo: Image.Image, box: tuple[float, ...], size: tuple[int, int]) -> Image.Image:
    """A part of the photo at another size; places beyond its edge are black (and masked)."""
    left, top, right, bottom = (round(value) for value in box)
    return photo.crop((left, top, right, bottom)).resize(size, Image.Resampling.LANCZOS)


def _shape_head(pixels: Floats, mask: Floats, face: Face, skin: Colour) -> Floats:
    """The head's mask: all of the head, below the chin only the neck and what hangs like hair."""
    height, width = mask.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, below = np.abs(x - face.x) / face.width, (y - face.chin) / face.height
    fine = smooth_along_edges(pixels, mask, max(3, round(face.width / 26)))
    fine = np.clip((fine - 0.28) / 0.5, 0, 1)
    near = np.clip((1.2 - across) / 0.12, 0, 1)
    neck = np.clip((0.42 - across) / 0.08, 0, 1) * np.clip((0.24 - below) / 0.2, 0, 1)
    hair = _measure_hair(pixels, fine, face, skin) * np.clip((0.72 - below) / 0.2, 0, 1)
    hair *= np.clip((0.98 - across) / 0.16, 0, 1)
    hair *= np.clip(np.maximum(across - 0.3, 0.5 - below) / 0.1, 0, 1)
    lower = np.maximum(neck, hair)
    share = np.clip((below + 0.06) / 0.1, 0, 1)
    shoulder = np.clip((across - 0.5) / 0.1, 0, 1) * np.clip((below + 0.22) / 0.12, 0, 1)
    share = np.maximum(share, shoulder)
    alpha = fine * near * ((1 - share) + share * lower)
    alpha = np.maximum(alpha, _fill_face(across, (y - face.y) / face.height) * (mask > 0.02))
    return soften(alpha, max(0.7, face.width / 150))


def _fill_face(across: Floats, down: Floats) -> Floats:
    """The inner face always stays, whatever its colours looked like."""
    return np.asarray(np.clip((1 - np.hypot(across / 0.46, down / 0.5)) * 9, 0, 1))


def _measure_hair(pixels: Floats, mask: Floats, face: Face, skin: Colour) -> Floats:
    """Likeness to what lies right above and beside the face: hair, or a headscarf."""
    height, width = mask.shape
    samples = []
    for across, down in ((0.0, -0.58), (-0.3, -0.55), (0.3, -0.55), (-0.58, -0.1), (0.58, -0.1),
                         (-0.6, 0.15), (0.6, 0.15)):  # fmt: skip
        x, y = int(face.x + across * face.width), int(face.y + down * face.height)
        radius = max(2, int(face.width * 0.05))
        if radius < y < height - radius and radius < x < width - radius and mask[y, x] > 0.6:
            patch = pixels[y - radius : y + radius, x - radius : x + radius]
            samples.append(patch.reshape(-1, 3).mean(axis=0))
    likeness = np.zeros(mask.shape, np.float32)
    for sample in samples:
        if float(np.abs(sample - np.array(skin)).sum()) > 75:  # not the forehead of a bald head
            distance = np.sqrt(((pixels - sample) ** 2).sum(axis=2))
            likeness = np.maximum(likeness, np.clip((64 - distance) / 30, 0, 1))
    return soften(likeness, face.width / 40)


def _sample_skin(pixels: Floats, face: Face) -> Colour:
    y0, y1 = int(face.y - face.height * 0.05), int(face.y + face.height * 0.28)
    x0, x1 = int(face.x - face.width * 0.34), int(face.x + face.width * 0.34)
    patch = pixels[max(y0, 0) : y1, max(x0, 0) : x1].reshape(-1, 3)
    likeness = estimate_skin(patch[None])[0]
    chosen = patch[likeness >= np.quantile(likeness, 0.4)]
    red, green, blue = (int(value) for value in np.median(chosen, axis=0))
    return red, green, blue
