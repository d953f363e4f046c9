"""Painted styles: oil, watercolour, impressionist, cartoon. Colour in strokes and washes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from omniedit.data.tools.filters import Pixels, blur, mix, smoothstep, unit
from omniedit.data.tools.noise import fractal
from omniedit.data.tools.painterly.strokes import along, flow, grain, grey, outlines, posterise, saturate, smooth
from omniedit.seeding import stream


def oil_painting(paint: Pixels) -> Pixels:
    """Thick strokes that follow the forms, with the relief of bristles in raking light."""
    body = saturate(smooth(paint, 0.018, 2), 1.25)
    tone = grey(body)
    direction = flow(tone, 0.02)
    rows, columns = tone.shape
    bristles = along(fractal(columns, rows, 45, octaves=3, gain=0.8, seed=1), direction, 0.06)
    relief = (bristles - np.roll(bristles, 1, axis=0)) * unit(tone) * 0.006 + 0.06 * bristles
    body = 0.5 + (body - 0.5) * 1.1
    return np.asarray(body * (1 + 1.1 * np.clip(relief, -0.25, 0.25)[..., None]), np.float32)


def watercolour(paint: Pixels) -> Pixels:
    """Pale transparent washes with dark rims on granulating paper."""
    rows, columns = paint.shape[:2]
    wash = smooth(paint, 0.020, 3)
    tone = grey(wash)
    rim = blur(np.abs(tone - blur(tone, 0.007 * unit(tone))), 0.002 * unit(tone))
    pooling = 1 + 0.25 * fractal(columns, rows, 6, octaves=4, seed=2)
    density = pooling + np.minimum(4.0 * rim, 0.5) + 0.12 * grain(tone.shape)
    pigment = 0.75 * (1 - saturate(wash, 1.45)) * density[..., None]
    light = smoothstep(0.70, 0.95, tone)
    return mix(1 - pigment, (0.985, 0.98, 0.955), 0.8 * light)


def impressionist(paint: Pixels) -> Pixels:
    """Short separate dabs of bright broken colour."""
    import cv2

    rows, columns = paint.shape[:2]
    scale = unit(paint)
    factor = max(1, round(256 / scale))  # a small picture is painted larger, for dabs finer than its pixels
    ground = np.rint(255 * saturate(smooth(paint, 0.03), 1.3)).astype(np.uint8)
    canvas = cv2.resize(ground, (columns * factor, rows * factor))
    direction = flow(grey(paint), 0.025)
    for size, seed in ((0.036, 1), (0.023, 2)):
        _dabs(canvas, saturate(blur(paint, 0.3 * size * scale), 1.35), direction, size, factor, seed)
    return np.asarray(cv2.resize(canvas, (columns, rows), interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)


def _dabs(
    canvas: NDArray[np.uint8], colours: Pixels, direction: NDArray[np.float32], size: float, factor: int, seed: int
) -> None:
    """Cover a canvas with dabs along the flow, one per jittered grid cell, in random order."""
    import cv2

    rows, columns = colours.shape[:2]
    scale = math.sqrt(rows * columns)
    across, down = max(1, round(columns / scale / size)), max(1, round(rows / scale / size))
    rng = stream(seed, "dabs")
    cells = np.stack(np.meshgrid(np.arange(across), np.arange(down)), axis=-1).reshape(-1, 1, 2)
    place = rng.permutation(cells + rng.random(cells.shape)) / (across, down)
    x, y = (place[:, 0] * (columns, rows)).astype(int).T
    mixing = rng.normal(0, 0.032, (len(x), 3)) + rng.normal(0, 0.03, (len(x), 1))
    tints = np.clip(colours[y, x] + mixing, 0, 1) * 255
    ahead = direction[y, x][:, None]
    aside = ahead[..., ::-1] * (-1, 1)
    turn = np.linspace(0, math.tau, 8, endpoint=False)[:, None]
    length = 0.95 * size * scale * factor * (0.75 + 0.5 * rng.random((len(x), 1, 1)))
    outline = place * (columns * factor, rows * factor) + length * (np.cos(turn) * ahead + 0.36 * np.sin(turn) * aside)
    for polygon, tint in zip(np.round(outline * 16).astype(np.int32), tints.tolist(), strict=True):
        cv2.fillConvexPoly(canvas, polygon, tint, cv2.LINE_AA, 4)


def cartoon(paint: Pixels) -> Pixels:
    """Flat bright areas in few tones with dark outlines."""
    flat = smooth(paint, 0.012, 3)
    tone = grey(flat)
    steps = posterise(tone, 6)
    flat = saturate(np.clip(flat * ((steps + 0.05) / (tone + 0.05))[..., None], 0, 1), 1.55)
    line = outlines(grey(smooth(paint, 0.010)), 0.0045, sharpness=32, bias=0.010)
    return mix(flat, (0.06, 0.05, 0.08), line)
