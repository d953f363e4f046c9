"""Backdrops that people built: streets and rooms."""

from __future__ import annotations

import numpy as np

from omniedit.data.tools.backdrops.canvas import Canvas, chance, gap, ramp, shade
from omniedit.data.tools.backdrops.ground import chequers, pavement, perspective, planks
from omniedit.data.tools.backdrops.sky import day_sky, stars
from omniedit.data.tools.filters import Colour, Pixels, mix, smoothstep, tint

BOOKS: tuple[Colour, ...] = (
    (0.45, 0.12, 0.10),
    (0.62, 0.42, 0.18),
    (0.16, 0.26, 0.20),
    (0.15, 0.20, 0.36),
    (0.72, 0.62, 0.44),
    (0.30, 0.15, 0.12),
)
"""Colours of book spines."""


def city_skyline(canvas: Canvas) -> Pixels:
    """Towers in three depths of blue haze above a pale square."""
    paint = day_sky(canvas, (0.38, 0.63, 0.90), (0.93, 0.94, 0.92), 0.65, clouds=0.45, seed=100)
    rows: tuple[tuple[float, Colour], ...] = (
        (0.22, (0.68, 0.77, 0.86)),
        (0.34, (0.47, 0.57, 0.69)),
        (0.48, (0.27, 0.34, 0.45)),
    )
    for index, (top, tone) in enumerate(rows):
        paint = _towers(canvas, paint, top, 0.08 + 0.025 * index, tone, (0.85, 0.92, 0.97), 0.40, 101 + index)
    return pavement(canvas, paint, 0.72, (0.70, 0.70, 0.71), (0.52, 0.52, 0.55))


def city_at_night(canvas: Canvas) -> Pixels:
    """Lit windows against a deep blue sky, mirrored in a wet street."""
    paint = canvas.gradient((0, (0.03, 0.04, 0.14)), (0.7, (0.30, 0.22, 0.46)))
    paint = mix(paint, (0.9, 0.92, 1.0), 0.7 * stars(canvas, 60, 105) * smoothstep(0.4, 0.1, canvas.y))
    rows: tuple[tuple[float, Colour], ...] = (
        (0.22, (0.15, 0.14, 0.30)),
        (0.34, (0.10, 0.10, 0.22)),
        (0.48, (0.05, 0.05, 0.12)),
    )
    for index, (top, tone) in enumerate(rows):
        paint = _towers(canvas, paint, top, 0.08 + 0.025 * index, tone, (1.0, 0.82, 0.42), 0.95, 101 + index)
    street = pavement(canvas, paint, 0.72, (0.14, 0.13, 0.22), (0.06, 0.06, 0.12))
    return mix(street, _mirror(canvas, paint, 0.72), 0.6 * canvas.below(0.72) * smoothstep(1.05, 0.72, canvas.y))


def brick_wall(canvas: Canvas) -> Pixels:
    """Red bricks in running bond above a grey pavement."""
    high, long, foot = 0.045, 0.125, 0.76
    place = (canvas.y - foot) * canvas.tall / high
    row = np.floor(place)
    across = canvas.x / long + 0.5 * np.mod(row, 2)
    joint = np.minimum(gap(across) * long, gap(place) * high)
    brick = ramp(((0.42, 0.17, 0.12), (0.62, 0.27, 0.18), (0.74, 0.38, 0.26)), chance(np.floor(across), row, 111))
    brick = shade(brick, 1 + 0.10 * canvas.noise(30, 112, gain=0.8) + 0.10 * canvas.noise(2, 113))
    brick = shade(brick, 0.86 + 0.14 * smoothstep(0.002, 0.008, joint))
    mortar = shade(np.full_like(brick, 0.70), 1 + 0.08 * canvas.noise(30, 114))
    paint = mix(mortar, brick, canvas.inside(joint - 0.0035))
    paint = shade(paint, 1.08 - 0.30 * np.abs(canvas.x) - 0.1 * canvas.y)
    return pavement(canvas, paint, foot, (0.55, 0.54, 0.53), (0.42, 0.41, 0.41))


def library(canvas: Canvas) -> Pixels:
    """Shelves full of books over a wooden floor, in warm lamp light."""
    bottom, high = 0.78, 0.195
    shelf = np.floor(canvas.y / high)
    down = canvas.y / high - shelf
    slot = canvas.x / 0.026 + 0.35 * np.sin(9 * canvas.x + 2.7 * shelf)
    book = np.floor(slot)
    spine = chance(book, shelf, 121)
    colour = np.asarray(BOOKS, np.float32)[(spine * len(BOOKS)).astype(int)]
    colour = shade(colour, 0.62 + 0.55 * np.sin(np.pi * (slot - book)))
    title = smoothstep(0.045, 0.025, np.abs(down - 0.36 - 0.1 * spine)) * (spine > 0.4)
    colour = mix(colour, (0.86, 0.70, 0.36), 0.55 * title)
    top = 0.16 + 0.20 * chance(book, shelf, 122)
    paint = mix(np.full_like(colour, 0.06), colour, canvas.inside((down - top) * high * canvas.tall))
    wood = tint(1 + 0.18 * canvas.noise(14, 123, stretch=10), (0.38, 0.22, 0.12))
    paint = mix(paint, wood, canvas.inside(np.maximum(0.09 - down, down - 0.97) * high * canvas.tall))
    paint = mix(paint, 1.15 * wood, canvas.inside(0.014 - gap(canvas.x + 0.24, 0.48)))
    return planks(canvas, shade(paint, 0.75 + 0.6 * canvas.glow(0, 0.35, 0.6)), bottom, (0.56, 0.35, 0.19))


def stage(canvas: Canvas) -> Pixels:
    """Red velvet curtains, a spotlight and boards."""
    fold = np.sin(34 * canvas.x + 1.2 * np.sin(7 * canvas.x) + 0.5 * canvas.noise(2, 131, stretch=0.2))
    velvet = ramp(((0.16, 0.01, 0.03), (0.50, 0.04, 0.07), (0.78, 0.12, 0.13)), 0.45 + 0.42 * fold)
    paint = shade(velvet, 0.55 + 0.75 * canvas.glow(0, 0.55, 0.5))
    bow = np.abs(np.sin(4.2 * canvas.x + 1.57))
    hem = 0.13 + 0.05 * bow
    drape = ramp(((0.25, 0.02, 0.04), (0.66, 0.08, 0.10)), 0.5 + 0.4 * np.sin(60 * canvas.y - 14 * bow))
    paint = mix(paint, (0.05, 0.0, 0.01), 0.5 * smoothstep(0.06, 0, canvas.y - hem))
    paint = mix(paint, drape, 1 - canvas.below(hem))
    paint = mix(paint, (0.86, 0.66, 0.28), np.exp(-(((canvas.y - hem) / 0.008) ** 2)))
    paint = planks(canvas, paint, 0.74, (0.50, 0.31, 0.17))
    pool = np.exp(-((canvas.x / 0.34) ** 2) - ((canvas.y - 0.86) * canvas.tall / 0.10) ** 2)
    cone = smoothstep(0.03, -0.03, np.abs(canvas.x) - 0.05 - 0.30 * canvas.y) * smoothstep(0.95, 0.7, canvas.y)
    paint = mix(paint, (1.0, 0.93, 0.74), 0.16 * cone)
    return mix(shade(paint, 0.62 + 0.5 * pool), (1.0, 0.92, 0.72), 0.42 * pool)


def kitchen(canvas: Canvas) -> Pixels:
    """Cupboards, white tiles, a window, a worktop with drawers and a chequered floor."""
    paint = canvas.gradient((0, (0.93, 0.91, 0.85)), (0.7, (0.88, 0.85, 0.78)))
    joint = np.minimum(gap(canvas.x, 0.055), gap(canvas.y * canvas.tall, 0.055))
    tiles = mix(np.full_like(paint, 0.78), (0.95, 0.96, 0.94), canvas.inside(joint - 0.0025))
    paint = mix(paint, tiles, canvas.box(-9, 0.27, 9, 0.53))
    paint = mix(paint, (0.99, 0.98, 0.96), canvas.box(-0.155, 0.06, 0.155, 0.48))
    outside = canvas.gradient((0.08, (0.50, 0.75, 0.96)), (0.34, (0.86, 0.93, 0.97)), (0.36, (0.62, 0.80, 0.48)))
    paint = mix(paint, outside, canvas.box(-0.14, 0.08, 0.14, 0.46) - canvas.box(-0.006, 0.08, 0.006, 0.46))
    for top, bottom, inner in ((-0.1, 0.27, 0.20), (0.55, 0.74, -1.0)):
        paint = _cupboards(canvas, paint, top, bottom, inner)
    paint = mix(paint, (0.10, 0.08, 0.06), 0.25 * smoothstep(0.03, 0, np.abs(canvas.y - 0.56)) * np.ones_like(canvas.x))
    paint = mix(paint, (0.62, 0.44, 0.27), canvas.box(-9, 0.515, 9, 0.55))
    paint = mix(paint, (0.80, 0.62, 0.42), canvas.box(-9, 0.515, 9, 0.523))
    paint = shade(paint, 0.88 + 0.2 * canvas.glow(0, 0.3, 0.6))
    return chequers(canvas, paint, 0.74, (0.92, 0.91, 0.88), (0.50, 0.56, 0.57))


def spaceship(canvas: Canvas) -> Pixels:
    """Inside a spaceship: a wide window on the stars, panels with lights and a glowing floor grid."""
    paint = canvas.gradient((0, (0.15, 0.18, 0.24)), (0.7, (0.34, 0.39, 0.46)))
    seam = np.minimum(gap(canvas.x, 0.16), gap(canvas.y * canvas.tall, 0.13))
    paint = shade(paint, 0.72 + 0.34 * smoothstep(0, 0.014, seam) + 0.05 * canvas.noise(3, 141))
    outward = np.hypot(
        np.maximum(np.abs(canvas.x) - 0.30, 0), np.maximum(np.abs(canvas.y - 0.34) * canvas.tall - 0.09, 0)
    )
    paint = mix(paint, (0.60, 0.65, 0.70), canvas.inside(0.085 - outward))
    view = ramp(((0.01, 0.01, 0.05), (0.08, 0.06, 0.22), (0.35, 0.20, 0.50)), 0.3 + 0.5 * canvas.noise(3, 142))
    view = mix(view, (0.9, 0.95, 1.0), stars(canvas, 200, 143))
    planet = ramp(((0.12, 0.32, 0.66), (0.32, 0.62, 0.86), (0.95, 0.97, 1.0)), 0.4 + 0.4 * canvas.noise(6, 144))
    view = mix(view, shade(planet, 1.25 - 5 * canvas.reach(0.10, 0.42)), canvas.disc(0.16, 0.50, 0.17))
    paint = mix(paint, view, canvas.inside(0.06 - outward))
    lamp = np.floor(canvas.x / 0.08)
    tones = ramp(((0.25, 0.9, 1.0), (1.0, 0.55, 0.2), (0.4, 1.0, 0.6)), np.floor(3 * chance(lamp, 0, 145)) / 2)
    row = np.minimum(0.022 - gap(canvas.x - 0.04, 0.08), (0.009 - np.abs(canvas.y - 0.61)) * canvas.tall)
    paint = mix(paint, tones, canvas.inside(row))
    across, away = perspective(canvas, 0.42)
    floor = canvas.gradient((0.68, (0.13, 0.16, 0.21)), (1, (0.28, 0.32, 0.38)))
    line = np.minimum(gap(across, 0.25) / (away + 0.3), gap(away, 0.25))
    floor = mix(floor, (0.25, 0.85, 1.0), 0.75 * smoothstep(0.02, 0, line) * smoothstep(0.68, 0.8, canvas.y))
    return mix(paint, floor, canvas.below(0.68))


def _towers(
    canvas: Canvas, paint: Pixels, top: float, wide: float, tone: Colour, light: Colour, amount: float, seed: int
) -> Pixels:
    """A row of towers of different heights with rows of windows, ``amount`` of them lit."""
    place = canvas.x / wide + 0.37 * seed
    column = np.floor(place)
    inside = place - column
    roof = top + 0.26 * chance(column, 0, seed)
    side = np.minimum(inside - 0.12 * chance(column, 1, seed), 1 - inside) * wide
    tower = canvas.inside(np.minimum(side, (canvas.y - roof) * canvas.tall))
    wall = tint((1.1 - 0.25 * inside) * (1.05 - 0.1 * canvas.y), tone)
    across, floor = inside * 6, (canvas.y - roof) * canvas.tall / 0.024
    pane = smoothstep(0.2, 0.4, 2 * np.minimum(gap(across), gap(floor)))
    lit = chance(column * 6 + np.floor(across), np.floor(floor), seed + 9) > 0.45
    return mix(paint, mix(wall, light, amount * pane * lit * (floor > 0.6)), tower)


def _mirror(canvas: Canvas, paint: Pixels, line: float) -> Pixels:
    """The picture above a line, mirrored below it and smeared downwards as on wet stone."""
    import cv2

    source = np.clip(((2 * line - canvas.y[:, 0]) * canvas.height).astype(int), 0, canvas.height - 1)
    reach = max(1, round(0.10 * canvas.unit))
    return np.asarray(cv2.blur(paint[source], (1, 2 * reach + 1)), np.float32)


def _cupboards(canvas: Canvas, paint: Pixels, top: float, bottom: float, inner: float) -> Pixels:
    """A row of doors with raised panels and handles; none nearer than ``inner`` to the middle."""
    tone = np.array((0.40, 0.58, 0.58), np.float32)
    pitch = 0.155
    across = np.mod(canvas.x - 0.20, pitch) - pitch / 2
    height = np.minimum(canvas.y - top, bottom - canvas.y) * canvas.tall
    depth = np.minimum(np.minimum(pitch / 2 - np.abs(across), height), np.abs(canvas.x) - inner)
    low = (bottom - canvas.y) * canvas.tall
    handle = np.minimum(0.003 - np.abs(across - 0.055), 0.02 - np.abs(low - 0.045))
    for distance, factor in ((depth, 0.68), (depth - 0.004, 1.0), (depth - 0.021, 0.80), (depth - 0.025, 0.90)):
        paint = mix(paint, factor * tone, canvas.inside(distance))
    return mix(paint, (0.92, 0.90, 0.82), canvas.inside(np.minimum(handle, depth)))
