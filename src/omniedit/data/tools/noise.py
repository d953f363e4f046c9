"""Fractal noise that looks the same at every picture size: what clouds, paper, bark and bristles are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from omniedit.seeding import stream
from omniedit.types import Mask

_PERIOD = 64  # lattice points before the noise repeats
_GAIN = 2.2  # the B-spline averages neighbours; this brings the spread back to about -1..1
_LINE_GAIN = 1.5  # the same along a line


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
    across = _interpolate(_lattice(seed, cells).T, width, cells / math.sqrt(stretch) / unit)
    return _interpolate(across.T, height, cells * math.sqrt(stretch) / unit) * np.float32(_GAIN)


def fractal(
    width: int, height: int, cells: float, *, octaves: int = 5, gain: float = 0.5, seed: int = 0, stretch: float = 1.0
) -> Mask:
    """Sum of octaves of :func:`noise`, each twice as fine and ``gain`` times as strong; ``float32 [height, width]``."""
    total = np.zeros((height, width), np.float32)
    for share, finer, other in _octaves(cells, octaves, gain, seed, math.sqrt(width * height)):
        total += share * noise(width, height, finer, seed=other, stretch=stretch)
    return total


def profile(width: int, height: int, cells: float, *, octaves: int = 5, gain: float = 0.5, seed: int = 0) -> Mask:
    """The same along a line across the picture, ``float32 [width]``: the outline of a ridge, a dune or a tree top."""
    unit = math.sqrt(width * height)
    total = np.zeros(width, np.float32)
    for share, finer, other in _octaves(cells, octaves, gain, seed, unit):
        total += share * _LINE_GAIN * _interpolate(_lattice(other, finer)[0], width, finer / unit)
    return total


def _octaves(
    cells: float, octaves: int, gain: float, seed: int, unit: float
) -> Iterator[tuple[np.float32, float, int]]:
    """Weight, cells and seed of each octave; the weights' squares add up to 1.

    Octaves finer than two pixels are left out: seen from afar they average to nothing, so a small rendering equals a
    large one shrunk.
    """
    norm = math.sqrt(sum(gain ** (2 * octave) for octave in range(octaves)))
    for octave in range(octaves):
        if cells * 2**octave <= unit / 2:
            yield np.float32(gain**octave / norm), cells * 2**octave, seed + 101 * octave


@lru_cache(maxsize=256)
def _lattice(seed: int, cells: float) -> NDArray[np.float32]:
    """Random values of the lattice points, uniform in -1..1; not to be written to."""
    return stream(seed, "noise", round(cells * 16)).uniform(-1, 1, (_PERIOD, _PERIOD)).astype(np.float32)


def _interpolate(points: NDArray[np.float32], pixels: int, step: float) -> NDArray[np.float32]:
    """Uniform cubic B-spline through ``points [_PERIOD, ...]``, sampled every ``step``: ``[pixels, ...]``."""
    place = (np.arange(pixels) + 0.5) * step
    first = np.floor(place).astype(int)
    t = (place - first).astype(np.float32).reshape(-1, *[1] * (points.ndim - 1))
    taps = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    total = np.zeros((pixels, *points.shape[1:]), np.float32)
    for offset, weight in enumerate(taps):
        total += points[(first + offset) % _PERIOD] * (weight / 6)
    return total
