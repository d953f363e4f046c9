"""Where an instruction leaves the place of a new object open, the ideal is the nearest picture that it allows.

"Add a car" does not say where. So the oracle looks for the placement of the ideal object (centre inside a region, size
inside a range) whose composite is nearest to the result: by correlation at half size for every place at once, then by
small steps. With difference d = result - base, sprite s and its alpha, the squared error of a placement changes by

    sum |d - alpha (s - base)|^2 - |d|^2
      = 2 <alpha, d.base> - 2 <alpha s, d> + <alpha^2, |s|^2> - 2 <alpha^2 s, base> + <alpha^2, |base|^2>

where <., .> slides over the picture, which makes it four correlations per size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.colour import to_oklab
from omniedit.judge.oracle.vision import Array, blur, shrink

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Stamp:
    """A sprite at the judge's size: colours times alpha, and alpha."""

    colour: Array
    """OKLab times alpha, ``[h, w, 3]``."""
    alpha: Array
    """``[h, w]``, 0..1."""


@dataclass(frozen=True)
class Place:
    """Centre, in pixels, and size, as a factor of the stamp's own."""

    x: float
    y: float
    scale: float


def stamp(sprite: NDArray[np.uint8], scale: float) -> Stamp:
    """The RGBA ``sprite``, ``uint8 [h, w, 4]``, resized by ``scale``."""
    height, width = sprite.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    alpha = (sprite[..., 3] / np.float32(255)).astype(np.float32)
    premultiplied = np.concatenate([to_oklab(sprite[..., :3]) * alpha[..., None], alpha[..., None]], axis=2)
    small = np.asarray(shrink(premultiplied, size), np.float32)
    return Stamp(np.ascontiguousarray(small[..., :3]), np.ascontiguousarray(small[..., 3]))


def compose(base: Array, sprite: Stamp, place: Place) -> tuple[Array, Array]:
    """``base`` (OKLab ``[h, w, 3]``) with the sprite at ``place``, and the sprite's alpha there ``[h, w]``."""
    import cv2

    height, width = sprite.alpha.shape
    left = place.x - place.scale * (width - 1) / 2
    top = place.y - place.scale * (height - 1) / 2
    matrix = np.array([[place.scale, 0, left], [0, place.scale, top]], np.float32)
    layered = np.concatenate([sprite.colour, sprite.alpha[..., None]], axis=2)
    moved = cv2.warpAffine(layered, matrix, base.shape[1::-1], flags=cv2.INTER_LINEAR)
    alpha = np.ascontiguousarray(moved[..., 3])
    return base * (1 - alpha[..., None]) + moved[..., :3], alpha


def nearest(result: Array, base: Array, sprite: Stamp, centres: Box, scales: tuple[float, float]) -> Place | None:
    """The allowed placement whose composite over ``base`` is nearest to ``result``.

    Args:
        result: OKLab ``[h, w, 3]``.
        base: The picture without the object, alike.
        sprite: The object.
        centres: Where its centre may lie, in pixels: left, top, right, bottom.
        scales: The smallest and the largest size, as factors of the sprite's.

    Returns:
        The placement, or None where no size fits into the picture.
    """
    tries = np.unique(np.geomspace(*scales, 5)).tolist()
    coarse = [found for scale in tries if (found := _correlate(result, base, sprite, centres, scale)) is not None]
    if not coarse:
        return None
    start = min(coarse, key=lambda found: found[0])[1]
    return _refine(result, base, sprite, start, centres, scales)


def error(result: Array, other: Array) -> float:
    """Sum of squared differences of slightly blurred pictures."""
    difference = blur(result - other, 1.0)
    return float(np.einsum("hwc,hwc->", difference, difference))


def _correlate(result: Array, base: Array, sprite: Stamp, centres: Box, scale: float) -> tuple[float, Place] | None:
    """Best placement on the half-size grid, with its change of the squared error; None where it does not fit."""
    import cv2

    half = max(1, result.shape[1] // 2), max(1, result.shape[0] // 2)
    fx, fy = result.shape[1] / half[0], result.shape[0] / half[1]
    size = round(sprite.alpha.shape[1] * scale / fx), round(sprite.alpha.shape[0] * scale / fy)
    if min(size) < 1 or size[0] > half[0] or size[1] > half[1]:
        return None
    r, b = (np.asarray(shrink(picture, half), np.float32) for picture in (result, base))
    s, alpha = (np.asarray(shrink(layer, size), np.float32) for layer in (sprite.colour, sprite.alpha))
    d = r - b

    def slide(picture: Array, kernel: Array) -> Array:
        return np.asarray(cv2.matchTemplate(picture, kernel, cv2.TM_CCORR), np.float32)

    change = 2 * slide(np.einsum("hwc,hwc->hw", d, b), alpha) - 2 * slide(d, s) + float((s * s).sum())
    change += slide(np.einsum("hwc,hwc->hw", b, b), alpha * alpha) - 2 * slide(b, s * alpha[..., None])
    x = (np.arange(change.shape[1]) + size[0] / 2) * fx - 0.5
    y = (np.arange(change.shape[0]) + size[1] / 2) * fy - 0.5
    left, top, right, bottom = centres
    outside = ((x < left - fx) | (x > right + fx))[None, :] | ((y < top - fy) | (y > bottom + fy))[:, None]
    change[outside] = np.inf
    row, column = np.unravel_index(int(np.argmin(change)), change.shape)
    if not np.isfinite(change[row, column]):
        return None
    return float(change[row, column]), Place(float(x[column]), float(y[row]), scale)


def _refine(
    result: Array, base: Array, sprite: Stamp, start: Place, centres: Box, scales: tuple[float, float]
) -> Place:
    """Coordinate descent from ``start`` with ever smaller steps, inside the limits."""
    best, lowest = start, error(result, compose(base, sprite, start)[0])
    for step in (1.0, 1.0, 0.5, 0.25):
        for dx, dy, ds in ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)):
            moved = Place(
                float(np.clip(best.x + dx * step, centres[0], centres[2])),
                float(np.clip(best.y + dy * step, centres[1], centres[3])),
                float(np.clip(best.scale * (1 + ds * step / 25), *scales)),
            )
            if moved != best and (at := error(result, compose(base, sprite, moved)[0])) < lowest:
                best, lowest = moved, at
    return best
