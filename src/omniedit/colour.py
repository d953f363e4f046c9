"""OKLab, the one colour space of the tools and of the oracle judge: equal distances look about equally different.

    L 0..1 (black to white), a and b about -0.3..0.3 (green to red, blue to yellow); one sees differences from 0.02 on

Source: Björn Ottosson, "A perceptual color space for image processing", 2020, https://bottosson.github.io/posts/oklab/.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniedit.types import Image

_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_LAB_TO_LMS = np.linalg.inv(_LMS_TO_LAB.astype(np.float64)).astype(np.float32)
_LMS_TO_RGB = np.linalg.inv(_RGB_TO_LMS.astype(np.float64)).astype(np.float32)


def to_linear(encoded: NDArray[np.float32]) -> NDArray[np.float32]:
    """Light of sRGB values 0..1 (IEC 61966-2-1)."""
    low, high = encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= 0.04045, low, high).astype(np.float32)


def to_encoded(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """SRGB values 0..1 of light 0..1, the inverse of ``to_linear``; light outside 0..1 is clipped."""
    light = np.clip(linear, 0.0, 1.0)
    low, high = 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, low, high).astype(np.float32)


_LINEAR = to_linear(np.linspace(0, 1, 256, dtype=np.float32))
"""Light of each byte, so that a picture converts by look-up."""


def to_oklab(image: Image) -> NDArray[np.float32]:
    """OKLab of an sRGB picture.

    Args:
        image: ``uint8 [..., 3]``.

    Returns:
        ``float32 [..., 3]``: L, a, b.
    """
    response = np.cbrt(_LINEAR[image] @ _RGB_TO_LMS.T)
    return np.asarray(response @ _LMS_TO_LAB.T, np.float32)


def from_oklab(lab: NDArray[np.float32]) -> Image:
    """The sRGB picture of OKLab colours; colours that sRGB does not have are clipped channel by channel.

    Args:
        lab: ``float32 [..., 3]``: L, a, b.

    Returns:
        ``uint8 [..., 3]``.
    """
    response = np.asarray(lab, np.float32) @ _LAB_TO_LMS.T
    linear = np.asarray(response**3 @ _LMS_TO_RGB.T, np.float32)
    return np.rint(to_encoded(linear) * 255).astype(np.uint8)
