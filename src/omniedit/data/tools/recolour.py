"""Recolouring: a thing takes on another colour, and keeps its shading, highlights and texture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniedit.colour import from_oklab, to_oklab
from omniedit.data.colours import COLOURS
from omniedit.data.tools.compositing import extend
from omniedit.errors import DataError
from omniedit.types import Image, Mask

Plane = NDArray[np.float32]

_GAIN = (0.35, 1.7)
"""Least and greatest contrast of shading after a change of lightness: neither flat nor noisy."""
_LIT = 0.65
"""Share of a thing that is darker than its lit, matt surface, whose colour the words of ``COLOURS`` name."""


def recolour(image: Image, mask: Mask, colour: str) -> Image:
    """Give the masked part of a picture the colour that a word names.

    In OKLab, the lightness of the part's lit surface goes to the colour's, and each pixel keeps its distance from it,
    scaled so that black and white stay within reach: darker stays darker. Hue and chroma become the colour's; chroma
    falls off with shadow, as it does on a matt surface, and towards white in highlights. On the part's soft rim, where
    its colour is mixed with what lies behind, only its share of the mixture changes.

    Args:
        image: ``uint8 [H, W, 3]``; not changed.
        mask: ``float32 [H, W]`` 0..1: the part's share of each pixel.
        colour: A word of ``COLOURS``.

    Returns:
        A new picture, bit-identical where ``mask`` is 0.

    Raises:
        DataError: No such colour word, or an empty mask.
    """
    if colour not in COLOURS:
        raise DataError(f"no colour is called {colour!r}; choose one of {', '.join(COLOURS)}")
    inside = mask > 0
    if not inside.any():
        raise DataError("the mask is empty: there is nothing to recolour")
    weight, old = mask[inside], extend(image, mask)[inside]
    new = from_oklab(_shaded(to_oklab(old), weight, to_oklab(np.array(COLOURS[colour], np.uint8))))
    change = weight[:, None] * (new.astype(np.float32) - old)
    result = image.copy()
    result[inside] = np.rint(np.clip(image[inside] + change, 0, 255)).astype(np.uint8)
    return result


def _shaded(lab: Plane, weight: Plane, goal: Plane) -> Plane:
    """Return the pixels ``[N, 3]`` in the colour ``goal [3]``, shaded as they were."""
    lightness = _move_lightness(lab[:, 0], weight, float(goal[0]))
    shadow = lightness / goal[0]
    highlight = (1 - lightness) / (1 - goal[0])
    fade = np.clip(np.minimum(shadow, highlight), 0, 1)
    return np.concatenate([lightness[:, None], fade[:, None] * goal[None, 1:]], axis=1)


def _move_lightness(lightness: Plane, weight: Plane, goal: float) -> Plane:
    """Move the lit surface's lightness to ``goal``, along a rising curve that keeps black and white if it can."""
    lit = max(_quantile(lightness, weight, _LIT), 1e-3)
    below, above = np.clip([goal / lit, (1 - goal) / max(1 - lit, 1e-3)], *_GAIN)
    offset = lightness - lit
    moved: Plane = np.clip(goal + np.where(offset < 0, below, above) * offset, 0, 1).astype(np.float32)
    return moved


def _quantile(values: Plane, weight: Plane, share: float) -> float:
    """Return the value below which ``share`` of the weight lies."""
    order = np.argsort(values)
    passed = np.cumsum(weight[order], dtype=np.float64)
    return float(values[order[np.searchsorted(passed, share * passed[-1])]])
