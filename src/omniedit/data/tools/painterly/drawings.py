"""Drawn styles: pencil, charcoal, ink, woodcut, chalk, blueprint. Tone and line, hardly any colour."""

from __future__ import annotations

import math

import numpy as np

from omniedit.data.tools.filters import Pixels, blur, mix, smoothstep, tint, unit
from omniedit.data.tools.painterly.strokes import dodge, grain, grey, hatch, outlines, smooth, stretch_tones
from omniedit.types import Mask


def pencil_sketch(paint: Pixels) -> Pixels:
    """Graphite on white paper: contours, and hatching in the shade."""
    tone = stretch_tones(grey(paint))
    contour = 1 - dodge(tone, 0.010) ** 2.5
    shade = blur(tone, 0.004 * unit(tone))
    strokes = smoothstep(0.0, 0.6, hatch(tone.shape, 0.019, 35) - 0.1 - 1.25 * shade)
    cross = smoothstep(0.0, 0.6, hatch(tone.shape, 0.019, 100, seed=3) - 0.4 - 1.8 * shade)
    graphite = np.clip(1.1 * contour + 0.42 * strokes + 0.36 * cross + 0.20 * (1 - shade), 0, 1)
    return mix((0.97, 0.97, 0.96), (0.15, 0.15, 0.17), np.clip(graphite * (1 + 0.3 * grain(tone.shape)), 0, 1))


def charcoal(paint: Pixels) -> Pixels:
    """Charcoal rubbed into rough paper: deep smudged darks and soft thick contours."""
    tone = stretch_tones(grey(smooth(paint, 0.012, 2)))
    contour = 1 - dodge(tone, 0.016) ** 2.5
    dark = smoothstep(0.25, 1.1, 1 - blur(tone, 0.008 * unit(tone)))
    sweep = 0.8 + 0.4 * hatch(tone.shape, 0.034, 25)
    tooth = 1 + 0.35 * grain(tone.shape, 200)
    rubbed = np.clip((0.95 * dark * sweep + 0.75 * contour + 0.05) * tooth, 0, 0.97)
    return mix((0.88, 0.86, 0.82), (0.05, 0.05, 0.055), rubbed)


def ink_drawing(paint: Pixels) -> Pixels:
    """Black pen on white: crisp lines, solid blacks, fine hatching for mid tones."""
    tone = stretch_tones(grey(smooth(paint, 0.010)))
    line = outlines(tone, 0.0042, sharpness=45, bias=0.006)
    solid = smoothstep(0.22, 0.14, tone)
    strokes = smoothstep(0.0, 0.3, hatch(tone.shape, 0.018, 45) - 0.30 - 1.0 * tone)
    black = np.maximum(np.maximum(line, 0.9 * strokes), solid * (1 - _highlights(tone)))
    return mix((0.99, 0.98, 0.95), (0.05, 0.05, 0.09), black)


def woodcut(paint: Pixels) -> Pixels:
    """Bold carved lines that swell with the shade, dark brown on straw paper."""
    tone = stretch_tones(grey(smooth(paint, 0.012, 2)))
    cuts = smoothstep(-0.12, 0.12, hatch(tone.shape, 0.028, 90) * 0.8 + 0.1 - tone)
    line = outlines(tone, 0.0055, sharpness=40, bias=0.006)
    black = np.maximum(np.maximum(cuts, line), smoothstep(0.3, 0.22, tone)) * smoothstep(0.93, 0.85, tone)
    black = black * (1 - _highlights(tone))
    return mix((0.90, 0.78, 0.56), (0.16, 0.07, 0.04), black)


def chalk_drawing(paint: Pixels) -> Pixels:
    """White chalk on a green blackboard."""
    tone = stretch_tones(grey(smooth(paint, 0.010)))
    line = np.maximum(outlines(tone, 0.004, sharpness=40, bias=0.005), outlines(1 - tone, 0.004, sharpness=25))
    fill = smoothstep(0.0, 0.5, hatch(tone.shape, 0.022, 50) - 1.25 + 1.1 * tone)
    tooth = 1 + 0.35 * grain(tone.shape, 120, 9)
    powder = np.clip((0.95 * line + 0.55 * fill + 0.16 * tone) * tooth, 0, 1)
    board = tint(1 + 0.08 * grain(tone.shape, 6, 2), (0.12, 0.25, 0.19))
    return mix(board, (0.95, 0.96, 0.92), 0.95 * powder)


def blueprint(paint: Pixels) -> Pixels:
    """White lines and a grid on blueprint paper."""
    tone = stretch_tones(grey(smooth(paint, 0.012)))
    line = np.clip(1.25 * outlines(tone, 0.0036, sharpness=45, bias=0.005), 0, 1)
    paper = mix((0.05, 0.19, 0.50), (0.12, 0.33, 0.66), smoothstep(0.0, 1.0, tone))
    paper = mix(paper, (0.45, 0.62, 0.88), 0.35 * _grid(tone.shape, 0.08, 0.0016))
    return mix(paper, (0.93, 0.97, 1.0), line)


def _grid(shape: tuple[int, ...], spacing: float, width: float) -> Mask:
    """Thin ruled lines across and down, ``spacing`` and half ``width`` as fractions of the scale."""
    scale = math.sqrt(shape[0] * shape[1])
    y, x = np.ogrid[0.5 : shape[0], 0.5 : shape[1]]
    cell = spacing * scale
    gap = np.minimum(np.abs((x + cell / 2) % cell - cell / 2), np.abs((y + cell / 2) % cell - cell / 2))
    return np.asarray(np.clip(0.5 + width * scale - gap, 0, 1), np.float32)


def _highlights(tone: Mask) -> Mask:
    """Lines that are scratched out of solid black: the bright side of contours in the dark."""
    return outlines(1 - tone, 0.0045, sharpness=40, bias=0.012)
