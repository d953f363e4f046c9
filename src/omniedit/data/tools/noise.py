"""Fractal noise that looks the same at every picture size: what clouds, paper, bark and bristles are made of."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from omniedit.seeding import stream
from omniedit.types import Mask

_PERIOD = 64  # lattice points before the noise repeats; no octave shows that many coarse cells
Line = NDArray[np.float32]

_LINE_GAIN = 1.5  # the same in one dimension
_GAIN = 2.2  # the B-spline averages neighbours; this brings the spread back to about -1..1


def noise(width: int, height: int, cells: float, *, seed: int = 0, stretch: float = 1.0) -> Mask:
    """Smooth noise with mean 0, nearly all within -1..1, ``float32 [height, width]``.

    The lattice is tied to the picture's size, so a larger picture shows the same pattern, larger.

    Args:
        width: Pixels.
        height: Pixels.
        cells: Lattice cells along the square root of the picture's area.
        seed: Another seed, another pattern.
        stretch: How many times longer than high the blobs are.
    """
    unit = math.sqrt(width * height)
    rows = _spline(height, cells * math.sqrt(stretch) / unit)
    columns = _spline(width, cells / math.sqrt(stretch) / unit)
    return np.asarray(rows @ _lattice(seed, round(cells * 16)) @ columns.T * _GAIN, np.float32)


def fractal(
    width: int, height: int, cells: float, *, octaves: int = 5, gain: float = 0.5, seed: int = 0, stretch: float = 1.0
) -> Mask:
    """Sum of octaves of :func:`noise`, each twice as fine and ``gain`` times as strong; ``float32 [height, width]``.

    Octaves finer than two pixels are left out: seen from afar they average to nothing, so a small
    rendering equals a large one shrunk.
    """
    finest = math.sqrt(width * height) / 2
    total = np.zeros((height, width), np.float32)
    weights = [gain**octave for octave in range(octaves)]
    for octave, weight in enumerate(weights):
        if cells * 2**octave <= finest:
            total += weight * noise(width, height, cells * 2**octave, seed=seed + 101 * octave, stretch=stretch)
    return total / np.float32(math.sqrt(sum(weight**2 for weight in weights)))


def profile(width: int, height: int, cells: float, *, octaves: int = 5, gain: float = 0.5, seed: int = 0) -> Line:
    """One row of :func:`fractal`, ``float32 [width]``: the outline of a ridge, a dune or a tree top."""
    scale = math.sqrt(width * height)
    total = np.zeros(width, np.float32)
    weights = [gain**octave for octave in range(octaves)]
    for octave, weight in enumerate(weights):
        if cells * 2**octave <= scale / 2:
            row = _lattice(seed + 101 * octave, round(cells * 16 * 2**octave))[0]
            total += weight * (_spline(width, cells * 2**octave / scale) @ row) * _LINE_GAIN
    return total / np.float32(math.sqrt(sum(weight**2 for weight in weights)))


@lru_cache(maxsize=256)
def _lattice(seed: int, key: int) -> NDArray[np.float32]:
    """Random values of the lattice points, uniform in -1..1."""
    values = stream(seed, "noise", key).uniform(-1, 1, (_PERIOD, _PERIOD)).astype(np.float32)
    values.flags.writeable = False
    return values


@lru_cache(maxsize=256)
def _spline(pixels: int, cells_per_pixel: float) -> NDArray[np.float32]:
    """Uniform cubic B-spline weights of every lattice point for every pixel, ``[pixels, _PERIOD]``."""
    place = (np.arange(pixels) + 0.5) * cells_per_pixel
    first = np.floor(place).astype(int)
    t = place - first
    taps = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    weights = np.zeros((pixels, _PERIOD), np.float32)
    for tap, values in enumerate(taps):
        np.add.at(weights, (np.arange(pixels), (first + tap) % _PERIOD), values / 6)
    weights.flags.writeable = False
    return weights
