"""Pieced styles: mosaic and stained glass."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from omniedit.data.tools.filters import Colour, Pixels, mix, unit
from omniedit.data.tools.painterly.strokes import grey, outlines, saturate, smooth, stretch_tones
from omniedit.seeding import stream
from omniedit.types import Mask

GROUT: Colour = (0.70, 0.67, 0.60)
"""Colour between the stones of a mosaic."""

LEAD: Colour = (0.05, 0.05, 0.06)
"""Colour of the strips that hold stained glass."""


def mosaic(paint: Pixels) -> Pixels:
    """Small stone tiles with pale grout."""
    stones, gaps = _pieces(saturate(paint, 1.25), size=0.034, jitter=0.28, gap=0.0045, bevel=0.04)
    return mix(stones, GROUT, gaps)


def stained_glass(paint: Pixels) -> Pixels:
    """Glowing pieces of glass in dark lead, which also follows the contours of things."""
    flat = saturate(smooth(paint, 0.012, 2), 1.9)
    glass, gaps = _pieces(flat, size=0.062, jitter=0.85, gap=0.007, bevel=-0.16)
    contours = outlines(stretch_tones(grey(flat)), 0.006, sharpness=40, bias=0.010)
    return mix(mix(glass, flat, 0.3), LEAD, np.maximum(gaps, contours))


def _pieces(paint: Pixels, *, size: float, jitter: float, gap: float, bevel: float) -> tuple[Pixels, Mask]:
    """Cut the picture into pieces of one colour each.

    Args:
        paint: The picture.
        size: Size of a piece as a fraction of the scale.
        jitter: 0 for a regular grid, 1 for very uneven pieces.
        gap: Width of the gaps as a fraction of the scale.
        bevel: How much brighter the rim of a piece is than its middle.

    Returns:
        The pieces, and a mask of the gaps between them.
    """
    label, rim = _voronoi(paint.shape[:2], size, jitter)
    pixels = np.maximum(np.bincount(label.ravel()), 1)
    sums = [np.bincount(label.ravel(), paint[..., channel].ravel()) for channel in range(3)]
    uneven = 1 + 0.05 * stream(0, "pieces").standard_normal(len(pixels))
    colours = np.clip(np.stack(sums, axis=-1) * (uneven / pixels)[:, None], 0, 1).astype(np.float32)
    middle = np.clip(rim / (0.5 * size * unit(paint)), 0, 1)
    pieces = colours[label] * (1 + bevel * (1 - 2 * middle))[..., None]
    return pieces, np.clip(0.5 - rim + gap * unit(paint) / 2, 0, 1)


def _voronoi(shape: tuple[int, ...], size: float, jitter: float) -> tuple[NDArray[np.int64], Mask]:
    """Cells around the points of a jittered grid: each pixel's cell, and its distance from the cell's rim in pixels."""
    rows, columns = shape
    scale = math.sqrt(rows * columns)
    across, down = max(1, round(columns / scale / size)), max(1, round(rows / scale / size))
    places = 0.5 + jitter * (stream(0, "voronoi").random((128, 128, 2), np.float32) - 0.5)
    u = ((np.arange(columns, dtype=np.float32) + 0.5) * (across / columns))[None, :]
    v = ((np.arange(rows, dtype=np.float32) + 0.5) * (down / rows))[:, None]
    nearest = np.full(shape, np.inf, np.float32)
    second, label = nearest.copy(), np.zeros(shape, np.int64)
    for step_down, step_across in itertools.product((-1, 0, 1), repeat=2):
        i, j = np.floor(u).astype(int) + step_across, np.floor(v).astype(int) + step_down
        place = places[j % 128, i % 128]
        reach = np.hypot(u - i - place[..., 0], v - j - place[..., 1]).astype(np.float32)
        label = np.where(reach < nearest, (j + 1) * (across + 2) + i + 1, label)
        second = np.minimum(second, np.maximum(reach, nearest))
        nearest = np.minimum(nearest, reach)
    return label, (second - nearest) * np.float32(scale * size / 2)
