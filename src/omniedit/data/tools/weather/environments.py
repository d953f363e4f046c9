"""The environments: one small function each, light for everything, surfaces and air around the foreground only."""

from __future__ import annotations

import numpy as np

from omniedit.data.tools.filters import Pixels, blur, mix, smoothstep, tint
from omniedit.data.tools.light import luminance
from omniedit.data.tools.weather.grade import Grade
from omniedit.data.tools.weather.particles import dots, leaves, streaks
from omniedit.data.tools.weather.view import View
from omniedit.types import Mask

NIGHT = Grade(exposure=-1.9, tint=(0.50, 0.72, 1.35), saturation=0.45, contrast=1.1, shadows=(0.0005, 0.001, 0.003))
SUNSET = Grade(exposure=-0.7, tint=(1.6, 0.78, 0.45), saturation=0.9, contrast=1.15, shadows=(0.012, 0.004, 0.022))
SUNRISE = Grade(exposure=0.1, tint=(1.18, 0.92, 0.98), saturation=0.85, contrast=0.85, shadows=(0.03, 0.022, 0.05))
SUNNY = Grade(exposure=0.35, tint=(1.08, 1.03, 0.90), saturation=1.35, contrast=1.2)
SPRING = Grade(exposure=0.3, tint=(0.98, 1.06, 0.95), saturation=1.2, contrast=0.92, shadows=(0.006, 0.010, 0.006))
FOG = Grade(exposure=0.05, saturation=0.45, contrast=0.85)
SNOW = Grade(exposure=0.25, tint=(0.93, 0.99, 1.10), saturation=0.55, contrast=0.9)
FROST = Grade(exposure=0.0, tint=(0.72, 1.0, 1.28), saturation=0.4, contrast=1.0)
RAIN = Grade(exposure=-0.9, tint=(0.84, 0.97, 1.14), saturation=0.5, contrast=1.08, shadows=(0.003, 0.005, 0.007))
STORM = Grade(exposure=-1.5, tint=(0.86, 1.0, 0.98), saturation=0.55, contrast=1.4)
AUTUMN = Grade(exposure=-0.1, tint=(1.18, 0.98, 0.74), saturation=1.05, contrast=1.05)
SANDSTORM = Grade(exposure=-0.2, tint=(1.30, 0.95, 0.60), saturation=0.6, contrast=0.8)


def night(view: View) -> Pixels:
    """Dark blue moonlight, a nearly black sky with a few stars, warm bright spots that glow like lamps."""
    light = NIGHT(view.light)
    light = view.paint_sky(light, (0.002, 0.004, 0.016), (0.010, 0.018, 0.050), keep=0.4)
    light = light + tint(0.35 * _lamps(view), (1.0, 0.75, 0.4))
    stars = dots(view.shape, 110, (0.0011, 0.0026), view.seed)
    return view.cover(light, (0.75, 0.8, 0.9), stars * view.sky * smoothstep(0.4, 0.8, view.height))


def sunset(view: View) -> Pixels:
    """Low red sun: orange horizon, purple top, warm light and violet shadows."""
    light = SUNSET(view.light)
    light = view.paint_sky(light, (0.16, 0.07, 0.20), (1.10, 0.36, 0.07), keep=0.6)
    return view.cover(light, (1.15, 0.50, 0.14), 0.35 * _sun(view) * view.far)


def sunrise(view: View) -> Pixels:
    """Soft pink morning with a low mist and a pale blue sky above."""
    light = SUNRISE(view.light)
    light = view.paint_sky(light, (0.38, 0.46, 0.72), (1.0, 0.62, 0.55), keep=0.5)
    mist = smoothstep(0.1, 0.5, view.height) * smoothstep(0.9, 0.5, view.height)
    return view.cover(light, (1.0, 0.72, 0.68), 0.42 * mist)


def sunny(view: View) -> Pixels:
    """Bright noon under a deep blue sky."""
    light = SUNNY(view.light)
    return view.paint_sky(light, (0.06, 0.22, 0.70), (0.40, 0.65, 0.95), keep=0.8, amount=0.85)


def fog(view: View) -> Pixels:
    """Pale grey air that swallows what is far."""
    banks = 0.3 * view.noise(3, layer=1, stretch=3)
    return view.veil(FOG(view.light), (0.60, 0.63, 0.66), 0.28, 1.6, banks)


def sandstorm(view: View) -> Pixels:
    """Ochre dust in the air, thicker with distance."""
    gusts = 0.45 * view.noise(3, layer=1, stretch=4)
    return view.veil(SANDSTORM(view.light), (0.62, 0.36, 0.13), 0.25, 1.45, gusts)


def rain(view: View) -> Pixels:
    """Grey-blue dim light, wet shining ground, haze and thin streaks."""
    light = RAIN(view.light)
    light = view.paint_sky(light, (0.10, 0.13, 0.17), (0.28, 0.33, 0.38), keep=0.5)
    light = view.cover(light, (0.22, 0.27, 0.32), 0.24 * view.far)
    light = view.cover(light, _wet(light, 0.12 * view.unit), 0.5 * view.ground)
    distant = 0.6 * streaks(view.shape, 420, 0.035, 0.22, view.seed)
    falling = np.maximum(distant, streaks(view.shape, 70, 0.10, 0.22, view.seed + 1))
    return view.cover(light, (0.62, 0.70, 0.78), 0.30 * falling)


def storm(view: View) -> Pixels:
    """Heavy dark clouds, hard light, a gloomy green-grey world."""
    detail = (view.light - blur(view.light, 0.02 * view.unit)).clip(-0.05, 0.05)
    clouds = smoothstep(-0.8, 0.9, view.noise(2.5, layer=1, stretch=2) + 0.35 * view.noise(11, layer=2, stretch=2))
    heavy = mix((0.012, 0.012, 0.012), (0.16, 0.19, 0.20), clouds)
    light = view.cover(STORM(view.light + 0.8 * detail), heavy, 0.92 * view.sky)
    return view.cover(light, (0.0, 0.0, 0.0), 0.55 * smoothstep(0.4, 1.0, view.height) * (1 - clouds))


def snow(view: View) -> Pixels:
    """Snow on whatever faces up, a white sky, and falling flakes."""
    light = SNOW(view.light)
    light = view.paint_sky(light, (0.50, 0.56, 0.64), (0.74, 0.79, 0.85), keep=0.3)
    light = view.cover(light, tint(0.66 + 0.28 * view.luma, (0.95, 1.0, 1.08)), _snow_cover(view))
    light = view.cover(light, (0.72, 0.77, 0.83), 0.35 * view.far)
    flakes = dots(view.shape, 220, (0.0016, 0.0085), view.seed)
    return view.cover(light, (1.0, 1.0, 1.0), 0.85 * flakes)


def frost(view: View) -> Pixels:
    """Icy blue light; rime on every edge and bright texture."""
    light = FROST(view.light)
    light = view.paint_sky(light, (0.30, 0.52, 0.72), (0.62, 0.82, 0.92), keep=0.6)
    edges = smoothstep(0, 0.16, np.abs(view.luma - blur(view.luma, 0.012 * view.unit)))
    rime = np.clip(0.22 + 0.9 * edges * (1 + 0.4 * view.noise(12, layer=1)), 0, 1) * (1 - view.sky)
    return view.cover(light, (0.66, 0.90, 1.05), 0.65 * rime)


def autumn(view: View) -> Pixels:
    """Leaves turned yellow, orange and red-brown; warm light; leaves on the ground and a few in the air."""
    light, grey = AUTUMN(view.light), luminance(view.light)[..., None]
    leaf = mix((1.9, 0.95, 0.10), (1.9, 0.42, 0.08), smoothstep(-0.8, 0.8, view.noise(14, layer=1, stretch=1.5)))
    light = view.cover(light, 1.15 * leaf * grey, 0.92 * view.leafy)
    litter = view.ground * smoothstep(0, 0.6, view.noise(24, layer=2, octaves=3))
    light = view.cover(light, leaf * (0.05 + 0.5 * grey), 0.45 * litter)
    return view.cover(light, 0.42 * leaf, 0.95 * leaves(view.shape, 40, 0.014, view.seed))


def spring(view: View) -> Pixels:
    """Fresh green, gentle light, pink blossom on trees and in the air."""
    light = SPRING(view.light)
    light = view.paint_sky(light, (0.25, 0.50, 0.88), (0.72, 0.86, 0.98), keep=0.7, amount=0.7)
    grass = 0.85 * view.leafy + 0.15 * view.ground * smoothstep(0.2, 0.5, view.luma)
    light = view.cover(light, tint(luminance(light), (1.0, 1.56, 0.40)), 0.6 * grass)
    blossom = view.leafy * smoothstep(0, 0.5, view.noise(12, layer=1)) * smoothstep(0.2, 0.4, view.height)
    light = view.cover(light, tint(luminance(light), (2.75, 1.25, 1.75)), 0.9 * blossom)
    return view.cover(light, (1.0, 0.55, 0.68), 0.9 * leaves(view.shape, 45, 0.009, view.seed))


def _snow_cover(view: View) -> Mask:
    """Where snow lies: on the ground, on plants, and on edges that face up (bright above dark)."""
    fine = blur(view.luma, 0.003 * view.unit)
    local = view.luma - blur(view.luma, 0.03 * view.unit)
    beneath = np.roll(fine, -max(1, round(0.006 * view.unit)), axis=0)
    ledge = smoothstep(0.05, 0.25, fine - beneath) * smoothstep(-0.1, 0.05, local) * (1 - view.sky)
    patches = smoothstep(-1.5, 0.2, view.noise(9, layer=1) + 1.5 * (fine - 0.35))
    lying = np.maximum(view.ground, 0.85 * view.leafy) * smoothstep(-0.16, 0.10, local) * patches
    return np.asarray(np.maximum(0.95 * lying, 0.8 * ledge), np.float32)


def _lamps(view: View) -> Mask:
    """Small warm bright spots below the sky, and their glow."""
    warm = smoothstep(0.02, 0.2, view.light[..., 0] - view.light[..., 2])
    bright = smoothstep(0.8, 1.0, view.luma) * warm * (1 - view.sky)
    lamps = bright * smoothstep(0.25, 0, blur(bright, 0.08 * view.unit))
    return lamps + 2 * blur(lamps, 0.02 * view.unit)


def _sun(view: View) -> Mask:
    """The round glow of a sun in the middle of the picture, 1 at its centre."""
    rows, columns = view.shape
    across = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / np.float32(view.unit)
    up = (view.height - np.float32(0.5)) * np.float32(rows / view.unit)
    return np.asarray(np.exp(-(across**2 + up**2) / (2 * 0.35**2)), np.float32)


def _wet(light: Pixels, reach: float) -> Pixels:
    """A wet surface mirrors what stands above it: the picture smeared ``reach`` pixels downwards, brightened."""
    import cv2

    size = 2 * max(1, round(reach)) + 1
    smeared = cv2.blur(light, (1, size), anchor=(0, size - 1), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(0.55 * light + 0.75 * smeared, np.float32)
