"""The small moves that the picture tools share: mix, ramp, blur, and follow an edge.

They work on linear light and on sRGB values alike; the tool that calls them says which it means.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.types import Mask

Values = NDArray[np.floating[Any]]
"""Real numbers per pixel, of any precision; what comes out is ``float32``."""

Pixels = NDArray[np.float32]
"""A picture in real numbers, ``float32 [H, W, 3]``, 0 = black, 1 = white."""

Colour = tuple[float, float, float]
"""One colour in the same terms as the pixels beside it."""


def unit(image: NDArray[Any]) -> float:
    """The picture's scale: square root of its area, in pixels. Brushes and blurs are fractions of it."""
    return math.sqrt(image.shape[0] * image.shape[1])


def smoothstep(low: float, high: float, value: Values) -> Mask:
    """0 below ``low``, 1 above ``high``, smooth in between; falling when ``low > high``."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def mix(first: Values | Colour, second: Values | Colour, amount: Values | float) -> Pixels:
    """``first`` where ``amount`` is 0, ``second`` where it is 1: paint over paper, haze over a view."""
    weight = np.asarray(amount, np.float32)[..., None]
    below = np.asarray(first, np.float32)
    return below + weight * (np.asarray(second, np.float32) - below)


def tint(amount: Values, colour: Colour) -> Pixels:
    """A colour at each pixel, brighter or darker by ``amount`` ``[H, W]``."""
    return np.asarray(amount, np.float32)[..., None] * np.asarray(colour, np.float32)


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
    """Let a rough mask follow the edges of ``guide``: the guided filter (He et al., ECCV 2010); radius in pixels."""
    import cv2

    size = (2 * max(1, round(radius)) + 1,) * 2

    def mean(values: Mask) -> Mask:
        return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REPLICATE), np.float32)

    guide_mean, mask_mean = mean(guide), mean(mask)
    spread = mean(guide * guide) - guide_mean**2
    slope = (mean(guide * mask) - guide_mean * mask_mean) / (spread + softness)
    followed: Mask = np.clip(mean(slope) * guide + mean(mask_mean - slope * guide_mean), 0, 1)
    return followed
