"""Backdrops that people built."""

from __future__ import annotations

import numpy as np

from omniedit.data.tools.backdrops.canvas import Canvas, Paint, Tone, over, ramp, shade
from omniedit.data.tools.light import smoothstep
from omniedit.seeding import stream
from omniedit.types import Mask


def city_skyline(canvas: Canvas) -> Paint:
    """Towers in three depths of blue haze above a pale square."""
    paint = canvas.gradient((0, (0.42, 0.66, 0.90)), (0.65, (0.93, 0.94, 0.92)))
    tones: tuple[tuple[float, Tone], ...] = (
        (0.30, (0.70, 0.79, 0.88)), (0.40, (0.50, 0.60, 0.72)), (0.52, (0.32, 0.40, 0.52)),
    )
    for index, (top, tone) in enumerate(tones):
        paint = _towers(canvas, paint, top, 0.09 + 0.02 * index, tone, (0.80, 0.88, 0.95), 0.35, 101 + index)
    return _pavement(canvas, paint, 0.72, (0.66, 0.67, 0.69), (0.50, 0.51, 0.54))


def city_at_night(canvas: Canvas) -> Paint:
    """Lit windows against a deep blue sky and a wet street."""
    paint = canvas.gradient((0, (0.03, 0.04, 0.14)), (0.7, (0.26, 0.20, 0.42)))
    tones: tuple[tuple[float, Tone], ...] = (
        (0.28, (0.13, 0.13, 0.27)), (0.38, (0.09, 0.09, 0.20)), (0.50, (0.05, 0.05, 0.12)),
    )
    for index, (top, tone) in enumerate(tones):
        paint = _towers(canvas, paint, top, 0.09 + 0.02 * index, tone, (1.0, 0.82, 0.42), 0.9, 101 + index)
    street = _pavement(canvas, paint, 0.72, (0.13, 0.13, 0.20), (0.06, 0.06, 0.11))
    shine = smoothstep(0.1, 0.9, canvas.noise(9, 106, stretch=0.12)) * canvas.below(0.72)
    return over(street, (0.75, 0.55, 0.35), 0.35 * shine)


def brick_wall(canvas: Canvas) -> Paint:
    """Red bricks in running bond above a grey pavement."""
    high, long = 0.045, 0.125
    row = np.floor((canvas.y - 0.76) * canvas.tall / high)
    down = ((canvas.y - 0.76) * canvas.tall / high) - row
    place = canvas.x / long + 0.5 * np.mod(row, 2)
    column = np.floor(place)
    joint = np.minimum(np.minimum(place - column, 1 - place + column) * long, np.minimum(down, 1 - down) * high)
    chance = _chance(column, row, 111)
    brick = ramp(((0.42, 0.17, 0.12), (0.62, 0.27, 0.18), (0.74, 0.38, 0.26)), chance)
    brick = shade(brick, 1 + 0.10 * canvas.noise(30, 112, gain=0.8) + 0.10 * canvas.noise(2, 113))
    brick = shade(brick, 0.86 + 0.14 * smoothstep(0.002, 0.008, joint.astype(np.float32)))
    mortar = shade(np.full_like(brick, 0.70), 1 + 0.08 * canvas.noise(30, 114))
    paint = over(mortar, brick, canvas.inside(joint.astype(np.float32) - 0.0035))
    paint = shade(paint, 1.08 - 0.30 * np.abs(canvas.x) * np.ones_like(canvas.y) - 0.1 * canvas.y)
    return _pavement(canvas, paint, 0.76, (0.55, 0.54, 0.53), (0.42, 0.41, 0.41))


def library(canvas: Canvas) -> Paint:
    """Shelves full of books over a wooden floor, warm lamp light."""
    bottom, rows = 0.78, 4
    shelf = np.floor(canvas.y / bottom * rows)
    down = canvas.y / bottom * rows - shelf
    slot = canvas.x / 0.026 + 0.35 * np.sin(9 * canvas.x + 2.7 * shelf)
    book = np.floor(slot)
    chance = _chance(book, shelf, 121)
    spines: tuple[Tone, ...] = (
        (0.45, 0.12, 0.10), (0.62, 0.42, 0.18), (0.16, 0.26, 0.20), (0.15, 0.20, 0.36), (0.72, 0.62, 0.44), (0.30, 0.15, 0.12),
    )
    colour = np.asarray(spines, np.float32)[(chance * len(spines)).astype(int) % len(spines)]
    across = slot - book
    round_light = (0.62 + 0.55 * np.sin(np.pi * across)).astype(np.float32)
    colour = shade(colour, round_light * np.ones_like(down))
    band = smoothstep(0.02, 0.0, np.abs(down - 0.36 - 0.1 * chance) - 0.025).astype(np.float32)
    colour = over(colour, (0.86, 0.70, 0.36), 0.55 * band * (chance > 0.4))
    top = 0.16 + 0.20 * _chance(book, shelf, 122)
    wood: Tone = (0.36, 0.21, 0.11)
    paint = over(np.broadcast_to(np.asarray((0.10, 0.06, 0.04), np.float32), colour.shape).copy(), colour,
                 canvas.inside(((down - top) * bottom / rows * canvas.tall).astype(np.float32)))
    board = canvas.inside((np.maximum(0.09 - down, down - 0.97) * bottom / rows * canvas.tall).astype(np.float32))
    grain = 1 + 0.18 * canvas.noise(14, 123, stretch=10)
    paint = over(paint, shade(np.broadcast_to(np.asarray(wood, np.float32), paint.shape), grain), board)
    post = canvas.inside((0.014 - np.abs(np.mod(canvas.x + 0.24, 0.48) - 0.24) * np.ones_like(canvas.y)).astype(np.float32))
    paint = over(paint, shade(np.broadcast_to(np.asarray((0.42, 0.25, 0.13), np.float32), paint.shape), grain), post)
    paint = shade(paint, 0.75 + 0.6 * canvas.glow(0, 0.35, 0.6))
    return _planks(canvas, paint, bottom, (0.56, 0.35, 0.19))


def stage(canvas: Canvas) -> Paint:
    """Red velvet curtains, a spotlight and boards."""
    fold = 34 * canvas.x + 1.2 * np.sin(7 * canvas.x) + 0.5 * canvas.noise(2, 131, stretch=0.2)
    velvet = ramp(((0.16, 0.01, 0.03), (0.50, 0.04, 0.07), (0.78, 0.12, 0.13)), 0.45 + 0.42 * np.sin(fold) * np.ones_like(canvas.y))
    paint = shade(velvet, 0.55 + 0.75 * canvas.glow(0, 0.55, 0.5))
    swag = 0.13 + 0.05 * np.abs(np.sin(4.2 * canvas.x + 1.57))
    drape = ramp(((0.25, 0.02, 0.04), (0.66, 0.08, 0.10)), 0.5 + 0.4 * np.sin(canvas.y * 60 - 14 * np.abs(np.sin(4.2 * canvas.x + 1.57))))
    paint = over(paint, drape, 1 - canvas.below(swag))
    paint = over(paint, (0.86, 0.66, 0.28), np.exp(-(((canvas.y - swag) / 0.008) ** 2)).astype(np.float32))
    paint = _planks(canvas, paint, 0.74, (0.50, 0.31, 0.17))
    pool = np.exp(-((canvas.x / 0.34) ** 2 + ((canvas.y - 0.86) * canvas.tall / 0.10) ** 2)).astype(np.float32)
    cone = smoothstep(0.03, -0.03, np.abs(canvas.x) - 0.05 - 0.30 * canvas.y) * (1 - canvas.below(0.86))
    paint = over(paint, (1.0, 0.93, 0.74), 0.16 * cone)
    return over(shade(paint, 0.62 + 0.5 * pool), (1.0, 0.92, 0.72), 0.42 * pool)


def kitchen(canvas: Canvas) -> Paint:
    """Cupboards, white tiles, a worktop with drawers and a chequered floor."""
    paint = canvas.gradient((0, (0.93, 0.91, 0.85)), (0.7, (0.88, 0.85, 0.78)))
    tile = 0.055
    joint = np.minimum(_gap(canvas.x, tile), _gap(canvas.y * canvas.tall, tile))
    tiles = over(np.full((canvas.height, canvas.width, 3), 0.78, np.float32), (0.95, 0.96, 0.94), canvas.inside(joint - 0.0025))
    paint = over(paint, tiles, canvas.box(-9, 0.27, 9, 0.52))
    paint = over(paint, (0.62, 0.82, 0.95), canvas.box(-0.14, 0.08, 0.14, 0.46))
    paint = over(paint, (0.75, 0.88, 0.72), canvas.box(-0.14, 0.34, 0.14, 0.46))
    for left, top, right, bottom in ((-0.15, 0.07, -0.135, 0.47), (0.135, 0.07, 0.15, 0.47), (-0.15, 0.07, 0.15, 0.085), (-0.16, 0.46, 0.16, 0.48), (-0.006, 0.08, 0.006, 0.46)):
        paint = over(paint, (0.99, 0.98, 0.96), canvas.box(left, top, right, bottom))
    for x in (-0.62, -0.46, -0.30, 0.30, 0.46, 0.62):
        paint = _door(canvas, paint, x - 0.078, 0.02, x + 0.078, 0.27, (0.40, 0.58, 0.58))
    for x in np.arange(-0.62, 0.7, 0.155).tolist():
        paint = _door(canvas, paint, x - 0.075, 0.55, x + 0.075, 0.74, (0.40, 0.58, 0.58))
    paint = over(paint, (0.60, 0.42, 0.26), canvas.box(-9, 0.515, 9, 0.545))
    paint = over(paint, (0.28, 0.19, 0.12), 0.5 * canvas.box(-9, 0.545, 9, 0.553))
    across, away = _perspective(canvas, 0.74, 0.52)
    even = np.mod(np.floor(across * 5) + np.floor(away * 5), 2)
    floor = over(np.full_like(paint, 0.90), (0.56, 0.60, 0.60), even.astype(np.float32))
    return over(paint, shade(floor, 0.75 + 0.35 * canvas.y * np.ones_like(canvas.x)), canvas.below(0.74))


def spaceship(canvas: Canvas) -> Paint:
    """Inside a spaceship: a wide window on the stars, panels with lights and a glowing floor grid."""
    paint = canvas.gradient((0, (0.15, 0.18, 0.24)), (0.7, (0.34, 0.39, 0.46)))
    panel = np.minimum(_gap(canvas.x, 0.16), _gap(canvas.y * canvas.tall, 0.13))
    paint = shade(paint, 0.72 + 0.34 * smoothstep(0.0, 0.014, panel) + 0.05 * canvas.noise(3, 141))
    window = canvas.inside(0.06 - np.hypot(np.maximum(np.abs(canvas.x) - 0.30, 0), np.maximum(np.abs(canvas.y - 0.34) * canvas.tall - 0.09, 0)))
    frame = canvas.inside(0.085 - np.hypot(np.maximum(np.abs(canvas.x) - 0.30, 0), np.maximum(np.abs(canvas.y - 0.34) * canvas.tall - 0.09, 0)))
    paint = over(paint, (0.60, 0.65, 0.70), frame)
    view = ramp(((0.01, 0.01, 0.05), (0.08, 0.06, 0.22), (0.35, 0.20, 0.50)), 0.3 + 0.5 * canvas.noise(3, 142))
    view = over(view, (0.9, 0.95, 1.0), smoothstep(0.75, 1.1, canvas.noise(24, 143, octaves=1)))
    view = over(view, (0.30, 0.62, 0.90), canvas.disc(0.16, 0.52, 0.17) * (0.55 + 0.4 * canvas.noise(6, 144)))
    paint = over(paint, view, window)
    for index, x in enumerate(np.arange(-0.62, 0.7, 0.08).tolist()):
        tone = ((0.25, 0.9, 1.0), (1.0, 0.55, 0.2), (0.4, 1.0, 0.6))[index * 5 % 3]
        paint = over(paint, tone, canvas.box(x, 0.600, x + 0.045, 0.618))
    across, away = _perspective(canvas, 0.68, 0.42)
    floor = canvas.gradient((0.68, (0.13, 0.16, 0.21)), (1, (0.28, 0.32, 0.38)))
    line = np.minimum(_gap(across, 0.25) / (away + 0.3), _gap(away, 0.25)).astype(np.float32)
    floor = over(floor, (0.25, 0.85, 1.0), 0.75 * smoothstep(0.02, 0.0, line) * smoothstep(0.68, 0.8, canvas.y))
    return over(paint, floor, canvas.below(0.68))


def _towers(canvas: Canvas, paint: Paint, top: float, wide: float, tone: Tone, light: Tone, amount: float, seed: int) -> Paint:
    """A row of towers of different heights with rows of windows."""
    column = np.floor(canvas.x / wide + 0.37 * seed)
    inside = canvas.x / wide + 0.37 * seed - column
    roof = top + 0.26 * _chance(column, np.zeros_like(column), seed)
    inset = 0.10 * _chance(column, np.ones_like(column), seed)
    side = np.minimum(inside - inset, 1 - inside) * wide
    tower = canvas.inside(np.minimum(side, (canvas.y - roof) * canvas.tall).astype(np.float32))
    wall = shade(np.broadcast_to(np.asarray(tone, np.float32), paint.shape), (1.1 - 0.25 * inside) * (1.05 - 0.1 * canvas.y))
    cell_x, cell_y = inside * 5, (canvas.y - roof) * canvas.tall / 0.028
    pane = smoothstep(0.2, 0.4, np.minimum(_gap(cell_x, 1.0), _gap(cell_y, 1.0)) * 2)
    lit = _chance(column * 5 + np.floor(cell_x), np.floor(cell_y) + 0 * column, seed + 9) > 0.45
    wall = over(wall, light, (amount * pane * lit * (cell_y > 0.6)).astype(np.float32))
    return over(paint, wall, tower)


def _pavement(canvas: Canvas, paint: Paint, line: float, far: Tone, near: Tone) -> Paint:
    """A flat paved ground from a line downwards, its slabs in perspective."""
    ground = canvas.gradient((line, far), (1, near))
    across, away = _perspective(canvas, line, line - 0.25)
    joint = np.minimum(_gap(across, 0.5) / (away + 0.4), _gap(away, 0.3)).astype(np.float32)
    ground = shade(ground, 0.88 + 0.12 * smoothstep(0.0, 0.03, joint) + 0.05 * canvas.noise(14, 151, stretch=3, gain=0.7))
    paint = over(paint, (0.1, 0.1, 0.1), 0.35 * np.exp(-((np.minimum(canvas.y - line, 0) / 0.02) ** 2)) * np.ones_like(canvas.x))
    return over(paint, ground, canvas.below(line))


def _planks(canvas: Canvas, paint: Paint, line: float, tone: Tone) -> Paint:
    """A floor of boards that run away from us."""
    across, away = _perspective(canvas, line, line - 0.3)
    board = np.floor(across * 4)
    wood = np.asarray(tone, np.float32) * (0.82 + 0.36 * _chance(board, 0 * board, 161))[..., None]
    wood = shade(wood.astype(np.float32), 0.8 + 0.2 * smoothstep(0.0, 0.06, _gap(across * 4, 1.0)) + 0.06 * canvas.noise(20, 162, stretch=2))
    wood = shade(wood, 0.70 + 0.45 * smoothstep(line - 0.1, 1.0, canvas.y) * np.ones_like(canvas.x))
    return over(paint, wood, canvas.below(line))


def _perspective(canvas: Canvas, line: float, horizon: float) -> tuple[np.ndarray, np.ndarray]:
    """Ground coordinates (across, away) of each pixel below ``line``; the floor vanishes at ``horizon``."""
    drop = np.maximum(canvas.y - horizon, 0.02)
    return canvas.x / drop * 0.5, 0.5 / drop * np.ones_like(canvas.x)


def _gap(place: np.ndarray, period: float) -> np.ndarray:
    """Distance to the nearest multiple of ``period``."""
    return np.asarray(np.abs(np.mod(place + period / 2, period) - period / 2), np.float32)


def _chance(column: np.ndarray, row: np.ndarray, seed: int) -> Mask:
    """A random number 0..1 of each cell of a grid."""
    table = stream(seed, "chance").random((128, 128)).astype(np.float32)
    return table[row.astype(int) % 128, column.astype(int) % 128]


def _door(canvas: Canvas, paint: Paint, left: float, top: float, right: float, bottom: float, tone: Tone) -> Paint:
    """A cupboard door with a raised panel and a handle."""
    paint = over(paint, tuple(0.7 * value for value in tone), canvas.box(left - 0.003, top, right + 0.003, bottom))  # type: ignore[arg-type]
    paint = over(paint, tone, canvas.box(left, top + 0.005, right, bottom - 0.005))
    paint = over(paint, tuple(0.88 * value for value in tone), canvas.box(left + 0.02, top + 0.03, right - 0.02, bottom - 0.03))  # type: ignore[arg-type]
    return over(paint, (0.90, 0.88, 0.80), canvas.box(right - 0.014, bottom - 0.07, right - 0.008, bottom - 0.03))
