"""Linear light and the small filters that the picture tools share.

Mixing, blurring and exposing are sums of light, so they are done on linear values (IEC 61966-2-1), not on sRGB codes.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from omniedit.types import Image, Mask

Light = NDArray[np.float32]
"""Linear RGB, ``float32 [H, W, 3]``, 1 = display white; may exceed 1 until it is displayed."""

Colour = tuple[float, float, float]
"""Linear RGB of one colour."""

_STEPS = 4095  # finer than 8 bits even in the dark end, where sRGB is steepest


def to_light(image: Image) -> Light:
    """Linear light of an sRGB picture ``uint8 [H, W, 3]``."""
    return _decode_table()[image]


def from_light(light: Light) -> Image:
    """sRGB picture ``uint8 [H, W, 3]`` of linear light; highlights roll off softly instead of clipping."""
    rolled = np.where(light > 0.8, 1 - 0.2 * np.exp((0.8 - light) / 0.2), light)
    codes = np.sqrt(np.clip(rolled, 0, 1)) * _STEPS  # the square root spends the table's steps on the dark end
    return _encode_table()[(codes + 0.5).astype(np.uint16)]


def luminance(light: Light) -> Mask:
    """Relative luminance (Rec. 709), ``float32 [H, W]``."""
    return np.asarray(light @ np.array([0.2126, 0.7152, 0.0722], np.float32), np.float32)


def smoothstep(low: float, high: float, value: Mask) -> Mask:
    """0 below ``low``, 1 above ``high``, smooth in between; falling when ``low > high``."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def mix(first: Light, second: Light | Colour, amount: Mask | float) -> Light:
    """``first`` where ``amount`` is 0, ``second`` where it is 1."""
    weight = amount[..., None] if isinstance(amount, np.ndarray) else amount
    return np.asarray(first + weight * (np.asarray(second, np.float32) - first), np.float32)


def unit(image: NDArray[np.generic]) -> float:
    """The picture's scale: square root of its area, in pixels. Brushes and blurs are fractions of it."""
    return math.sqrt(image.shape[0] * image.shape[1])


def blur(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Gaussian blur with ``sigma`` in pixels; large ones work on a smaller picture."""
    import cv2

    if sigma < 0.15:
        return values
    height, width = values.shape[:2]
    step = max(1, int(sigma / 3))
    if step == 1:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)
    small = cv2.resize(values, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / step, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def follow_edges(mask: Mask, guide: Mask, radius: float, softness: float = 0.01) -> Mask:
    """Let a rough mask follow the edges of ``guide``: the guided filter (He et al., ECCV 2010), radius in pixels."""
    import cv2

    size = (2 * max(1, round(radius)) + 1,) * 2

    def mean(values: Mask) -> Mask:
        return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REPLICATE), np.float32)

    guide_mean, mask_mean = mean(guide), mean(mask)
    slope = (mean(guide * mask) - guide_mean * mask_mean) / (mean(guide * guide) - guide_mean**2 + softness)
    return np.clip(mean(slope) * guide + mean(mask_mean - slope * guide_mean), 0, 1)


@lru_cache(maxsize=1)
def _decode_table() -> NDArray[np.float32]:
    code = np.arange(256) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)


@lru_cache(maxsize=1)
def _encode_table() -> NDArray[np.uint8]:
    value = (np.arange(_STEPS + 1) / _STEPS) ** 2
    code = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.round(code * 255).astype(np.uint8)
