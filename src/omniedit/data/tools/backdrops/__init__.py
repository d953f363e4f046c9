"""Backdrops: rendered places to put things in front of, deterministic and alike at every size.

For example ``render_backdrop("beach", 1024, 768)``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from omniedit.data.tools.backdrops import nature, places, sky
from omniedit.data.tools.backdrops.canvas import Canvas
from omniedit.data.tools.filters import Pixels
from omniedit.errors import InputError, InstructionError
from omniedit.types import Image

__all__ = ["BACKDROPS", "render_backdrop"]

BACKDROPS: dict[str, Callable[[Canvas], Pixels]] = {
    "beach": nature.beach,
    "meadow": nature.meadow,
    "forest": nature.forest,
    "snowy mountains": nature.snowy_mountains,
    "desert": nature.desert,
    "underwater": nature.underwater,
    "sunset sky": sky.sunset_sky,
    "outer space": sky.outer_space,
    "city skyline": places.city_skyline,
    "city at night": places.city_at_night,
    "brick wall": places.brick_wall,
    "library": places.library,
    "stage": places.stage,
    "kitchen": places.kitchen,
    "spaceship": places.spaceship,
}
"""Name -> painter: sRGB values 0..1, ``float32 [H, W, 3]``."""


def render_backdrop(name: str, width: int, height: int) -> Image:
    """Render a backdrop; where it has a ground, the ground fills about the lower third.

    Args:
        name: A key of :data:`BACKDROPS`.
        width: Pixels.
        height: Pixels.

    Returns:
        ``uint8 [height, width, 3]``, the same picture at every size, as sharp as the size allows.

    Raises:
        InstructionError: The name is not known.
        InputError: A side is smaller than one pixel.
    """
    if name not in BACKDROPS:
        raise InstructionError(f"unknown backdrop {name!r}; known are: {', '.join(BACKDROPS)}")
    if min(width, height) < 1:
        raise InputError(f"a backdrop needs sides of at least 1 pixel, not {width}x{height}")
    return np.round(np.clip(BACKDROPS[name](Canvas(width, height)), 0, 1) * 255).astype(np.uint8)
