"""Sizes: the aspect ratios of the paper, the grid a model works at, and resampling to it and back."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from omniedit.types import Image, Mask

Array = TypeVar("Array", bound=NDArray[Any])

RATIOS: dict[str, float] = {
    "1:1": 1 / 1,
    "2:3": 2 / 3,
    "3:2": 3 / 2,
    "3:4": 3 / 4,
    "4:3": 4 / 3,
    "9:16": 9 / 16,
    "16:9": 16 / 9,
}
"""The seven aspect ratios, width / height (OmniEdit, arXiv 2411.07199, section 3.4)."""


def grid_size(width: int, height: int, *, area: int, multiple: int = 16, max_ratio: float = 2.5) -> tuple[int, int]:
    """The size that a model works at: nearest to the picture's ratio at about ``area`` pixels.

    Of all sizes ``w × h`` whose sides are multiples of ``multiple``, the one with the least
    ``log(w/h / ratio)² + log(w·h / area)²``, where ``ratio`` is the picture's. With ``w* = √(area · ratio)`` and
    ``h* = √(area / ratio)`` that sum is ``2 log(w/w*)² + 2 log(h/h*)²``, so each side is rounded by itself, to the
    multiple with the nearest logarithm. A picture turned by 90° gets the same grid, turned.

    Args:
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.
        area: Pixels to aim at, for example ``1024 * 1024``.
        multiple: What both sides are multiples of.
        max_ratio: Longest side over shortest. A picture beyond it is treated as if it had this ratio.

    Returns:
        ``(width, height)`` of the grid.

    Raises:
        ValueError: If a size, the area or the multiple is not positive, or ``max_ratio`` is below 1.
    """
    if min(width, height, area, multiple) <= 0 or max_ratio < 1:
        raise ValueError(f"no grid for {width}×{height} at area {area}, multiple {multiple}, ratio up to {max_ratio}")
    ratio = min(max(width, height) / min(width, height), max_ratio)
    long = _nearest_multiple(math.sqrt(area * ratio), multiple)
    short = _nearest_multiple(math.sqrt(area / ratio), multiple)
    return (long, short) if width >= height else (short, long)


def _nearest_multiple(side: float, multiple: int) -> int:
    cells = max(1, int(side // multiple))
    return multiple * min(cells, cells + 1, key=lambda count: abs(math.log(count * multiple / side)))


def resize(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resample to ``size``: mean over area along a side that shrinks, Lanczos along one that grows.

    Args:
        image: ``uint8 [H, W]`` or ``uint8 [H, W, C]`` with up to four channels, each resampled by itself.
        size: ``(width, height)``.

    Returns:
        A new array ``uint8 [height, width]`` or ``[height, width, C]``; a plain copy where the size is the same.
    """
    import cv2

    return _resample(image, size, cv2.INTER_LANCZOS4)


def limited(image: Image, max_side: int) -> Image:
    """``image`` with its longest side at most ``max_side`` pixels, its ratio kept; a smaller one as it is."""
    height, width = image.shape[:2]
    scale = max_side / max(width, height)
    return image if scale >= 1 else resize(image, (max(1, round(width * scale)), max(1, round(height * scale))))


def resize_mask(mask: Mask, size: tuple[int, int]) -> Mask:
    """Resample a mask ``float32 [H, W]`` to ``size`` = ``(width, height)``, its values staying within 0..1.

    Linear along a side that grows: Lanczos would ring beyond the mask's edge.
    """
    import cv2

    return np.clip(_resample(mask, size, cv2.INTER_LINEAR), 0, 1)


def _resample(array: Array, size: tuple[int, int], growing: int) -> Array:
    import cv2

    height, width = array.shape[:2]
    smaller = min(width, size[0]), min(height, size[1])
    result = array.copy()
    if smaller != (width, height):
        result = cv2.resize(result, smaller, interpolation=cv2.INTER_AREA)
    if smaller != size:
        result = cv2.resize(result, size, interpolation=growing)
    return result.reshape(size[1], size[0], *array.shape[2:])  # type: ignore[return-value]
