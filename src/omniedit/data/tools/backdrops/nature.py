"""Backdrops of land and sea."""

from __future__ import annotations

import numpy as np

from omniedit.data.tools.backdrops.canvas import Canvas, Paint, Tone, over, ramp, shade
from omniedit.data.tools.light import smoothstep
from omniedit.seeding import stream
from omniedit.types import Mask


def beach(canvas: Canvas) -> Paint:
    """Blue sky, turquoise sea with a line of foam, pale sand."""
    paint = _day_sky(canvas, (0.24, 0.55, 0.88), (0.80, 0.92, 0.97), 0.45, clouds=0.55)
    sea = canvas.gradient((0.44, (0.06, 0.33, 0.58)), (0.58, (0.10, 0.60, 0.70)), (0.68, (0.55, 0.86, 0.82)))
    waves = canvas.noise(14, 11, stretch=9) * smoothstep(0.43, 0.55, canvas.y)
    paint = over(paint, np.clip(sea + 0.07 * waves[..., None], 0, 1), canvas.below(0.44))
    shore = 0.66 + 0.018 * canvas.profile(2.5, 12, octaves=3) + 0.02 * canvas.x
    sand = canvas.gradient((0.64, (0.80, 0.68, 0.50)), (0.72, (0.93, 0.83, 0.64)), (1, (0.87, 0.74, 0.53)))
    sand = shade(sand, 1 + 0.035 * canvas.noise(20, 13, gain=0.8) + 0.03 * canvas.noise(5, 14, stretch=4))
    paint = over(paint, sand, canvas.below(shore + 0.012))
    foam = np.exp(-(((canvas.y - shore) / 0.011) ** 2)) + 0.6 * np.exp(-(((canvas.y - shore + 0.05) / 0.006) ** 2))
    return over(paint, (0.98, 0.99, 0.99), np.clip(foam * (0.85 + 0.4 * canvas.noise(18, 15, stretch=3)), 0, 1))


def meadow(canvas: Canvas) -> Paint:
    """Green hills under summer clouds, flowers in the grass."""
    paint = _day_sky(canvas, (0.28, 0.56, 0.90), (0.82, 0.92, 0.98), 0.5, clouds=0.8)
    hills: tuple[tuple[float, Tone], ...] = ((0.46, (0.50, 0.66, 0.66)), (0.51, (0.38, 0.60, 0.40)))
    for index, (line, tone) in enumerate(hills):
        ridge = line + 0.04 * canvas.profile(2.2, 21 + index, octaves=3)
        paint = over(paint, tone, canvas.below(ridge))
    ridge = 0.58 + 0.025 * canvas.profile(1.6, 24, octaves=2)
    grass = canvas.gradient((0.55, (0.52, 0.72, 0.28)), (0.75, (0.36, 0.60, 0.20)), (1, (0.22, 0.44, 0.14)))
    blades = canvas.noise(26, 25, stretch=0.3, gain=0.7) * smoothstep(0.55, 0.95, canvas.y)
    grass = shade(grass, 1 + 0.10 * canvas.noise(6, 26, stretch=3) + 0.22 * blades)
    paint = over(paint, grass, canvas.below(ridge))
    for seed, tone in ((27, (0.98, 0.95, 0.90)), (28, (0.98, 0.82, 0.20)), (29, (0.90, 0.28, 0.35))):
        paint = over(paint, tone, _flowers(canvas, seed))
    return paint


def forest(canvas: Canvas) -> Paint:
    """Tree trunks in green light, moss and a path of sun on the ground."""
    paint = canvas.gradient((0, (0.36, 0.52, 0.22)), (0.45, (0.86, 0.90, 0.58)), (0.7, (0.55, 0.66, 0.34)))
    paint = over(paint, (1.0, 0.98, 0.78), 0.7 * canvas.glow(0.05, 0.4, 0.35))
    paint = shade(paint, 1 + 0.22 * canvas.noise(9, 31))
    layers: tuple[tuple[int, float, float, Tone], ...] = (
        (11, 0.016, 0.62, (0.50, 0.56, 0.36)),
        (7, 0.026, 0.67, (0.33, 0.34, 0.22)),
        (4, 0.045, 0.74, (0.20, 0.17, 0.12)),
    )
    ground = canvas.gradient((0.6, (0.52, 0.58, 0.26)), (0.75, (0.34, 0.42, 0.16)), (1, (0.17, 0.22, 0.09)))
    ground = over(ground, (0.74, 0.70, 0.40), 0.55 * np.exp(-((canvas.x / (0.08 + 0.5 * (canvas.y - 0.6))) ** 2)))
    ground = shade(ground, 1 + 0.25 * canvas.noise(12, 32, gain=0.7, stretch=2.5))
    for index, (count, width, foot, tone) in enumerate(layers):
        line = foot + 0.012 * canvas.profile(4, 33 + index)
        paint = over(paint, ground, canvas.below(line))
        paint = _trunks(canvas, paint, count, width, line, tone, 36 + index)
        leaves = smoothstep(0.05, 0.35, canvas.noise(7 - index, 40 + index, gain=0.65) + 0.75 - 2.6 * canvas.y - 0.1 * index)
        green = ramp(((0.10, 0.20, 0.06), (0.30, 0.46, 0.14), (0.55, 0.68, 0.24)), 0.45 + 0.4 * canvas.noise(16, 44 + index))
        paint = over(paint, over(green, tone, 0.15), leaves)
    return paint


def snowy_mountains(canvas: Canvas) -> Paint:
    """White peaks, a dark line of firs and a field of snow."""
    paint = canvas.gradient((0, (0.20, 0.44, 0.76)), (0.5, (0.78, 0.88, 0.96)))
    paint = _clouds(canvas, paint, 0.4, 51)
    far = 0.40 + 0.07 * canvas.profile(3, 52)
    paint = over(paint, (0.62, 0.73, 0.86), canvas.below(far))
    peaks = 0.36 - 0.17 * np.exp(-(((canvas.x - 0.16) / 0.28) ** 2)) - 0.09 * np.exp(-(((canvas.x + 0.33) / 0.2) ** 2))
    ridge = peaks + 0.055 * canvas.profile(5, 53, gain=0.55)
    rock = canvas.noise(5, 54, gain=0.62, octaves=6)
    lit = _relief(canvas, rock + 2.5 * (canvas.y - ridge)) 
    snow = ramp(((0.42, 0.54, 0.74), (0.72, 0.81, 0.93), (0.99, 0.99, 1.0)), 0.62 + 0.5 * lit)
    bare = smoothstep(0.1, 0.45, rock + 1.5 * (canvas.y - ridge) - 0.25)
    paint = over(paint, over(snow, (0.32, 0.36, 0.44), 0.75 * bare), canvas.below(ridge))
    paint = over(paint, (0.80, 0.88, 0.96), 0.6 * smoothstep(0.42, 0.6, np.repeat(canvas.y, canvas.width, 1)))
    paint = over(paint, (0.13, 0.24, 0.27), _firs(canvas, 0.625, 0.075, 56))
    field = canvas.gradient((0.6, (0.90, 0.94, 0.98)), (1, (0.74, 0.82, 0.93)))
    field = shade(field, 1 + 0.045 * canvas.noise(3, 57, stretch=4))
    return over(paint, field, canvas.below(0.63 + 0.012 * canvas.profile(2, 58, octaves=3)))


def desert(canvas: Canvas) -> Paint:
    """Orange dunes with sharp crests and wind ripples."""
    paint = canvas.gradient((0, (0.33, 0.58, 0.82)), (0.35, (0.80, 0.85, 0.83)), (0.5, (0.97, 0.86, 0.68)))
    paint = over(paint, (1.0, 0.97, 0.85), 0.9 * canvas.glow(-0.28, 0.16, 0.10))
    dunes = ((0.46, 0.05, 1.8, (0.87, 0.66, 0.44)), (0.54, 0.06, 1.5, (0.86, 0.57, 0.31)), (0.68, 0.07, 1.1, (0.84, 0.52, 0.25)))
    for index, (line, height, cells, tone) in enumerate(dunes):
        crest = line + height * np.abs(canvas.profile(cells, 61 + index, octaves=2, gain=0.3)) - 0.5 * height
        side = canvas.profile(cells * 1.5, 65 + index, octaves=2) * 0.12 + canvas.x
        lee = smoothstep(-0.04, 0.04, np.sin(9 * side + 2 * index) * 0.1 - (canvas.y - crest) * 0.5)
        ripples = np.sin(90 * (canvas.y - crest) / (0.35 + canvas.y) + 3 * canvas.noise(3, 68 + index))
        sand = np.asarray(tone, np.float32) * (1.06 + 0.025 * ripples + 0.05 * canvas.noise(4, 70 + index))[..., None]
        paint = over(paint, over(sand.astype(np.float32), (0.56, 0.30, 0.17), 0.55 * lee), canvas.below(crest))
    return paint


def underwater(canvas: Canvas) -> Paint:
    """Sunbeams in blue water over a sandy sea floor with weeds and bubbles."""
    paint = canvas.gradient((0, (0.42, 0.84, 0.90)), (0.3, (0.10, 0.55, 0.76)), (0.75, (0.03, 0.27, 0.52)))
    slant = np.arctan2(canvas.x - 0.1, (canvas.y + 0.6) * canvas.tall)
    rays = sum(np.sin(slant * rate + phase) for rate, phase in ((23, 0.4), (41, 2.1), (67, 4.0))) / 3
    paint = over(paint, (0.80, 0.98, 0.98), np.clip(rays, 0, 1) * 0.42 * (1 - canvas.y) ** 1.3)
    floor = 0.76 + 0.02 * canvas.profile(2, 71, octaves=3)
    sand = canvas.gradient((0.74, (0.25, 0.52, 0.62)), (1, (0.58, 0.70, 0.62)))
    caustic = 1 - np.abs(canvas.noise(9, 72, octaves=2, stretch=2))
    sand = shade(sand, 0.92 + 0.32 * smoothstep(0.82, 1.0, caustic))
    paint = over(paint, (0.03, 0.24, 0.40), 0.8 * _rocks(canvas, floor))
    paint = over(paint, sand, canvas.below(floor))
    for index, place in enumerate((-0.46, -0.40, -0.35, 0.36, 0.43, 0.47)):
        paint = over(paint, (0.06, 0.38, 0.30), _weed(canvas, place * canvas.wide, 0.5 + 0.05 * (index * 7 % 4), index))
    rng = stream(74, "bubbles")
    for x, y, size in rng.random((22, 3)).tolist():
        radius = 0.004 + 0.011 * size**2
        ring = canvas.inside(0.0025 - np.abs(canvas.reach((x - 0.5) * canvas.wide, y * 0.75) - radius))
        paint = over(paint, (0.85, 0.98, 1.0), 0.55 * ring)
    return paint


def sunset_sky(canvas: Canvas) -> Paint:
    """Burning clouds above a dark sea that mirrors the sun."""
    paint = canvas.gradient(
        (0, (0.17, 0.14, 0.36)), (0.3, (0.52, 0.24, 0.46)), (0.5, (0.93, 0.45, 0.32)), (0.66, (1.0, 0.80, 0.42))
    )
    paint = over(paint, (1.0, 0.88, 0.55), 0.8 * canvas.glow(0, 0.62, 0.24))
    bands = canvas.noise(4, 81, stretch=4, octaves=6)
    under = ramp(((0.34, 0.15, 0.34), (0.80, 0.28, 0.30), (1.0, 0.62, 0.34)), 0.3 + 0.9 * canvas.y + 0.5 * bands)
    paint = over(paint, under, 0.85 * smoothstep(0.05, 0.6, bands + 0.1))
    paint = over(paint, (1.0, 0.96, 0.80), canvas.disc(0, 0.62, 0.06))
    sea = canvas.gradient((0.66, (0.80, 0.42, 0.34)), (0.75, (0.36, 0.20, 0.34)), (1, (0.10, 0.08, 0.20)))
    ripple = canvas.noise(16, 82, stretch=8)
    path = np.exp(-((canvas.x / (0.05 + 0.28 * (canvas.y - 0.66))) ** 2)) * smoothstep(-0.2, 0.5, ripple)
    sea = over(shade(sea, 1 + 0.2 * ripple), (1.0, 0.78, 0.45), 0.85 * path)
    return over(paint, sea, canvas.below(0.66))


def outer_space(canvas: Canvas) -> Paint:
    """Stars, a violet nebula and a ringed planet."""
    cloud = canvas.noise(2.5, 91, octaves=6, gain=0.55)
    veil = smoothstep(-0.3, 1.0, cloud + 0.5 * canvas.noise(5, 92))
    paint = ramp(((0.012, 0.012, 0.035), (0.10, 0.05, 0.22), (0.42, 0.14, 0.42), (0.85, 0.50, 0.55)), veil * 0.8)
    paint = over(paint, (0.08, 0.32, 0.50), 0.5 * smoothstep(0.1, 0.9, canvas.noise(3, 93)))
    rng = stream(94, "stars")
    stars = np.zeros((canvas.height, canvas.width), np.float32)
    for x, y, size in rng.random((160, 3)).tolist():
        _spot(canvas, stars, (x - 0.5) * canvas.wide, y, 0.0012 + 0.003 * size**4, 0.4 + 0.6 * size)
    paint = over(paint, (1.0, 0.97, 0.92), stars)
    x, y, radius = 0.26 * canvas.wide, 0.27, 0.15
    stripes = ramp(((0.55, 0.32, 0.22), (0.88, 0.66, 0.42), (0.97, 0.86, 0.66)), 0.5 + 0.45 * canvas.noise(5, 95, stretch=7))
    lit = smoothstep(-0.1, 1.0, ((x - canvas.x) * 0.75 - (canvas.y - y) * canvas.tall * 0.6) / radius + 0.4)
    paint = over(paint, shade(stripes, 0.06 + 0.94 * lit), canvas.disc(x, y, radius))
    return paint


def _day_sky(canvas: Canvas, top: Tone, low: Tone, horizon: float, *, clouds: float) -> Paint:
    return _clouds(canvas, canvas.gradient((0, top), (horizon, low)), clouds, 5)


def _clouds(canvas: Canvas, paint: Paint, amount: float, seed: int) -> Paint:
    """White clouds with grey undersides, flatter towards the horizon."""
    body = canvas.noise(3.2, seed, octaves=6, gain=0.52, stretch=2.2)
    mask = smoothstep(0.05, 0.65, body + 0.1) * smoothstep(0.55, 0.2, canvas.y)
    tone = ramp(((0.80, 0.84, 0.90), (1.0, 1.0, 1.0)), 0.5 + 0.9 * _relief(canvas, body))
    return over(paint, tone, amount * mask)


def _relief(canvas: Canvas, height: Mask) -> Mask:
    """Light from the upper left on a height field, about -1..1."""
    if min(height.shape) < 2:
        return np.zeros_like(height)
    down, across = np.gradient(height)
    return np.asarray(np.tanh((down + 0.8 * across) * canvas.unit * 0.08), np.float32)


def _flowers(canvas: Canvas, seed: int) -> Mask:
    mask = np.zeros((canvas.height, canvas.width), np.float32)
    for x, y, size in stream(seed, "flowers").random((45, 3)).tolist():
        place = 0.64 + 0.36 * y**0.8
        _spot(canvas, mask, (x - 0.5) * canvas.wide, place, (0.002 + 0.010 * (place - 0.6)) * (1 + size), 0.95)
    return mask


def _spot(canvas: Canvas, mask: Mask, x: float, y: float, radius: float, level: float) -> None:
    """Add a small disc to a mask in place, computing only the pixels around it."""
    column, row = (x + canvas.wide / 2) * canvas.unit, y * canvas.height
    reach = radius * canvas.unit
    left, top = max(0, int(column - reach - 1)), max(0, int(row - reach - 1))
    part = mask[top : int(row + reach + 2), left : int(column + reach + 2)]
    v, u = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
    inside = np.clip(0.5 + reach - np.hypot(u + 0.5 - column, v + 0.5 - row), 0, 1) * min(1.0, (2 * reach) ** 2)
    np.maximum(part, level * inside, out=part, casting="same_kind")


def _trunks(
    canvas: Canvas, paint: Paint, count: int, width: float, foot: np.ndarray, tone: Tone, seed: int
) -> Paint:
    """Upright trunks, lit from one side, standing on a line."""
    rng = stream(seed, "trunks")
    bark = 1 + 0.25 * canvas.noise(22, seed, stretch=0.15)
    for index in range(count):
        x = ((index + 0.2 + 0.6 * rng.random()) / count - 0.5) * canvas.wide
        thick = width * (0.7 + 0.6 * rng.random())
        lean = x + 0.04 * (rng.random() - 0.5) * (1 - canvas.y)
        flare = thick * (1 + 0.9 * smoothstep(-0.12, 0.02, canvas.y - foot))
        mask = canvas.inside(flare / 2 - np.abs(canvas.x - lean)) * (1 - canvas.below(foot + 0.01))
        round_light = 1.15 - 0.5 * (canvas.x - lean) / thick
        paint = over(paint, shade(np.broadcast_to(np.asarray(tone, np.float32), paint.shape), bark * round_light), mask)
    return paint


def _firs(canvas: Canvas, line: float, size: float, seed: int) -> Mask:
    """A row of fir trees standing on a line."""
    mask = np.zeros((canvas.height, canvas.width), np.float32)
    rng = stream(seed, "firs")
    for index in range(34):
        x = ((index + rng.random()) / 34 - 0.5) * 1.6 
        tall = size * (0.5 + 0.7 * rng.random()) * (0.6 + 0.9 * abs(x))
        down = (canvas.y - (line - tall)) / tall
        saw = 0.62 + 0.38 * (1 - np.mod(down * 5, 1))
        mask = np.maximum(mask, canvas.inside(np.where((down > 0) & (down < 1.2), 0.22 * tall * down * (1.4 - saw), -1) - np.abs(canvas.x - x)))
    return mask


def _rocks(canvas: Canvas, floor: np.ndarray) -> Mask:
    """Far rocks in the haze."""
    return canvas.below(floor - 0.10 - 0.09 * canvas.profile(3, 73) * smoothstep(0.0, 0.5, np.abs(canvas.x)))


def _weed(canvas: Canvas, x: float, top: float, index: int) -> Mask:
    """One swaying blade of sea weed."""
    sway = x + 0.025 * np.sin(14 * canvas.y + index * 1.7)
    thick = 0.016 * smoothstep(top - 0.02, 0.95, canvas.y)
    return canvas.inside(np.where(canvas.y > top, thick, -1.0).astype(np.float32) - np.abs(canvas.x - sway))
