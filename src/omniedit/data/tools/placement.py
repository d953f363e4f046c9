"""Placing a named object in a picture: its cutout, at a box, in the light of the surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from omniedit.data import cutouts
from omniedit.data.tools.compositing import Box, footprint, harmonise, paste
from omniedit.data.tools.inpainting import fill
from omniedit.images import grid_size
from omniedit.types import Image, Mask


@dataclass(frozen=True)
class CutoutPainter:
    """Paints an object by its drawn cutout, standing on the bottom edge of the box, as large as fits it."""

    harmony: float = 0.15
    """How far the object takes on the light of its surroundings, 0..1."""
    method: str = "exemplar"
    """How what stood there is filled in: a key of :data:`omniedit.data.tools.inpainting.METHODS`."""

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
            InputError: There is no such cutout or colour, or the hole is all of the picture.
        """
        left, top, side = box
        cutout = cutouts.get(name)
        main = next(iter(cutout.parts))
        sprite = cutout.render(side, {main: colour} if colour else {})
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


def choose_box(name: str, size: tuple[int, int], where: str, share: float, rng: np.random.Generator) -> Box:
    """Choose the box of a new object on the picture's grid of cells (:data:`CELL` pixels wide at :data:`CELLS_AREA`).

    Args:
        name: The object: what flies or hangs goes near the top, all else stands on the lower third.
        size: The picture's ``(width, height)``.
        where: Placement words: left, middle, right, top, bottom, or two of them; empty leaves the column to chance.
        share: Side of the box as a share of the picture's shorter side.
        rng: For what the words leave open.
    """
    columns, rows = (pixels // CELL for pixels in grid_size(*size, area=CELLS_AREA, multiple=CELL))
    side = max(1, min(columns, rows, round(share * min(columns, rows))))
    airborne = name in cutouts.names() and cutouts.get(name).rests == "air"
    across = _fraction(where, _COLUMNS, 0.5 if where else float(rng.uniform(0, 1)))
    down = _fraction(where, _ROWS, _IN_THE_AIR if airborne else _ON_THE_FLOOR)
    width, height = size[0] / columns, size[1] / rows
    left, top = round(across * (columns - side)) * width, round(down * (rows - side)) * height
    return round(left), round(top), round(side * min(width, height))


def _fraction(where: str, places: Mapping[str, float], otherwise: float) -> float:
    """Return the fraction of the first of the ``places`` that the placement words mention."""
    return next((fraction for word, fraction in places.items() if word in where.split()), otherwise)
