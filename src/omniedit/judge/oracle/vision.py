"""How the oracle looks at pictures: at one size, in OKLab, a little blurred, with their lines and texture.

All lengths are in *units*: 1/128 of the side of the square with the picture's area. So a large and a small judge
blur by the same share of the picture.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.colour import to_oklab
from omniedit.types import Image, Mask

Array = NDArray[np.floating[Any]]


def working_size(shape: tuple[int, ...], area: int) -> tuple[int, int]:
    """``(width, height)`` of the picture of ``shape`` shrunk to about ``area`` pixels; never enlarged."""
    height, width = shape[:2]
    scale = min(1.0, math.sqrt(area / (height * width)))
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink(array: Array, size: tuple[int, int]) -> Array:
    """``array`` of any channels at ``size`` (width, height), averaged over areas."""
    import cv2

    if array.shape[1::-1] == size:
        return array
    return np.asarray(cv2.resize(array, size, interpolation=cv2.INTER_AREA), np.float32)


def view(image: Image, size: tuple[int, int]) -> Array:
    """OKLab ``[h, w, 3]`` of ``image`` at ``size`` (width, height)."""
    import cv2

    small = image if image.shape[1::-1] == size else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return to_oklab(np.asarray(small, np.uint8))


def view_mask(mask: Mask, size: tuple[int, int]) -> Array:
    """``mask`` at ``size`` (width, height), ``float32 [h, w]`` 0..1."""
    return shrink(mask.astype(np.float32), size)


def unit(array: Array) -> float:
    """Pixels per unit of length."""
    return math.sqrt(array.shape[0] * array.shape[1]) / 128


def blur(array: Array, sigma: float) -> Array:
    """Gaussian blur of standard deviation ``sigma`` units."""
    import cv2

    pixels = sigma * unit(array)
    if pixels < 0.1:
        return array
    soft = cv2.GaussianBlur(array, (0, 0), pixels, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(soft).reshape(array.shape)


def grow(mask: Array, radius: float) -> Array:
    """``mask`` dilated by ``radius`` units; eroded where that is negative."""
    import cv2

    reach = round(abs(radius) * unit(mask))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(mask, kernel) if radius > 0 else cv2.erode(mask, kernel))


def lines(lab: Array) -> Array:
    """What a blur of 1 unit keeps and one of 2.5 units takes away, in all channels."""
    return blur(lab, 1.0) - blur(lab, 2.5)


def texture(lab: Array) -> Array:
    """Local amount of fine structure in lightness, ``[h, w]``, wherever it lies exactly."""
    lightness = np.ascontiguousarray(lab[..., 0])
    fine = lightness - blur(lightness, 1.2)
    return np.sqrt(np.maximum(blur(fine * fine, 3.0), 0.0))


def gradient(lab: Array, sigma: float) -> Array:
    """Gradient of all channels after a blur of ``sigma`` units, ``[h, w, 2 c]``, per pixel."""
    soft = blur(lab, sigma)
    return np.concatenate(np.gradient(soft, axis=(0, 1)), axis=2)


def dot(a: Array, b: Array) -> Array:
    """Product of the vectors at each pixel, ``[h, w]``."""
    return np.asarray(np.einsum("hwc,hwc->hw", a, b))


def gap(a: Array, b: Array) -> Array:
    """Distance of the vectors at each pixel, ``[h, w]``."""
    difference = a - b
    return np.sqrt(dot(difference, difference))


def mean(values: Array, weights: Array, floor: float = 0.0) -> float:
    """Weighted mean; 0 where all weights are 0, and drawn to 0 where they are less than ``floor`` on average."""
    total = max(float(weights.sum()), floor * weights.size)
    return float((values * weights).sum()) / total if total > 0 else 0.0


def remains(lab: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """How much of ``a`` shows in ``lab`` where ``b`` should be, by their lines: least squares in a sliding window.

    Lines agree by chance too, so a share up to a tenth counts as nothing.

    Returns:
        The share of ``a``, ``[h, w]``: 0 where there is nothing of it, 1 where there is all; and how much that is
        worth: the strength of the lines that ``a`` has and ``b`` has not, less where those of ``b`` drown them.
    """
    r, s, t = lines(lab), lines(a), lines(b)
    ss, tt, st, rs, rt = (blur(dot(x, y), 2.0) for x, y in ((s, s), (t, t), (s, t), (r, s), (r, t)))
    tt = tt + np.float32(1e-6)
    own = np.maximum(ss - st * st / tt, 0.0)
    share = (rs - rt * st / tt) / (own + np.float32(1e-7))
    return np.clip((share - 0.1) / 0.85, 0.0, 1.0), np.sqrt(own) * own / (own + 0.25 * tt)
