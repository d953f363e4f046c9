"""Backdrops of land and sea."""

from __future__ import annotations

import numpy as np

from omniedit.data.tools.backdrops.canvas import Canvas, chance, ramp, shade
from omniedit.data.tools.backdrops.sky import day_sky
from omniedit.data.tools.filters import Colour, Pixels, Values, mix, smoothstep, tint
from omniedit.seeding import stream
from omniedit.types import Mask


def beach(canvas: Canvas) -> Pixels:
    """Blue sky, turquoise sea with lines of foam, pale sand."""
    paint = day_sky(canvas, (0.24, 0.55, 0.88), (0.80, 0.92, 0.97), 0.45, clouds=0.62, seed=7)
    sea = canvas.gradient((0.44, (0.06, 0.33, 0.58)), (0.58, (0.10, 0.60, 0.70)), (0.68, (0.55, 0.86, 0.82)))
    waves = canvas.noise(14, 11, stretch=9) * smoothstep(0.43, 0.55, canvas.y)
    paint = mix(paint, sea + 0.07 * waves[..., None], canvas.below(0.44))
    shore = 0.66 + 0.018 * canvas.profile(2.5, 12, octaves=3) + 0.02 * canvas.x
    sand = canvas.gradient((0.64, (0.80, 0.68, 0.50)), (0.72, (0.93, 0.83, 0.64)), (1, (0.87, 0.74, 0.53)))
    sand = shade(sand, 1 + 0.035 * canvas.noise(20, 13, gain=0.8) + 0.03 * canvas.noise(5, 14, stretch=4))
    paint = mix(paint, sand, canvas.below(shore + 0.012))
    foam = np.exp(-(((canvas.y - shore) / 0.011) ** 2)) + 0.6 * np.exp(-(((canvas.y - shore + 0.05) / 0.006) ** 2))
    return mix(paint, (0.98, 0.99, 0.99), np.clip(foam * (0.85 + 0.4 * canvas.noise(18, 15, stretch=3)), 0, 1))


def meadow(canvas: Canvas) -> Pixels:
    """Green hills under summer clouds, flowers in the grass."""
    paint = day_sky(canvas, (0.28, 0.56, 0.90), (0.82, 0.92, 0.98), 0.5, clouds=0.75, seed=20)
    hills: tuple[tuple[float, Colour], ...] = ((0.46, (0.50, 0.66, 0.66)), (0.51, (0.38, 0.60, 0.40)))
    for index, (line, tone) in enumerate(hills):
        paint = mix(paint, tone, canvas.below(line + 0.04 * canvas.profile(2.2, 21 + index, octaves=3)))
    grass = canvas.gradient((0.55, (0.52, 0.72, 0.28)), (0.75, (0.36, 0.60, 0.20)), (1, (0.22, 0.44, 0.14)))
    blades = canvas.noise(26, 25, stretch=0.3, gain=0.7) * smoothstep(0.55, 0.95, canvas.y)
    grass = shade(grass, 1 + 0.10 * canvas.noise(6, 26, stretch=3) + 0.22 * blades)
    paint = mix(paint, grass, canvas.below(0.58 + 0.025 * canvas.profile(1.6, 24, octaves=2)))
    flowers: tuple[tuple[int, Colour], ...] = (
        (27, (0.98, 0.95, 0.90)),
        (28, (0.98, 0.82, 0.20)),
        (29, (0.90, 0.28, 0.35)),
    )
    for seed, tone in flowers:
        places = stream(seed, "flowers").random((45, 3))
        places[:, 1] = 0.64 + 0.36 * places[:, 1] ** 0.8
        places[:, 2] = (0.002 + 0.010 * (places[:, 1] - 0.6)) * (1 + places[:, 2])
        paint = mix(paint, tone, canvas.spots(places, 0.95))
    return paint


def forest(canvas: Canvas) -> Pixels:
    """Tree trunks in green light, moss and a path of sun on the ground."""
    paint = canvas.gradient((0, (0.36, 0.52, 0.22)), (0.45, (0.86, 0.90, 0.58)), (0.7, (0.55, 0.66, 0.34)))
    paint = mix(paint, (1.0, 0.98, 0.78), 0.7 * canvas.glow(0.05, 0.4, 0.35))
    paint = shade(paint, 1 + 0.22 * canvas.noise(9, 31))
    ground = canvas.gradient((0.6, (0.52, 0.58, 0.26)), (0.75, (0.34, 0.42, 0.16)), (1, (0.17, 0.22, 0.09)))
    path = np.exp(-((canvas.x / (0.08 + 0.5 * np.maximum(canvas.y - 0.6, 0))) ** 2))
    ground = mix(ground, (0.74, 0.70, 0.40), 0.55 * path)
    ground = shade(ground, 1 + 0.25 * canvas.noise(12, 32, gain=0.7, stretch=2.5))
    green = ramp(((0.10, 0.20, 0.06), (0.30, 0.46, 0.14), (0.55, 0.68, 0.24)), 0.45 + 0.4 * canvas.noise(16, 44))
    rows: tuple[tuple[float, float, float, Colour], ...] = (
        (0.10, 0.015, 0.62, (0.50, 0.56, 0.36)),
        (0.17, 0.026, 0.67, (0.33, 0.34, 0.22)),
        (0.34, 0.046, 0.74, (0.20, 0.17, 0.12)),
    )
    for index, (pitch, width, foot, tone) in enumerate(rows):
        line = foot + 0.012 * canvas.profile(4, 33 + index)
        paint = mix(paint, ground, canvas.below(line))
        paint = _trunks(canvas, paint, pitch, width, line, tone, 36 + index)
        crown = canvas.noise(7 - index, 40 + index, gain=0.65) + 0.75 - 2.6 * canvas.y - 0.1 * index
        paint = mix(paint, shade(green, np.full_like(crown, 1.15 - 0.15 * index)), smoothstep(0.05, 0.35, crown))
    return paint


def snowy_mountains(canvas: Canvas) -> Pixels:
    """White peaks, a dark line of firs and a field of snow."""
    paint = day_sky(canvas, (0.20, 0.44, 0.76), (0.78, 0.88, 0.96), 0.5, clouds=0.45, seed=51)
    paint = mix(paint, (0.62, 0.73, 0.86), canvas.below(0.40 + 0.07 * canvas.profile(3, 52)))
    summits = np.exp(-np.abs(canvas.x - 0.17) / 0.20) * 0.26 + np.exp(-np.abs(canvas.x + 0.30) / 0.17) * 0.17
    ridge = 0.47 - summits + 0.035 * canvas.profile(7, 53, gain=0.6)
    spurs = 1 - np.abs(canvas.noise(4, 54, octaves=5, gain=0.55, stretch=0.6))
    lit = canvas.relief(spurs + 0.15 * canvas.noise(24, 55))
    snow = ramp(((0.40, 0.53, 0.74), (0.80, 0.87, 0.96), (1.0, 1.0, 1.0)), 0.62 + 0.75 * lit)
    bare = smoothstep(0.5, 0.3, spurs + 0.25 * canvas.noise(30, 60)) * smoothstep(0.02, 0.10, canvas.y - ridge)
    paint = mix(paint, mix(snow, (0.33, 0.38, 0.47), 0.7 * bare), canvas.below(ridge))
    paint = mix(paint, (0.80, 0.88, 0.96), canvas.spread(0.6 * smoothstep(0.40, 0.6, canvas.y)))
    paint = mix(paint, (0.25, 0.37, 0.42), _firs(canvas, 0.61, 0.05, 0.028, 56))
    paint = mix(paint, (0.12, 0.23, 0.26), _firs(canvas, 0.635, 0.10, 0.05, 57))
    field = canvas.gradient((0.6, (0.90, 0.94, 0.98)), (1, (0.74, 0.82, 0.93)))
    field = shade(field, 1 + 0.045 * canvas.noise(3, 58, stretch=4))
    return mix(paint, field, canvas.below(0.63 + 0.012 * canvas.profile(2, 59, octaves=3)))


def desert(canvas: Canvas) -> Pixels:
    """Orange dunes with sharp crests, shaded lees and wind ripples."""
    paint = canvas.gradient((0, (0.33, 0.58, 0.82)), (0.35, (0.80, 0.85, 0.83)), (0.5, (0.97, 0.86, 0.68)))
    paint = mix(paint, (1.0, 0.97, 0.85), 0.9 * canvas.glow(-0.28, 0.16, 0.10))
    dunes: tuple[tuple[float, float, float, Colour], ...] = (
        (0.47, 0.06, 2.6, (0.90, 0.70, 0.48)),
        (0.55, 0.08, 1.9, (0.90, 0.62, 0.36)),
        (0.70, 0.09, 1.3, (0.88, 0.56, 0.28)),
    )
    for index, (line, height, cells, tone) in enumerate(dunes):
        crest = line - height * (0.8 - np.abs(canvas.profile(cells, 61 + index, octaves=1)))
        below = (canvas.y - crest) * canvas.tall
        lee = smoothstep(0, 0.12, _fall(canvas, crest, below) - 1.6 * np.maximum(below, 0))
        ripples = np.sin(110 * below / (0.3 + canvas.y) + 2.5 * canvas.noise(3, 68 + index))
        light = 1.05 + 0.02 * ripples + 0.05 * canvas.noise(4, 70 + index)
        sand = tint(light, tone)
        paint = mix(paint, mix(sand, (0.58, 0.32, 0.20), 0.75 * lee), canvas.below(crest))
    return paint


def underwater(canvas: Canvas) -> Pixels:
    """Sunbeams in blue water over a sandy sea floor with weeds and bubbles."""
    paint = canvas.gradient((0, (0.42, 0.84, 0.90)), (0.3, (0.10, 0.55, 0.76)), (0.75, (0.03, 0.27, 0.52)))
    slant = np.arctan2(canvas.x - 0.1, (canvas.y + 0.6) * canvas.tall)
    rays = np.sin(23 * slant + 0.4) + np.sin(41 * slant + 2.1) + np.sin(67 * slant + 4)
    paint = mix(paint, (0.80, 0.98, 0.98), np.clip(rays / 3, 0, 1) * 0.42 * (1 - canvas.y) ** 1.3)
    floor = 0.74 + 0.02 * canvas.profile(2, 71, octaves=3)
    rocks = floor - 0.10 - 0.09 * canvas.profile(3, 73) * smoothstep(0, 0.5, np.abs(canvas.x))
    paint = mix(paint, (0.03, 0.24, 0.40), 0.8 * canvas.below(rocks))
    sand = canvas.gradient((0.74, (0.25, 0.52, 0.62)), (1, (0.58, 0.70, 0.62)))
    caustics = smoothstep(0.75, 1, 1 - np.abs(canvas.noise(16, 72, octaves=2, stretch=3)))
    paint = mix(paint, shade(sand, 0.94 + 0.16 * caustics), canvas.below(floor))
    for index, place in enumerate((-0.46, -0.40, -0.35, 0.36, 0.43, 0.47)):
        paint = mix(paint, (0.06, 0.38, 0.30), _weed(canvas, place * canvas.wide, 0.5 + 0.05 * (index * 7 % 4), index))
    bubbles = stream(74, "bubbles").random((22, 3)) * (1, 0.72, 1)
    bubbles[:, 2] = 0.005 + 0.011 * bubbles[:, 2] ** 2
    rings = canvas.spots(bubbles) - canvas.spots(bubbles - (0, 0, 0.003))
    return mix(paint, (0.85, 0.98, 1.0), 0.55 * np.clip(rings, 0, 1))


def _fall(canvas: Canvas, crest: Values, below: Values) -> Mask:
    """How steeply a crest falls to the right, carried down the slope aslant, as a spine runs down a dune."""
    if canvas.width < 2:
        return np.zeros(below.shape, np.float32)
    fall = np.gradient(crest[0]) * canvas.unit
    source = canvas.x - 1.3 * np.maximum(below, 0)
    return np.asarray(np.interp(source, canvas.x[0], fall), np.float32)


def _trunks(canvas: Canvas, paint: Pixels, pitch: float, width: float, foot: Values, tone: Colour, seed: int) -> Pixels:
    """Upright trunks about ``pitch`` apart, lit from the left, standing on a line."""
    cell = np.floor(canvas.x / pitch)
    lean = 0.02 * (chance(cell, 2, seed) - 0.5) * (1 - canvas.y)
    across = canvas.x - (cell + 0.25 + 0.5 * chance(cell, 0, seed)) * pitch - lean
    thick = width * (0.7 + 0.6 * chance(cell, 1, seed)) * (1 + 0.8 * smoothstep(-0.12, 0.02, canvas.y - foot))
    mask = canvas.inside(thick / 2 - np.abs(across)) * (1 - canvas.below(foot + 0.01))
    bark = 1 + 0.25 * canvas.noise(22, seed, stretch=0.15)
    wood = tint(bark * (1.15 - 0.5 * across / thick), tone)
    return mix(paint, wood, mask)


def _firs(canvas: Canvas, line: float, size: float, pitch: float, seed: int) -> Mask:
    """A row of fir trees standing on a line, taller towards the sides."""
    cell = np.floor(canvas.x / pitch)
    across = np.abs(canvas.x - (cell + 0.35 + 0.3 * chance(cell, 0, seed)) * pitch)
    tall = size * (0.5 + 0.6 * chance(cell, 1, seed)) * (0.7 + 0.8 * np.minimum(np.abs(cell * pitch), 0.5))
    down = (canvas.y - (line - tall)) / tall
    branch = 0.75 + 0.5 * np.mod(down * 5, 1)
    half = np.where((down > 0) & (down < 1.3), 0.24 * tall * down * branch, -1)
    return canvas.inside(half - across)


def _weed(canvas: Canvas, x: float, top: float, index: int) -> Mask:
    """One swaying blade of sea weed."""
    sway = x + 0.025 * np.sin(14 * canvas.y + index * 1.7)
    thick = np.where(canvas.y > top, 0.016 * smoothstep(top - 0.02, 0.95, canvas.y), -1)
    return canvas.inside(thick - np.abs(canvas.x - sway))
