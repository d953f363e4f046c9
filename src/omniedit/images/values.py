"""Pixel values between 0..255 and the ranges that models work in. ``uint8`` there and back is the identity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def to_unit(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """0..255 to ``float32`` 0..1, any shape."""
    return image.astype(np.float32) / np.float32(255)


def from_unit(values: Floats) -> NDArray[np.uint8]:
    """0..1 to the nearest of 0..255, any shape; values outside are clipped."""
    return _nearest(np.clip(values, 0, 1) * 255)


def to_signed(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """0..255 to ``float32`` -1..1, any shape: the range of diffusion models."""
    return image.astype(np.float32) / np.float32(127.5) - 1


def from_signed(values: Floats) -> NDArray[np.uint8]:
    """-1..1 to the nearest of 0..255, any shape; values outside are clipped."""
    return _nearest((np.clip(values, -1, 1) + 1) * 127.5)


def _nearest(levels: Floats) -> NDArray[np.uint8]:
    nearest: NDArray[np.uint8] = np.rint(levels).astype(np.uint8)
    return nearest
