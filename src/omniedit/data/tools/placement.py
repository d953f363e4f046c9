"""Placing a named object in a picture: its cutout, at a box, in the light of the surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.data.cutouts import BUNDLED, Collection
from omniedit.data.tools.compositing import Box, footprint, harmonise, paste
from omniedit.data.tools.inpainting import fill
from omniedit.images import grid_size
from omniedit.types import Image, Mask


@dataclass(frozen=True)
class CutoutPainter:
    """Paints an object by its cutout, standing on the bottom edge of the box, as large as fits it."""

    harmony: float = 0.15
    """How far the object takes on the light of its surroundings, 0..1."""
    method: str = "exemplar"
    """How what stood there is filled in: a key of :data:`omniedit.data.tools.inpainting.METHODS`."""
    cutouts: Collection = BUNDLED
    """What it can paint."""

    def __call__(
        self, image: Image, hole: Mask | None, box: Box, name: str, colour: str, *, rng: np.random.Generator
    ) -> tuple[Image, Mask]:
        """Paint it.

        Args:
            image: The picture, ``uint8 [H, W, 3]``; not changed.
            hole: What has to go first, ``float32 [H, W]``; None if nothing does.
            box: Square ``(left, top, side)`` to stand in.
            name: Name of a cutout.
            colour: Colour word of its main part; empty means its usual colours.
            rng: For filling the hole.

        Returns:
            The picture with the object, and where it changed.

        Raises:
            InputError: There is no such cutout or colour, the cutout cannot be recoloured, or the hole is all of the
                picture.
        """
        left, top, side = box
        cutout = self.cutouts.get(name)
        sprite = cutout.render(side, dict(cutout.colours(colour)))
        height, width = sprite.rgba.shape[:2]
        corner = left + (side - width) // 2, top + side - height
        cleared = image if hole is None else fill(image, hole, method=self.method, rng=rng)
        rgba = harmonise(sprite.rgba, cleared, box, strength=self.harmony)
        placed = footprint(image, rgba, *corner)
        return paste(cleared, rgba, *corner), placed if hole is None else np.maximum(hole, placed)


CELLS_AREA, CELL = 128 * 128, 16
"""The grid of new objects: the cells of nano's working size, so that what it has to learn lines up with its tokens."""
_COLUMNS = {"left": 0.08, "middle": 0.5, "right": 0.92}
_ROWS = {"top": 0.1, "bottom": 1.0}
_IN_THE_AIR, _ON_THE_FLOOR = 0.1, 0.85


def choose_box(name: str, image: Image, where: str, share: float, *, cutouts: Collection = BUNDLED) -> Box:
    """Choose the box of a new object on the picture's grid of cells (:data:`CELL` pixels wide at :data:`CELLS_AREA`).

    What flies or hangs goes near the top, all else stands on the lower third. Among the columns that the words allow it
    is the one that covers the least: the same picture and words always give the same place.

    Args:
        name: The object.
        image: The picture, ``uint8 [H, W, 3]``.
        where: Placement words: left, middle, right, top, bottom, or two of them; empty allows every column.
        share: Side of the box as a share of the picture's shorter side.
        cutouts: They know what flies or hangs; what is not among them stands.
    """
    size = image.shape[1], image.shape[0]
    columns, rows = (pixels // CELL for pixels in grid_size(*size, area=CELLS_AREA, multiple=CELL))
    side = max(1, min(columns, rows, round(share * min(columns, rows))))
    airborne = name in cutouts and cutouts.get(name).rests == "air"
    row = round(_fraction(where, _ROWS, _IN_THE_AIR if airborne else _ON_THE_FLOOR) * (rows - side))
    usual = round(_fraction(where, _COLUMNS, _COLUMNS["middle"]) * (columns - side))
    covered = _lines(image, (columns, rows))[row : row + side]
    costs = {
        column: float(covered[:, column : column + side].mean()) + _HABIT * abs(column - usual) / columns
        for column in range(columns - side + 1)
        if abs(column - usual) <= (1 if where else columns)
    }
    left = min(costs, key=lambda column: (costs[column], abs(column - usual), column))
    width, height = size[0] / columns, size[1] / rows
    return round(left * width), round(row * height), round(side * min(width, height))


_HABIT = 1.0
"""What standing a picture's width off the usual column costs, in mean lines per cell."""


def _lines(image: Image, cells: tuple[int, int]) -> NDArray[np.float32]:
    """How much there is to see in each cell, ``[rows, columns]``, 1 on average: the strength of lines in it."""
    import cv2

    columns, rows = cells
    grey = cv2.cvtColor(cv2.resize(image, (8 * columns, 8 * rows), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    across, down = (cv2.Sobel(grey.astype(np.float32), cv2.CV_32F, *axis, ksize=3) for axis in ((1, 0), (0, 1)))
    strength = np.sqrt(across * across + down * down).reshape(rows, 8, columns, 8).mean(axis=(1, 3))
    return np.asarray(strength / max(float(strength.mean()), 1.0), np.float32)


def _fraction(where: str, places: Mapping[str, float], otherwise: float) -> float:
    """Return the fraction of the first of the ``places`` that the placement words mention."""
    return next((fraction for word, fraction in places.items() if word in where.split()), otherwise)
