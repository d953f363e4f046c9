"""An empty canvas with its coordinates, and the few moves with which every backdrop is painted.

Paint is sRGB 0..1, ``float32 [H, W, 3]``. Across, places are counted in units (square root of the canvas' area) from the
middle; down, in fractions of the height: so the horizon stays where it is and a circle stays round at every ratio.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from omniedit.data.tools import noise
from omniedit.types import Mask

Paint = NDArray[np.float32]
"""sRGB values 0..1, ``float32 [H, W, 3]``."""

Tone = tuple[float, float, float]
"""sRGB values 0..1 of one colour."""


@dataclass(frozen=True)
class Canvas:
    """Size and coordinates of the backdrop to be painted."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""

    @cached_property
    def unit(self) -> float:
        """Square root of the area, in pixels."""
        return math.sqrt(self.width * self.height)

    @cached_property
    def x(self) -> NDArray[np.float32]:
        """Place across, in units from the middle, ``[1, W]``."""
        return ((np.arange(self.width, dtype=np.float32) + 0.5 - self.width / 2) / np.float32(self.unit))[None, :]

    @cached_property
    def y(self) -> NDArray[np.float32]:
        """Place down, 0 at the top edge, 1 at the bottom edge, ``[H, 1]``."""
        return ((np.arange(self.height, dtype=np.float32) + 0.5) / np.float32(self.height))[:, None]

    @cached_property
    def tall(self) -> float:
        """Height in units."""
        return self.height / self.unit

    @cached_property
    def wide(self) -> float:
        """Width in units."""
        return self.width / self.unit

    def gradient(self, *stops: tuple[float, Tone]) -> Paint:
        """Colours blended down the canvas; each stop is (place down, colour)."""
        places = [place for place, _ in stops]
        columns = [np.interp(self.y[:, 0], places, [tone[channel] for _, tone in stops]) for channel in range(3)]
        column = np.stack(columns, -1).astype(np.float32)[:, None, :]
        return np.repeat(column, self.width, axis=1)

    def inside(self, distance: NDArray[np.float32]) -> Mask:
        """Smooth-edged mask of a shape from its signed distance in units, positive inside."""
        mask = np.clip(np.float32(0.5) + distance * np.float32(self.unit), 0, 1).astype(np.float32)
        return np.asarray(np.broadcast_to(mask, (self.height, self.width)), np.float32)

    def below(self, line: NDArray[np.float32] | float) -> Mask:
        """Everything below a line, given as a place down for each column."""
        return self.inside((self.y - line) * self.tall)

    def box(self, left: float, top: float, right: float, bottom: float) -> Mask:
        """A rectangle; left and right in units from the middle, top and bottom as places down."""
        across = np.minimum(self.x - left, right - self.x)
        down = np.minimum(self.y - top, bottom - self.y) * self.tall
        return self.inside(np.minimum(across, down))

    def disc(self, x: float, y: float, radius: float) -> Mask:
        """A round disc."""
        return self.inside(radius - self.reach(x, y))

    def reach(self, x: float, y: float) -> Mask:
        """Distance of every pixel from a point, in units."""
        return np.hypot(self.x - np.float32(x), (self.y - np.float32(y)) * np.float32(self.tall))

    def glow(self, x: float, y: float, radius: float) -> Mask:
        """Soft light around a point: 1 there, fading within ``radius``."""
        return np.exp(-((self.reach(x, y) / np.float32(radius)) ** 2))

    def noise(self, cells: float, seed: int, *, octaves: int = 5, gain: float = 0.5, stretch: float = 1.0) -> Mask:
        """Fractal noise about -1..1 over the canvas."""
        return noise.fractal(
            self.width, self.height, cells, octaves=octaves, gain=gain, seed=seed, stretch=stretch
        )

    def profile(self, cells: float, seed: int, *, octaves: int = 5, gain: float = 0.5) -> NDArray[np.float32]:
        """One row of fractal noise, ``[1, W]``: the outline of a ridge."""
        return noise.profile(self.width, self.height, cells, octaves=octaves, gain=gain, seed=seed)[None, :]


def over(paint: Paint, colour: Paint | Tone, mask: Mask | float = 1.0) -> Paint:
    """Lay a colour over the paint where ``mask`` says."""
    amount = mask[..., None] if isinstance(mask, np.ndarray) else np.float32(mask)
    return np.asarray(paint + amount * (np.asarray(colour, np.float32) - paint), np.float32)


def shade(paint: Paint, factor: Mask) -> Paint:
    """Darken or brighten paint by a factor per pixel."""
    return np.asarray(paint * factor[..., None], np.float32)


def ramp(tones: Sequence[Tone], place: Mask) -> Paint:
    """Colours of a palette at places 0..1 along it."""
    knots = np.linspace(0, 1, len(tones))
    table = np.stack([np.interp(np.arange(256) / 255, knots, [tone[c] for tone in tones]) for c in range(3)], -1)
    return table.astype(np.float32)[(np.clip(place, 0, 1) * 255).astype(np.uint8)]
