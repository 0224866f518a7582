"""Where the face is: skin tones, darker eyes and a place in the upper middle. No learned model.

The answer is a guess that is good enough to cut out a head; it never says who somebody is.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_HEIGHT_OF_WIDTH = 1.36
_SURE = 1.1


@dataclass(frozen=True)
class Face:
    """Centre, width (cheek to cheek) and height (hairline to chin) in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def chin(self) -> float:
        return self.y + self.height / 2

    def scaled(self, factor: float) -> "Face":
        return Face(self.x * factor, self.y * factor, self.width * factor, self.height * factor)


def find_face(pixels: Floats, person: Floats | None) -> Face:
    """`pixels` is RGB 0–255, about 200 long; `person` is 1 where not background, if known."""
    height, width = pixels.shape[:2]
    known = np.ones((height, width), np.float32) if person is None else person
    skin = estimate_skin(pixels) * known
    expected = _expect(width, height) if person is None else _measure_silhouette(person)
    spread = 0.6 if person is None else 0.3  # an outline tells the head's size, a guess does not
    sums = _sum_up(skin), _sum_up(_measure_detail(pixels))
    best, best_score = expected, _SURE
    size = min(width, height) * 0.12
    while size < min(width * 0.75, height * 0.62):
        score, x, y = _score_size(sums, expected, size, spread)
        if score > best_score:
            best, best_score = Face(x, y, size, size * _HEIGHT_OF_WIDTH), score
        size *= 1.08
    return best


def estimate_skin(pixels: Floats) -> Floats:
    """How much each pixel's colour is like skin, 0–1, from the lightest to the darkest."""
    red, green, blue = (pixels[..., band] for band in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    cb, cr = 0.564 * (blue - luma), 0.713 * (red - luma)
    hue = np.degrees(np.arctan2(-cb, cr))  # one hue from pale to dark; only its strength differs
    strength = np.hypot(cb, cr) / (luma + 12)
    likeness = np.exp(-(((hue - 40) / 17) ** 2))
    likeness *= np.clip((strength - 0.05) / 0.07, 0, 1) * np.clip((0.72 - strength) / 0.14, 0, 1)
    likeness *= np.clip((luma - 22) / 20, 0, 1)
    return np.asarray(likeness, np.float32)


def _sum_up(values: Floats) -> NDArray[np.float64]:
    return np.pad(values.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))


def _expect(width: int, height: int) -> Face:
    """Where people put a face when nothing else is known: the upper middle."""
    size = min(width, height * 0.8) * 0.34
    return Face(width / 2, height * 0.4, size, size * _HEIGHT_OF_WIDTH)


def _measure_silhouette(person: Floats) -> Face:
    """The face below the top of the person's outline, as wide as the outline is there."""
    height, width = person.shape
    solid = person > 0.5
    widths = solid.sum(axis=1)
    rows = np.flatnonzero(widths > 0.05 * width)
    if rows.size < 12:
        return _expect(width, height)
    top = int(rows[0])
    usual = np.maximum.accumulate(widths[top:]).astype(float)
    steps = np.arange(usual.size)
    # A head is about as high as it is 1.35 wide; shoulders come after that.
    enough = np.flatnonzero(steps >= 1.2 * usual)
    head_width = float(usual[enough[0]]) if enough.size else float(usual[-1])
    head_width = min(head_width, 0.7 * width)
    band = solid[top : top + max(3, int(head_width))]
    x = float(np.median(np.nonzero(band)[1]))
    size = head_width * 0.76
    return Face(x, top + head_width * 0.78, size, size * _HEIGHT_OF_WIDTH)


def _measure_detail(pixels: Floats) -> Floats:
    """How much goes on around each pixel, 1 where as much as in the picture's busier parts."""
    luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    detail = np.zeros_like(luma)
    detail[:, 1:-1] += np.abs(luma[:, 2:] - luma[:, :-2])
    detail[1:-1] += 1.4 * np.abs(luma[2:] - luma[:-2])
    relative = detail / (luma + 30)
    return np.asarray(np.minimum(relative / max(float(np.quantile(relative, 0.93)), 0.05), 1.5))


def _score_size(
    sums: tuple[NDArray[np.float64], NDArray[np.float64]],
    expected: Face,
    size: float,
    spread: float,
) -> tuple[float, float, float]:
    """The best score of a face of this width anywhere, and its centre.

    `spread` is how far its size may stray from the expected one (natural logarithm).
    """
    height, width = (side - 1 for side in sums[0].shape)
    tall = size * _HEIGHT_OF_WIDTH
    xs = np.arange(size * 0.5, width - size * 0.5, 2.0)
    ys = np.arange(tall * 0.5, height - tall * 0.45, 2.0)
    if xs.size == 0 or ys.size == 0:
        return -9.0, 0.0, 0.0
    x, y = np.meshgrid(xs, ys)
    skin, detail = sums

    def mean(table: NDArray[np.float64], box: tuple[float, float, float, float]) -> Floats:
        left, top, right, bottom = box
        return _mean_box(
            table, (x + left * size, y + top * tall, x + right * size, y + bottom * tall)
        )

    inside = mean(skin, (-0.38, -0.3, 0.38, 0.22))
    beside = mean(skin, (-1.0, -0.4, -0.62, 0.35)) + mean(skin, (0.62, -0.4, 1.0, 0.35))
    eyes = np.minimum(
        mean(detail, (-0.42, -0.2, -0.1, 0.04)), mean(detail, (0.1, -0.2, 0.42, 0.04))
    )
    mouth = mean(detail, (-0.22, 0.2, 0.22, 0.4))
    quiet = mean(detail, (-0.42, 0.08, -0.2, 0.2)) + mean(detail, (0.2, 0.08, 0.42, 0.2))
    quiet += mean(detail, (-0.22, -0.42, 0.22, -0.26))
    drift = np.hypot((x - expected.x) / expected.width, (y - expected.y) / expected.height)
    growth = np.log(size / expected.width)
    score = 0.9 * inside - 0.3 * beside + inside * (0.8 * eyes + 0.4 * mouth - 0.3 * quiet)
    score += 0.45 * np.exp(-((drift / 0.7) ** 2)) + 0.6 * np.exp(-((growth / spread) ** 2))
    row, column = np.unravel_index(int(np.argmax(score)), score.shape)
    return float(score[row, column]), float(xs[column]), float(ys[row])


def _mean_box(table: NDArray[np.float64], box: tuple[NDArray[np.float64], ...]) -> Floats:
    left, top, right, bottom = box
    height, width = table.shape[0] - 1, table.shape[1] - 1
    x0, x1 = (np.clip(np.rint(value), 0, width).astype(int) for value in (left, right))
    y0, y1 = (np.clip(np.rint(value), 0, height).astype(int) for value in (top, bottom))
    area = np.maximum((x1 - x0) * (y1 - y0), 1)
    total = table[y1, x1] - table[y0, x1] - table[y1, x0] + table[y0, x0]
    return np.asarray(total / area, np.float32)
