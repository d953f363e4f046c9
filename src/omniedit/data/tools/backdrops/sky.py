"""Skies: clouds for other backdrops, a sunset, and outer space."""

from __future__ import annotations

import numpy as np

from omniedit.data.tools.backdrops.canvas import Canvas, ramp, shade
from omniedit.data.tools.filters import Colour, Pixels, mix, smoothstep
from omniedit.seeding import stream
from omniedit.types import Mask


def day_sky(canvas: Canvas, top: Colour, low: Colour, horizon: float, *, clouds: float, seed: int) -> Pixels:
    """A blue sky with white clouds; ``clouds`` 0..1 is how much of it they take."""
    paint = canvas.gradient((0, top), (horizon, low))
    body = canvas.noise(3.5, seed, octaves=6, stretch=2)
    mask = smoothstep(0, 0.45, body + clouds - 0.6) * smoothstep(horizon, 0.5 * horizon, canvas.y)
    lit = canvas.relief(canvas.noise(3.5, seed, octaves=3, stretch=2))
    return mix(paint, ramp(((0.78, 0.83, 0.90), (0.97, 0.98, 1.0), (1.0, 1.0, 1.0)), 0.6 + 0.8 * lit), 0.95 * mask)


def sunset_sky(canvas: Canvas) -> Pixels:
    """Burning clouds above a dark sea that mirrors the sun."""
    paint = canvas.gradient(
        (0, (0.17, 0.14, 0.36)), (0.3, (0.52, 0.24, 0.46)), (0.5, (0.93, 0.45, 0.32)), (0.66, (1.0, 0.80, 0.42))
    )
    paint = mix(paint, (1.0, 0.88, 0.55), 0.8 * canvas.glow(0, 0.62, 0.24))
    bands = canvas.noise(4, 81, stretch=4, octaves=6)
    under = ramp(((0.34, 0.15, 0.34), (0.80, 0.28, 0.30), (1.0, 0.62, 0.34)), 0.3 + 0.9 * canvas.y + 0.5 * bands)
    paint = mix(paint, under, 0.85 * smoothstep(0.05, 0.6, bands + 0.1))
    paint = mix(paint, (1.0, 0.96, 0.80), canvas.disc(0, 0.62, 0.06))
    sea = canvas.gradient((0.66, (0.80, 0.42, 0.34)), (0.75, (0.36, 0.20, 0.34)), (1, (0.10, 0.08, 0.20)))
    ripple = canvas.noise(16, 82, stretch=8)
    path = np.exp(-((canvas.x / (0.05 + 0.28 * np.maximum(canvas.y - 0.66, 0))) ** 2))
    sea = mix(shade(sea, 1 + 0.2 * ripple), (1.0, 0.78, 0.45), 0.85 * path * smoothstep(-0.3, 0.6, ripple))
    return mix(paint, sea, canvas.below(0.66))


def outer_space(canvas: Canvas) -> Pixels:
    """Stars, a violet nebula and a banded planet."""
    veil = smoothstep(-0.9, 1.4, canvas.noise(2, 310, octaves=6, gain=0.55) + 0.5 * canvas.noise(4, 410))
    nebula = ((0.01, 0.01, 0.03), (0.05, 0.03, 0.14), (0.22, 0.09, 0.34), (0.60, 0.28, 0.52), (0.95, 0.66, 0.62))
    paint = ramp(nebula, veil)
    paint = mix(paint, (0.05, 0.26, 0.42), 0.5 * smoothstep(-0.4, 1.0, canvas.noise(2.5, 510)))
    paint = mix(paint, (1.0, 0.97, 0.92), stars(canvas, 170, 94))
    x, y, radius = 0.26 * canvas.wide, 0.27, 0.15
    bands = ((0.55, 0.32, 0.22), (0.88, 0.66, 0.42), (0.97, 0.86, 0.66))
    planet = ramp(bands, 0.5 + 0.45 * canvas.noise(5, 95, stretch=7))
    towards_sun = 0.75 * (x - canvas.x) - 0.6 * (canvas.y - y) * canvas.tall
    planet = shade(planet, 0.05 + 0.95 * smoothstep(-0.5, 0.7, towards_sun / radius))
    paint = mix(paint, (0.95, 0.75, 0.55), 0.25 * canvas.glow(x - 0.03, y - 0.03, 1.25 * radius))
    return mix(paint, planet, canvas.disc(x, y, radius))


def stars(canvas: Canvas, count: int, seed: int) -> Mask:
    """Stars of different sizes, ``[H, W]`` 0..1."""
    places = stream(seed, "stars").random((count, 3))
    places[:, 2] = 0.0013 + 0.0028 * places[:, 2] ** 5
    return canvas.spots(places)
