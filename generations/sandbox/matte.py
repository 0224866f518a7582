"""Telling a person from what stands behind: plain grounds by their colour, busy ones by likelihood.

All masks are float arrays from 0 (background) to 1 (person).
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from generations.sandbox.face import Face, Floats

_BINS = 12


def separate_plain_ground(pixels: Floats) -> Floats | None:
    """The person before a wall of one softly changing colour; None where there is none."""
    height, width = pixels.shape[:2]
    rim = np.zeros((height, width), bool)
    edge = max(2, width // 24)
    rim[:edge] = True
    rim[: int(height * 0.55), :edge] = rim[: int(height * 0.55), -edge:] = True
    outside = rim
    for _ in range(2):  # the second time with all of the ground that the first one reached
        ground, error = _fit_ground(pixels, outside)
        if error > 11:
            return None
        distance = np.sqrt(((pixels - ground) ** 2).sum(axis=2))
        threshold = max(20.0, 3.2 * error)
        outside = _grow_from(rim & (distance < threshold), distance < threshold)
    soft = np.clip((distance - threshold * 0.55) / (threshold * 0.8), 0, 1)
    person = np.where(_widen(outside), soft, 1.0).astype(np.float32)
    return person if 0.08 < float(person.mean()) < 0.92 else None


def separate_busy_ground(pixels: Floats, face: Face) -> Floats:
    """The head and shoulders at `face`: where colours are likelier than elsewhere."""
    prior = _draw_prior(pixels.shape[:2], face)
    codes = (pixels / 256 * _BINS).astype(int)
    codes = (codes[..., 0] * _BINS + codes[..., 1]) * _BINS + codes[..., 2]
    mask = prior
    for _ in range(4):
        odds = _measure_odds(codes, mask, prior)
        belief = 1 / (1 + np.exp(-odds))
        mask = smooth_along_edges(pixels, belief.astype(np.float32), max(3, round(face.width / 7)))
    return np.asarray(np.clip((mask - 0.46) / 0.36, 0, 1), np.float32)


def smooth_along_edges(pixels: Floats, mask: Floats, radius: int) -> Floats:
    """A guided filter: `mask` smoothed, with its edges drawn to those of the picture."""
    guide = (pixels @ np.array([0.299, 0.587, 0.114], np.float32)) / 255
    mean_guide, mean_mask = _box(guide, radius), _box(mask, radius)
    covariance = _box(guide * mask, radius) - mean_guide * mean_mask
    variance = _box(guide * guide, radius) - mean_guide**2
    slope = covariance / (variance + 2e-3)
    offset = mean_mask - slope * mean_guide
    return np.asarray(np.clip(_box(slope, radius) * guide + _box(offset, radius), 0, 1))


def _fit_ground(pixels: Floats, rim: NDArray[np.bool_]) -> tuple[Floats, float]:
    """A quadratic surface through the rim, and the typical distance of the rim from it."""
    height, width = rim.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], axis=-1)
    chosen = rim.copy()
    ground, error = pixels, 999.0
    for _ in range(3):
        weights = np.linalg.lstsq(terms[chosen], pixels[chosen], rcond=None)[0]
        ground = terms @ weights
        distance = np.sqrt(((pixels - ground) ** 2).sum(axis=2))
        error = float(np.quantile(distance[rim], 0.8))
        chosen = rim & (distance <= max(error, 1.0))
    return ground.astype(np.float32), error


def _grow_from(seed: NDArray[np.bool_], allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    reached = seed
    for _ in range(400):
        wider = _widen(reached) & allowed
        if int(wider.sum()) == int(reached.sum()):
            break
        reached = wider
    return reached


def _widen(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _draw_prior(shape: tuple[int, ...], face: Face) -> Floats:
    """Where a head with its hair and the shoulders usually lie."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    across, down = (x - face.x) / face.width, (y - face.y) / face.height
    head = 1 - np.hypot(across / 0.8, (down + 0.1) / 0.82)
    shoulders = np.minimum((down - 0.68 - 0.12 * across**2) * 2.2, 1.7 - np.abs(across))
    inside = np.maximum(head, shoulders)
    return np.asarray(1 / (1 + np.exp(-9 * inside)), np.float32)


def _measure_odds(codes: NDArray[np.int_], mask: Floats, prior: Floats) -> Floats:
    count = _BINS**3
    ours = _blur_bins(np.bincount(codes.ravel(), mask.ravel(), count).astype(np.float64))
    theirs = _blur_bins(np.bincount(codes.ravel(), (1 - mask).ravel(), count).astype(np.float64))
    colour = np.log((ours / ours.sum() + 1e-5) / (theirs / theirs.sum() + 1e-5))
    place = np.log((prior + 0.004) / (1.004 - prior))
    return np.asarray(np.clip(colour, -3, 3)[codes] * 0.9 + 1.15 * place, np.float32)


def _blur_bins(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    cube = counts.reshape(_BINS, _BINS, _BINS)
    for axis in range(3):
        padded = np.pad(cube, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        below, above = (np.take(padded, np.arange(_BINS) + k, axis) for k in (0, 2))
        cube = 0.5 * cube + 0.25 * (below + above)
    return cube.ravel()


def _box(values: Floats, radius: int) -> Floats:
    padded = np.pad(values, radius, mode="edge").astype(np.float64)
    sums = np.pad(padded.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    side = 2 * radius + 1
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(total / side**2, np.float32)


def soften(mask: Floats, radius: float) -> Floats:
    image = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255
