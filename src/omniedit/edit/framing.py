"""Framing: how a photo of any size and shape sits in the grid that a model works at, and comes back out.

A photo within the model's range of ratios fills the grid, which has the nearest ratio that there is. One beyond that
range (a strip, a panorama) fills the grid's long side, and its edge pixels are repeated to fill the other; on the way
back that padding is cut off. Nothing is ever cropped from a photo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omniedit.images import grid_size, resize
from omniedit.types import Image


@dataclass(frozen=True)
class Frame:
    """The place of a photo in the grid of a model."""

    grid: tuple[int, int]
    """``(width, height)`` of the model's picture."""
    inner: tuple[int, int]
    """``(width, height)`` of the photo in it, centred."""

    @classmethod
    def of(cls, size: tuple[int, int], *, area: int, multiple: int, max_ratio: float) -> Frame:
        """The frame of a photo of ``size``; the other arguments as in :func:`omniedit.images.grid_size`."""
        grid = grid_size(*size, area=area, multiple=multiple, max_ratio=max_ratio)
        if max(size) <= max_ratio * min(size):
            return cls(grid, grid)
        scale = min(grid[0] / size[0], grid[1] / size[1])
        return cls(grid, (max(1, round(size[0] * scale)), max(1, round(size[1] * scale))))

    @property
    def padded(self) -> bool:
        """Whether the photo does not fill the grid."""
        return self.grid != self.inner

    def fill(self, small: Image) -> Image:
        """Photo at ``inner`` size -> model's picture, ``uint8 [grid height, grid width, 3]``."""
        (left, top), (width, height) = self._corner, self.inner
        right, bottom = self.grid[0] - width - left, self.grid[1] - height - top
        return np.pad(small, ((top, bottom), (left, right), (0, 0)), mode="edge")

    def cut(self, picture: Image) -> Image:
        """Model's picture -> photo at ``inner`` size."""
        left, top = self._corner
        return picture[top : top + self.inner[1], left : left + self.inner[0]]

    def shrink(self, photo: Image) -> Image:
        """Photo of any size -> photo at ``inner`` size."""
        return resize(photo, self.inner)

    @property
    def _corner(self) -> tuple[int, int]:
        return (self.grid[0] - self.inner[0]) // 2, (self.grid[1] - self.inner[1]) // 2
