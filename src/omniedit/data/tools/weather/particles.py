"""What falls or shines: soft dots, streaks and leaves, in fractions of the picture so that they scale with it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from omniedit.seeding import stream
from omniedit.types import Mask

_FINE = 512  # particles are drawn at least at this scale and shrunk: a small picture gets soft ones, not fewer
_SHIFT = 4  # sub-pixel bits of OpenCV's drawing functions

_Canvas = NDArray[np.uint8]
_Draw = Callable[[_Canvas, float, float, float, float], None]
"""Draws one particle: canvas, x, y and scale in its pixels, and a chance 0..1 that makes particles differ."""


def dots(shape: tuple[int, int], count: int, radius: tuple[float, float], seed: int) -> Mask:
    """Soft discs, ``float32 [H, W]`` 0..1; ``radius`` is (least, most) as a fraction of the picture's scale."""
    import cv2

    def draw(canvas: _Canvas, x: float, y: float, scale: float, chance: float) -> None:
        size = radius[0] + (radius[1] - radius[0]) * chance**3
        cv2.circle(canvas, _fixed(x, y), round(size * scale * 2**_SHIFT), 255, -1, cv2.LINE_AA, _SHIFT)

    return _scatter(shape, count, seed, draw)


def streaks(shape: tuple[int, int], count: int, length: float, lean: float, seed: int) -> Mask:
    """Parallel thin lines, ``float32 [H, W]`` 0..1; ``length`` is a fraction of the scale, ``lean`` dx per dy."""
    import cv2

    def draw(canvas: _Canvas, x: float, y: float, scale: float, chance: float) -> None:
        drop = length * scale * (0.5 + chance)
        shade = 110 + int(145 * chance)
        thick = max(1, round(0.0016 * scale))
        cv2.line(canvas, _fixed(x, y), _fixed(x + lean * drop, y + drop), shade, thick, cv2.LINE_AA, _SHIFT)

    return _scatter(shape, count, seed, draw)


def leaves(shape: tuple[int, int], count: int, size: float, seed: int) -> Mask:
    """Pointed leaves at random angles, ``float32 [H, W]`` 0..1; ``size`` is a fraction of the scale."""
    import cv2

    bend = np.linspace(-1, 1, 9)
    blade = np.stack([np.r_[bend, bend[::-1]], 0.45 * np.r_[1 - bend**2, bend**2 - 1]], axis=-1)

    def draw(canvas: _Canvas, x: float, y: float, scale: float, chance: float) -> None:
        turn = math.tau * math.modf(chance * 37)[0]
        axes = np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))])
        outline = (x, y) + size * scale * (0.5 + chance) * blade @ axes
        cv2.fillPoly(canvas, [np.rint(outline * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)

    return _scatter(shape, count, seed, draw)


def _scatter(shape: tuple[int, int], count: int, seed: int, draw: _Draw) -> Mask:
    """Draw ``count`` particles at random places on a fine canvas and shrink it to ``shape``."""
    import cv2

    height, width = shape
    factor = max(1, round(_FINE / math.sqrt(width * height)))
    canvas = np.zeros((height * factor, width * factor), np.uint8)
    scale = math.sqrt(width * height) * factor
    for x, y, chance in stream(seed, "particles", count).random((count, 3)).tolist():
        draw(canvas, x * width * factor, y * height * factor, scale, chance)
    soft = cv2.GaussianBlur(canvas, (0, 0), 0.0012 * scale)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)


def _fixed(x: float, y: float) -> tuple[int, int]:
    """A point in OpenCV's fixed-point coordinates."""
    return round(x * 2**_SHIFT), round(y * 2**_SHIFT)
