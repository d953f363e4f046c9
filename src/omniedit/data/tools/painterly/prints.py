"""Printed styles: pop art, comic, sepia photograph, pixel art."""

from __future__ import annotations

import math

import numpy as np

from omniedit.data.tools.filters import Pixels, blur, mix, smoothstep, unit
from omniedit.data.tools.painterly.strokes import grain, grey, outlines, posterise, saturate, smooth, stretch_tones
from omniedit.types import Mask

POP_INKS = np.array(
    [(0.13, 0.05, 0.33), (0.86, 0.05, 0.45), (1.0, 0.42, 0.10), (1.0, 0.86, 0.10), (0.55, 0.95, 0.92)], np.float32
)
"""Inks of pop art, dark to bright."""


def pop_art(paint: Pixels) -> Pixels:
    """Screen print in five loud inks by tone."""
    tone = stretch_tones(grey(smooth(paint, 0.012, 2)))
    place = posterise(tone, len(POP_INKS), 0.08) * (len(POP_INKS) - 1)
    below = np.clip(np.floor(place).astype(int), 0, len(POP_INKS) - 2)
    return mix(POP_INKS[below], POP_INKS[below + 1], place - below)


def comic(paint: Pixels) -> Pixels:
    """Halftone dots in strong colours with heavy outlines."""
    flat = saturate(smooth(paint, 0.012, 2), 1.7)
    tone = stretch_tones(grey(flat))
    lit = np.clip(flat * (0.55 + 0.6 * posterise(tone, 3, 0.1))[..., None] + 0.12, 0, 1)
    dots = smoothstep(-0.12, 0.12, _dot_screen(tone.shape, 0.03) - tone * 1.15 + 0.02)
    printed = mix(lit, lit * np.array([0.50, 0.42, 0.55], np.float32), 0.8 * dots)
    return mix(printed, (0.03, 0.03, 0.05), outlines(tone, 0.0052, sharpness=40, bias=0.008))


def sepia_photograph(paint: Pixels) -> Pixels:
    """An old brown print: faded blacks, soft focus, dark corners, a little grain."""
    tone = grey(paint)
    tone = 0.75 * tone + 0.25 * blur(tone, 0.01 * unit(tone))
    rows, columns = tone.shape
    y, x = np.ogrid[0.5:rows, 0.5:columns]
    corner = (2 * x / columns - 1) ** 2 + (2 * y / rows - 1) ** 2
    tone = tone * (1 - 0.28 * smoothstep(0.6, 2.0, corner)) + 0.02 * grain(tone.shape, 300)
    return mix((0.20, 0.12, 0.07), (0.97, 0.89, 0.74), np.clip(1.05 * tone, 0, 1))


def pixel_art(paint: Pixels) -> Pixels:
    """Large square pixels with few tones."""
    import cv2

    rows, columns = paint.shape[:2]
    cell = unit(paint) / 36
    size = max(1, round(columns / cell)), max(1, round(rows / cell))
    small = saturate(cv2.resize(paint, size, interpolation=cv2.INTER_AREA), 1.35)
    tone = grey(small)
    small = small * ((posterise(tone, 7, 0.02) + 0.03) / (tone + 0.03))[..., None]
    return np.asarray(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_NEAREST), np.float32)


def _dot_screen(shape: tuple[int, int], spacing: float) -> Mask:
    """A 45-degree halftone screen as thresholds 0..1: 1 in the middle of each dot."""
    rows, columns = shape
    y, x = np.ogrid[0.5:rows, 0.5:columns]
    period = spacing * math.sqrt(rows * columns)
    wave = np.cos(math.tau * (x + y) / (period * math.sqrt(2))) + np.cos(math.tau * (x - y) / (period * math.sqrt(2)))
    return np.asarray(0.5 + wave / 4, np.float32)
