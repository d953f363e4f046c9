"""Pictures repainted: non-photorealistic rendering with classical filters, deterministic at any size.

For example ``paint(image, "oil painting")``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from omniedit.data.tools.filters import Pixels
from omniedit.data.tools.painterly import drawings, paintings, pieces, prints
from omniedit.errors import InputError, InstructionError
from omniedit.types import Image

__all__ = ["STYLES", "paint"]

STYLES: dict[str, Callable[[Pixels], Pixels]] = {
    "pencil sketch": drawings.pencil_sketch,
    "charcoal": drawings.charcoal,
    "ink drawing": drawings.ink_drawing,
    "woodcut": drawings.woodcut,
    "chalk drawing": drawings.chalk_drawing,
    "blueprint": drawings.blueprint,
    "oil painting": paintings.oil_painting,
    "watercolour": paintings.watercolour,
    "impressionist": paintings.impressionist,
    "cartoon": paintings.cartoon,
    "comic": prints.comic,
    "pop art": prints.pop_art,
    "sepia photograph": prints.sepia_photograph,
    "pixel art": prints.pixel_art,
    "mosaic": pieces.mosaic,
    "stained glass": pieces.stained_glass,
}
"""Name -> style: sRGB values 0..1, ``float32 [H, W, 3]``, in and out."""


def paint(image: Image, name: str, *, strength: float = 1.0) -> Image:
    """Repaint the picture in a style; nothing moves, the same picture gives the same painting.

    Args:
        image: ``uint8 [H, W, 3]``.
        name: A key of :data:`STYLES`.
        strength: 0 leaves the picture exactly as it is, 1 is the full style.

    Returns:
        A picture of the same shape.

    Raises:
        InstructionError: The name is not known.
        InputError: The strength is not within 0..1.
    """
    if name not in STYLES:
        raise InstructionError(f"unknown style {name!r}; known are: {', '.join(STYLES)}")
    if not 0 <= strength <= 1:
        raise InputError(f"strength of a style must lie within 0..1, not {strength}")
    before = image.astype(np.float32)
    painted = STYLES[name](before / np.float32(255)) * 255
    return np.round(np.clip(before + np.float32(strength) * (painted - before), 0, 255)).astype(np.uint8)
