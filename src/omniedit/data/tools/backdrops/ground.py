"""Floors to stand on, in perspective."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniedit.data.tools.backdrops.canvas import Canvas, chance, gap, shade
from omniedit.data.tools.filters import Colour, Pixels, mix, smoothstep, tint


def perspective(canvas: Canvas, horizon: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Ground coordinates (across, away) of each pixel, both ``[H, W]``, of a floor that vanishes at ``horizon``."""
    drop = np.maximum(canvas.y - np.float32(horizon), 0.02)
    return 0.5 * canvas.x / drop, np.repeat(0.5 / drop, canvas.width, axis=1)


def pavement(canvas: Canvas, paint: Pixels, line: float, far: Colour, near: Colour) -> Pixels:
    """A flat paved ground from a line downwards, with slabs."""
    ground = canvas.gradient((line, far), (1, near))
    across, away = perspective(canvas, line - 0.25)
    joint = np.minimum(gap(across, 0.5) / (away + 0.4), gap(away, 0.3))
    ground = shade(ground, 0.88 + 0.12 * smoothstep(0, 0.03, joint) + 0.05 * canvas.noise(14, 151, stretch=3, gain=0.7))
    return mix(foot_shadow(canvas, paint, line), ground, canvas.below(line))


def planks(canvas: Canvas, paint: Pixels, line: float, tone: Colour) -> Pixels:
    """A floor of boards that run away from us, brighter towards us."""
    across, _ = perspective(canvas, line - 0.3)
    board = np.floor(across * 4)
    wood = tint(0.82 + 0.36 * chance(board, 0, 161), tone)
    wood = shade(wood, 0.8 + 0.2 * smoothstep(0, 0.06, gap(across * 4)) + 0.06 * canvas.noise(20, 162, stretch=2))
    wood = shade(wood, canvas.spread(0.70 + 0.45 * smoothstep(line - 0.1, 1, canvas.y)))
    return mix(foot_shadow(canvas, paint, line), wood, canvas.below(line))


def chequers(canvas: Canvas, paint: Pixels, line: float, light: Colour, dark: Colour) -> Pixels:
    """A floor of square tiles in two colours."""
    across, away = perspective(canvas, line - 0.22)
    edge = np.minimum(np.minimum(gap(across * 5), gap(away * 5)) * 12, 1)
    odd = np.mod(np.floor(across * 5) + np.floor(away * 5), 2)
    tiles = mix(np.broadcast_to(np.asarray(light, np.float32), paint.shape), dark, 0.5 + (odd - 0.5) * edge)
    tiles = shade(tiles, canvas.spread(0.75 + 0.3 * canvas.y))
    return mix(foot_shadow(canvas, paint, line), tiles, canvas.below(line))


def foot_shadow(canvas: Canvas, paint: Pixels, line: float) -> Pixels:
    """Darken a wall a little where it meets the floor."""
    near = np.exp(-((np.minimum(canvas.y - line, 0) / 0.02) ** 2))
    return mix(paint, (0.06, 0.05, 0.05), canvas.spread(0.35 * near))
