"""An empty canvas with its coordinates, and the few moves with which every backdrop is painted.

Paint is sRGB 0..1, ``float32 [H, W, 3]``. Across, places are counted in units (square root of the canvas' area) from
the middle; down, in fractions of the height: so the horizon stays where it is and a circle stays round at every ratio.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from omniedit.data.tools import noise
from omniedit.data.tools.filters import Colour, Pixels, Values
from omniedit.seeding import stream
from omniedit.types import Mask

_CELLS = 128  # cells across before a random pattern repeats


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

    def gradient(self, *stops: tuple[float, Colour]) -> Pixels:
        """Colours blended down the canvas; each stop is (place down, colour)."""
        places = [place for place, _ in stops]
        columns = [np.interp(self.y[:, 0], places, [tone[channel] for _, tone in stops]) for channel in range(3)]
        column = np.stack(columns, -1).astype(np.float32)[:, None, :]
        return np.repeat(np.asarray(column, np.float32), self.width, axis=1)

    def inside(self, distance: Values) -> Mask:
        """Smooth-edged mask of a shape from its signed distance in units, positive inside."""
        mask = np.clip(np.float32(0.5) + distance * np.float32(self.unit), 0, 1).astype(np.float32)
        return np.asarray(np.broadcast_to(mask, (self.height, self.width)), np.float32)

    def spread(self, column: Values) -> Mask:
        """Values down the canvas, ``[H, 1]``, repeated across it."""
        return np.repeat(np.asarray(column, np.float32), self.width, axis=1)

    def below(self, line: Values | float) -> Mask:
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
        down = (self.y - np.float32(y)) * np.float32(self.tall)
        return np.asarray(np.hypot(self.x - np.float32(x), down), np.float32)

    def glow(self, x: float, y: float, radius: float) -> Mask:
        """Soft light around a point: 1 there, fading within ``radius``."""
        return np.asarray(np.exp(-((self.reach(x, y) / np.float32(radius)) ** 2)), np.float32)

    def spots(self, places: NDArray[np.float64], level: float = 1.0) -> Mask:
        """Small discs at rows of ``(x, y, radius)``, x from 0 (left edge) to 1; those below a pixel are dimmer."""
        mask = np.zeros((self.height, self.width), np.float32)
        for x, y, radius in places.tolist():
            column, row, reach = x * self.width, y * self.height, radius * self.unit
            left, top = max(0, int(column - reach - 1)), max(0, int(row - reach - 1))
            part = mask[top : int(row + reach + 2), left : int(column + reach + 2)]
            v, u = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
            disc = np.clip(0.5 + reach - np.hypot(u + 0.5 - column, v + 0.5 - row), 0, 1) * min(1.0, (2 * reach) ** 2)
            np.maximum(part, np.float32(level) * disc.astype(np.float32), out=part)
        return mask

    def relief(self, height: Values) -> Mask:
        """Light from the upper left on a height field, about -1..1."""
        if min(height.shape) < 2:
            return np.zeros(height.shape, np.float32)
        down, across = np.gradient(height)
        return np.asarray(np.tanh((down + 0.8 * across) * self.unit * 0.08), np.float32)

    def noise(self, cells: float, seed: int, *, octaves: int = 5, gain: float = 0.5, stretch: float = 1.0) -> Mask:
        """Fractal noise about -1..1 over the canvas."""
        return noise.fractal(self.width, self.height, cells, octaves=octaves, gain=gain, seed=seed, stretch=stretch)

    def profile(self, cells: float, seed: int, *, octaves: int = 5, gain: float = 0.5) -> NDArray[np.float32]:
        """One row of fractal noise, ``[1, W]``: the outline of a ridge."""
        return noise.profile(self.width, self.height, cells, octaves=octaves, gain=gain, seed=seed)[None, :]


def chance(column: Values, row: Values | float, seed: int) -> Mask:
    """A random number 0..1 for each cell of a grid, from its whole-numbered column and row."""
    table = stream(seed, "chance").random((_CELLS, _CELLS)).astype(np.float32)
    rows, columns = np.broadcast_arrays(row, column)
    drawn: Mask = table[rows.astype(int) % _CELLS, columns.astype(int) % _CELLS]
    return drawn


def gap(place: Values, period: float = 1.0) -> NDArray[np.float32]:
    """Distance to the nearest multiple of ``period``."""
    return np.asarray(np.abs(np.mod(place + period / 2, period) - period / 2), np.float32)


def shade(paint: Values, factor: Values) -> Pixels:
    """Darken or brighten paint by a factor per pixel."""
    return np.asarray(paint * factor[..., None], np.float32)


def ramp(tones: Sequence[Colour], place: Values) -> Pixels:
    """Colours of a palette at places 0..1 along it."""
    knots = np.linspace(0, 1, len(tones))
    table = np.stack([np.interp(np.arange(256) / 255, knots, [tone[c] for tone in tones]) for c in range(3)], -1)
    return table.astype(np.float32)[(np.clip(place, 0, 1) * 255).astype(np.uint8)]
