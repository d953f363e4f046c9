"""OKLab, the colour space in which the tools recolour and judges compare: lightness, and two axes of colour.

``L`` runs from 0 (black) to 1 (white), ``a`` from green to red, ``b`` from blue to yellow; equal distances look about
equally different. Source: Björn Ottosson, "A perceptual color space for image processing" (2020),
https://bottosson.github.io/posts/oklab/.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Lab = NDArray[np.float32]

_LMS_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_LAB_FROM_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_RGB_FROM_LMS = np.linalg.inv(_LMS_FROM_RGB)
_LMS_FROM_LAB = np.linalg.inv(_LAB_FROM_LMS)
_LEVELS = 1 << 16


@cache
def _linear_of_srgb() -> NDArray[np.float32]:
    """Return the linear light 0..1 of each of the 256 sRGB levels (IEC 61966-2-1)."""
    level = np.arange(256) / 255
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)


@cache
def _srgb_of_linear() -> NDArray[np.uint8]:
    """Return the sRGB level of each of 65536 steps of linear light, fine enough for the darkest levels too."""
    light = np.linspace(0, 1, _LEVELS)
    level = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    table: NDArray[np.uint8] = np.rint(level * 255).astype(np.uint8)
    return table


def to_oklab(image: NDArray[np.uint8]) -> Lab:
    """Convert colours to OKLab.

    Args:
        image: sRGB, ``uint8 [..., 3]``.

    Returns:
        ``float32 [..., 3]``: L in 0..1, a and b within about -0.4..0.4.
    """
    lms = _linear_of_srgb()[image] @ _LMS_FROM_RGB.T
    lab: Lab = np.cbrt(lms) @ _LAB_FROM_LMS.T
    return lab


def from_oklab(lab: Lab) -> NDArray[np.uint8]:
    """Convert OKLab, ``float32 [..., 3]``, to sRGB, ``uint8 [..., 3]``, clipped where sRGB has no such colour.

    Undoes :func:`to_oklab` within one level.
    """
    linear = (lab @ _LMS_FROM_LAB.T) ** 3 @ _RGB_FROM_LMS.T
    steps = np.clip(linear, 0, 1) * np.float32(_LEVELS - 1) + np.float32(0.5)
    image: NDArray[np.uint8] = _srgb_of_linear()[steps.astype(np.uint16)]
    return image
