"""Linear light: exposing, tinting and veiling are sums of light, so they are done on it and not on sRGB codes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from omniedit.colour import to_encoded, to_linear
from omniedit.data.tools.filters import Pixels, Values
from omniedit.types import Image, Mask

_STEPS = 4095  # finer than 8 bits even in the dark end, where sRGB is steepest


def to_light(image: Image) -> Pixels:
    """Linear light of an sRGB picture ``uint8 [H, W, 3]``."""
    return _decode_table()[image]


def from_light(light: Values) -> Image:
    """Show linear light as an sRGB picture ``uint8 [H, W, 3]``; highlights roll off softly instead of clipping."""
    rolled = np.where(light > 0.8, 1 - 0.2 * np.exp((0.8 - light) / 0.2), light)
    codes = np.sqrt(np.clip(rolled, 0, 1)) * _STEPS  # the square root spends the table's steps on the dark end
    picture: Image = _encode_table()[(codes + 0.5).astype(np.uint16)]
    return picture


def luminance(light: Values) -> Mask:
    """Relative luminance (Rec. 709), ``float32 [H, W]``."""
    return np.asarray(light @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)


@lru_cache(maxsize=1)
def _decode_table() -> NDArray[np.float32]:
    return to_linear(np.linspace(0, 1, 256, dtype=np.float32))


@lru_cache(maxsize=1)
def _encode_table() -> NDArray[np.uint8]:
    return np.rint(to_encoded(np.linspace(0, 1, _STEPS + 1, dtype=np.float32) ** 2) * 255).astype(np.uint8)
