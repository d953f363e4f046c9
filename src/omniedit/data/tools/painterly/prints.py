"""Printed and pieced styles: pop art, comic, sepia photograph, pixel art, mosaic, stained glass."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from omniedit.data.tools.light import blur, smoothstep, unit
from omniedit.data.tools.painterly.strokes import (
    Paint, Tone, grain, grey, ink, outlines, posterise, saturate, smooth, stretch_tones,
)
from omniedit.seeding import stream
from omniedit.types import Mask

POP_INKS = np.array(
    [(0.13, 0.05, 0.33), (0.86, 0.05, 0.45), (1.0, 0.42, 0.10), (1.0, 0.86, 0.10), (0.55, 0.95, 0.92)], np.float32
)
"""Inks of pop art, dark to bright."""

LEAD: Tone = (0.05, 0.05, 0.06)
"""Colour of the strips that hold stained glass."""


def pop_art(paint: Paint) -> Paint:
    """Screen print in five loud inks by tone."""
    tone = stretch_tones(grey(smooth(paint, 0.012, 2)))
    place = posterise(tone, len(POP_INKS), 0.08) * (len(POP_INKS) - 1)
    below = np.clip(np.floor(place).astype(int), 0, len(POP_INKS) - 2)
    return ink(POP_INKS[below], POP_INKS[below + 1], (place - below).astype(np.float32))


def comic(paint: Paint) -> Paint:
    """Halftone dots in strong colours with heavy outlines."""
    flat = saturate(smooth(paint, 0.012, 2), 1.7)
    tone = stretch_tones(grey(flat))
    lit = np.clip(flat * (0.55 + 0.6 * posterise(tone, 3, 0.1))[..., None] + 0.12, 0, 1)
    dots = smoothstep(-0.12, 0.12, _dot_screen(tone.shape, 0.03) - tone * 1.15 + 0.02)
    printed = ink(lit, lit * np.array([0.50, 0.42, 0.55], np.float32), 0.8 * dots)
    return ink(printed, (0.03, 0.03, 0.05), outlines(tone, 0.0052, sharpness=40, bias=0.008))


def sepia_photograph(paint: Paint) -> Paint:
    """An old brown print: faded blacks, soft focus, dark corners, a little grain."""
    tone = grey(paint)
    tone = 0.75 * tone + 0.25 * blur(tone, 0.01 * unit(tone))
    rows, columns = tone.shape
    y, x = np.ogrid[0.5:rows, 0.5:columns]
    corner = (2 * x / columns - 1) ** 2 + (2 * y / rows - 1) ** 2
    tone = tone * (1 - 0.28 * smoothstep(0.6, 2.0, corner.astype(np.float32))) + 0.02 * grain(tone.shape, 300)
    return ink((0.20, 0.12, 0.07), (0.97, 0.89, 0.74), np.clip(1.05 * tone, 0, 1))


def pixel_art(paint: Paint) -> Paint:
    """Large square pixels with few tones."""
    import cv2

    rows, columns = paint.shape[:2]
    cell = unit(paint) / 36
    size = max(1, round(columns / cell)), max(1, round(rows / cell))
    small = saturate(cv2.resize(paint, size, interpolation=cv2.INTER_AREA), 1.35)
    tone = grey(small)
    small = small * ((posterise(tone, 7, 0.02) + 0.03) / (tone + 0.03))[..., None]
    return np.clip(cv2.resize(small, (columns, rows), interpolation=cv2.INTER_NEAREST), 0, 1)


def mosaic(paint: Paint) -> Paint:
    """Small stone tiles with pale grout."""
    return _pieces(saturate(paint, 1.25), 0.034, grout=(0.70, 0.67, 0.60), gap=0.0045, jitter=0.28, bevel=0.04, seed=3)


def stained_glass(paint: Paint) -> Paint:
    """Glowing pieces of glass in dark lead, which also follows the contours of things."""
    flat = saturate(smooth(paint, 0.012, 2), 1.9)
    glass = _pieces(flat, 0.062, grout=LEAD, gap=0.007, jitter=0.85, bevel=-0.16, detail=0.3, seed=4)
    return ink(glass, LEAD, outlines(stretch_tones(grey(flat)), 0.006, sharpness=40, bias=0.010))


def _pieces(
    paint: Paint,
    size: float,
    *,
    grout: Tone,
    gap: float,
    jitter: float,
    bevel: float,
    seed: int,
    detail: float = 0.0,
) -> Paint:
    """Cut the picture into pieces around jittered points, one colour each, with ``gap`` between them.

    ``bevel`` brightens (positive) or darkens (negative) the rim against the middle; ``detail`` is how much of the
    picture shows through a piece's one colour.
    """
    label, rim, count = _cells(paint.shape[:2], size, jitter, seed)
    scale = unit(paint)
    share = np.maximum(np.bincount(label.ravel(), minlength=count), 1)
    means = np.stack([np.bincount(label.ravel(), paint[..., c].ravel(), count) / share for c in range(3)], -1)
    shade = 1 + 0.05 * stream(seed, "shade").standard_normal((count, 1))
    pieces = np.clip(means * shade, 0, 1).astype(np.float32)[label]
    pieces = ink(pieces, paint, np.full(label.shape, detail, np.float32))
    inner = np.clip(rim / (0.5 * size * scale), 0, 1)
    pieces = np.clip(pieces * (1 + bevel * (1 - 2 * inner))[..., None], 0, 1)
    return ink(grout, pieces, np.clip(rim - gap * scale / 2 + 0.5, 0, 1))


def _cells(shape: tuple[int, int], size: float, jitter: float, seed: int) -> tuple[NDArray[np.int64], Mask, int]:
    """Voronoi cells of a jittered grid: label of each pixel, its distance to the cell's rim, number of cells."""
    rows, columns = shape
    scale = math.sqrt(rows * columns)
    across, down = max(1, round(columns / scale / size)), max(1, round(rows / scale / size))
    offset = 0.5 + jitter * (stream(seed, "cells").random((64, 64, 2)) - 0.5)
    y, x = np.ogrid[0.5:rows, 0.5:columns]
    u, v = (x / columns * across), (y / rows * down)
    cell = scale * size
    best = np.full(shape, np.inf, np.float32)
    second = np.full(shape, np.inf, np.float32)
    label = np.zeros(shape, np.int64)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            i = np.clip(np.floor(u).astype(int) + dx, 0, across - 1)
            j = np.clip(np.floor(v).astype(int) + dy, 0, down - 1)
            point = offset[j % 64, i % 64]
            reach = np.hypot(u - i - point[..., 0], v - j - point[..., 1]).astype(np.float32)
            nearer = reach < best
            index = np.broadcast_to(j * across + i, shape)
            other = index != label
            second = np.where(nearer & other, best, np.where(other & ~nearer, np.minimum(second, reach), second))
            label = np.where(nearer, index, label)
            best = np.minimum(best, reach)
    return label, np.asarray((second - best) / 2 * cell, np.float32), across * down


def _dot_screen(shape: tuple[int, int], spacing: float) -> Mask:
    """A 45-degree halftone screen as thresholds 0..1: 1 in the middle of each dot."""
    rows, columns = shape
    y, x = np.ogrid[0.5:rows, 0.5:columns]
    period = spacing * math.sqrt(rows * columns)
    wave = np.cos(math.tau * (x + y) / (period * math.sqrt(2))) + np.cos(math.tau * (x - y) / (period * math.sqrt(2)))
    return np.asarray(0.5 + wave / 4, np.float32)
