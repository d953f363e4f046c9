"""What drawing and painting are made of: smoothing that keeps edges, outlines, hatching, grain and flow.

Pictures are ``float32`` sRGB values 0..1 here: artists mix tones as they look, not as light adds up. Every size is a
fraction of the picture's scale (square root of its area), so a picture of any size gets the same painting.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from omniedit.data.tools.filters import Pixels, blur, smoothstep, unit
from omniedit.data.tools.noise import fractal
from omniedit.types import Mask


def grey(paint: Pixels) -> Mask:
    """Luma (Rec. 601) 0..1, ``float32 [H, W]``."""
    return np.asarray(paint @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)


def saturate(paint: Pixels, factor: float) -> Pixels:
    """Stretch colours away from grey."""
    tone = grey(paint)[..., None]
    return np.asarray(np.clip(tone + np.float32(factor) * (paint - tone), 0, 1), np.float32)


def stretch_tones(tone: Mask) -> Mask:
    """Stretch tones so that the darkest and brightest hundredth reach black and white (by at most a factor of 2.5)."""
    low, high = np.percentile(tone[:: max(1, tone.shape[0] // 128), :: max(1, tone.shape[1] // 128)], (1, 99))
    middle, spread = (low + high) / 2, max(float(high - low), 0.4)
    return np.asarray(np.clip((tone - middle) / spread + 0.5, 0, 1), np.float32)


def smooth(paint: Pixels, size: float, passes: int = 1) -> Pixels:
    """Flatten textures and keep edges: a Kuwahara filter with soft choice of the calmest quadrant.

    Source: Papari et al., "Artistic edge and corner enhancing smoothing", IEEE TIP 2007. ``size`` is the quadrant's
    side as a fraction of the scale.
    """
    side = max(3, round(size * unit(paint)))
    for _ in range(passes):
        paint = _kuwahara(paint, side)
    return paint


def _kuwahara(paint: Pixels, side: int) -> Pixels:
    tone = grey(paint)
    total, weights = np.zeros_like(paint), np.zeros_like(tone)
    for right in (0, 1):
        for down in (0, 1):
            mean_tone = _quadrant(tone, side, right, down)
            variance = np.maximum(_quadrant(tone * tone, side, right, down) - mean_tone**2, 0)
            calm = 1 / (variance + 2e-4) ** 3
            total += calm[..., None] * _quadrant(paint, side, right, down)
            weights += calm
    return np.asarray(total / weights[..., None], np.float32)


def _quadrant(values: NDArray[np.float32], side: int, right: int, down: int) -> NDArray[np.float32]:
    """Mean over the quadrant of each pixel, weighted by a tent (a box twice) so that no square shows."""
    import cv2

    for size in (side // 2 + 1, side - side // 2):
        anchor = (0 if right else size - 1, 0 if down else size - 1)
        values = cv2.blur(values, (size, size), anchor=anchor, borderType=cv2.BORDER_REFLECT)
    return values


def outlines(tone: Mask, size: float, *, sharpness: float = 18.0, bias: float = 0.02) -> Mask:
    """Ink lines where tone falls off: 1 = ink; line width ``size`` as a fraction of the scale.

    Source: extended difference of Gaussians, Winnemöller et al., Computers & Graphics 2012.
    """
    sigma = max(size * unit(tone), 0.4)
    difference = blur(tone, sigma) - blur(tone, 1.6 * sigma)
    return np.asarray(np.clip(np.tanh(-sharpness * (difference + bias)), 0, 1), np.float32)


def dodge(tone: Mask, size: float) -> Mask:
    """Pencil contours by colour dodge: the tone over its own blur; 1 = white paper."""
    return np.asarray(np.clip(tone / (blur(tone, size * unit(tone)) + 0.02), 0, 1), np.float32)


def hatch(shape: tuple[int, int], spacing: float, degrees: float, seed: int = 0) -> Mask:
    """Hand-drawn parallel lines as a height field 0..1 (compare it with a tone); ``spacing`` in fractions of scale."""
    rows, columns = shape
    scale = math.sqrt(rows * columns)
    y, x = np.ogrid[0.5:rows, 0.5:columns]
    across = (x * math.cos(math.radians(degrees)) + y * math.sin(math.radians(degrees))) / (scale * spacing)
    wobble = 0.35 * fractal(columns, rows, 10, octaves=2, seed=seed)
    return np.asarray(0.5 + 0.5 * np.sin(math.tau * (across + wobble)), np.float32)


def grain(shape: tuple[int, int], cells: float = 140, seed: int = 5) -> Mask:
    """Paper tooth, about -1..1; it fades where pixels are too coarse to show it."""
    return fractal(shape[1], shape[0], cells, octaves=3, gain=0.8, seed=seed)


def flow(tone: Mask, size: float) -> NDArray[np.float32]:
    """Unit vectors (x, y) along the edges, ``float32 [H, W, 2]``: minor axis of the smoothed structure tensor."""
    import cv2

    gx = cv2.Sobel(tone, cv2.CV_32F, 1, 0, borderType=cv2.BORDER_REPLICATE)
    gy = cv2.Sobel(tone, cv2.CV_32F, 0, 1, borderType=cv2.BORDER_REPLICATE)
    sigma = size * unit(tone)
    xx, yy, xy = blur(gx * gx, sigma), blur(gy * gy, sigma), blur(gx * gy, sigma)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy + 1e-6) + math.pi / 2
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1).astype(np.float32)


def along(values: Mask, direction: NDArray[np.float32], length: float) -> Mask:
    """Smear values along a flow: line integral convolution (Cabral and Leedom, SIGGRAPH 1993), by doubling."""
    import cv2

    rows, columns = values.shape
    here = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).astype(np.float32)
    reach = np.float32(length * unit(values) / 8)
    for step in (reach, 2 * reach, 4 * reach):
        ahead = cv2.remap(values, here + step * direction, None, cv2.INTER_LINEAR, None, cv2.BORDER_REFLECT)
        back = cv2.remap(values, here - step * direction, None, cv2.INTER_LINEAR, None, cv2.BORDER_REFLECT)
        values = (values + ahead + back) / np.float32(3)
    return values


def posterise(tone: Mask, levels: int, softness: float = 0.15) -> Mask:
    """Round tones to ``levels`` steps, with a little ramp between two of them."""
    place = np.clip(tone, 0, 1) * (levels - 1)
    step = np.floor(place)
    return (step + smoothstep(0.5 - softness, 0.5 + softness, place - step)) / np.float32(levels - 1)
