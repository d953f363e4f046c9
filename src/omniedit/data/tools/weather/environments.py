"""The environments: one small function each, light for everything, surfaces and air around the foreground only."""

from __future__ import annotations

import numpy as np

from omniedit.data.tools.light import Light, blur, luminance, mix, smoothstep
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
RAIN = Grade(exposure=-0.9, tint=(0.84, 0.97, 1.14), saturation=0.5, contrast=0.95, shadows=(0.003, 0.005, 0.007))
STORM = Grade(exposure=-1.5, tint=(0.86, 1.0, 0.98), saturation=0.55, contrast=1.4)
AUTUMN = Grade(exposure=-0.1, tint=(1.18, 0.98, 0.74), saturation=1.05, contrast=1.05)
SANDSTORM = Grade(exposure=-0.2, tint=(1.30, 0.95, 0.60), saturation=0.6, contrast=0.8)


def night(view: View) -> Light:
    """Dark blue moonlight, a nearly black sky with a few stars, bright spots that glow."""
    light = NIGHT(view.light)
    light = view.paint_sky(light, (0.002, 0.004, 0.016), (0.010, 0.018, 0.050), keep=0.4)
    stars = dots(view.luma.shape, 110, (0.0011, 0.0026), view.seed)
    light = light + _glow(view, 0.8, (1.0, 0.75, 0.4), 0.35)
    return view.cover(light, (0.75, 0.8, 0.9), stars * view.sky * smoothstep(0.4, 0.8, view.height))


def sunset(view: View) -> Light:
    """Low red sun: orange horizon, purple top, warm light and violet shadows."""
    light = SUNSET(view.light)
    light = view.paint_sky(light, (0.16, 0.07, 0.20), (1.10, 0.36, 0.07), keep=0.6)
    sun = _disc_of_light(view, 0.5, 0.5, 0.35)
    return view.cover(light, (1.15, 0.50, 0.14), 0.35 * sun * view.far)


def sunrise(view: View) -> Light:
    """Soft pink morning with a low mist and a pale blue sky above."""
    light = SUNRISE(view.light)
    light = view.paint_sky(light, (0.38, 0.46, 0.72), (1.0, 0.62, 0.55), keep=0.5)
    mist = smoothstep(0.1, 0.5, view.height) * smoothstep(0.9, 0.5, view.height)
    return view.cover(light, (1.0, 0.72, 0.68), 0.42 * mist)


def sunny(view: View) -> Light:
    """Bright noon under a deep blue sky."""
    light = SUNNY(view.light)
    return view.paint_sky(light, (0.06, 0.22, 0.70), (0.40, 0.65, 0.95), keep=0.8, amount=0.85)


def spring(view: View) -> Light:
    """Fresh green, gentle light, pink blossom on bright twigs and in the air."""
    light = SPRING(view.light)
    light = view.paint_sky(light, (0.25, 0.50, 0.88), (0.72, 0.86, 0.98), keep=0.7, amount=0.7)
    grass = 0.85 * view.leafy + 0.15 * view.ground * smoothstep(0.2, 0.5, view.luma)
    fresh = luminance(light)[..., None] * np.array([0.80, 1.25, 0.32], np.float32) * 1.25
    light = view.cover(light, fresh, 0.6 * grass)
    blossom = view.leafy * smoothstep(0.0, 0.5, view.noise(12, layer=1)) * smoothstep(0.2, 0.4, view.height)
    light = view.cover(light, luminance(light)[..., None] * np.array([2.1, 0.95, 1.35], np.float32) * 1.3, 0.9 * blossom)
    petals = leaves(view.luma.shape, 45, 0.009, view.seed)
    return view.cover(light, (1.0, 0.55, 0.68), 0.9 * petals)


def fog(view: View) -> Light:
    """Pale grey air that swallows what is far."""
    light = FOG(view.light)
    banks = np.clip(1 + 0.3 * view.noise(3, layer=1, stretch=3), 0.5, 1.5)
    thickness = (0.28 + 1.6 * view.far) * banks
    return view.cover(light, (0.60, 0.63, 0.66), 1 - np.exp(-thickness))


def snow(view: View) -> Light:
    """Snow on whatever faces up, a white sky, and falling flakes."""
    light = SNOW(view.light)
    light = view.paint_sky(light, (0.50, 0.56, 0.64), (0.74, 0.79, 0.85), keep=0.3)
    white = (0.80 + 0.28 * (view.luma - 0.5))[..., None] * np.array([0.95, 1.0, 1.08], np.float32)
    light = view.cover(light, white, _snow_cover(view))
    light = view.cover(light, (0.72, 0.77, 0.83), 0.35 * view.far)
    flakes = dots(view.luma.shape, 220, (0.0016, 0.0085), view.seed)
    return view.cover(light, (1.0, 1.0, 1.0), 0.85 * flakes)


def frost(view: View) -> Light:
    """Icy blue light; rime on every edge and bright texture."""
    light = FROST(view.light)
    light = view.paint_sky(light, (0.30, 0.52, 0.72), (0.62, 0.82, 0.92), keep=0.6)
    edges = smoothstep(0.0, 0.16, np.abs(view.luma - blur(view.luma, 0.012 * view.unit)))
    rime = np.clip(0.22 + 0.9 * edges * (1 + 0.4 * view.noise(12, layer=1)), 0, 1) * (1 - view.sky)
    return view.cover(light, (0.66, 0.90, 1.05), 0.65 * rime)


def rain(view: View) -> Light:
    """Grey-blue dim light, wet shining ground, haze and thin streaks."""
    light = RAIN(view.light)
    light = view.paint_sky(light, (0.10, 0.13, 0.17), (0.28, 0.33, 0.38), keep=0.5)
    light = view.cover(light, (0.22, 0.27, 0.32), 0.33 * view.far)
    light = view.cover(light, _wet(light, view), 0.5 * view.ground)
    falling = 0.6 * streaks(view.luma.shape, 420, 0.035, 0.22, view.seed)
    falling = np.maximum(falling, streaks(view.luma.shape, 70, 0.10, 0.22, view.seed + 1))
    return view.cover(light, (0.62, 0.70, 0.78), 0.30 * falling)


def storm(view: View) -> Light:
    """Heavy dark clouds, hard light, a gloomy green-grey world."""
    light = STORM(view.light + 0.8 * (view.light - blur(view.light, 0.02 * view.unit)).clip(-0.05, 0.05))
    clouds = smoothstep(-0.7, 0.9, view.noise(2.5, octaves=5, layer=1, stretch=2))
    dark = mix(np.full_like(light, 0.012), (0.16, 0.19, 0.20), clouds)
    light = view.cover(light, dark, 0.92 * view.sky)
    shadow = 1 - 0.55 * smoothstep(0.4, 1.0, view.height) * (1 - clouds)
    return light * mix(np.ones_like(light), np.repeat(shadow[..., None], 3, 2), 1 - view.foreground)


def autumn(view: View) -> Light:
    """Leaves turned yellow, orange and red-brown; warm light; a few leaves in the air."""
    light = AUTUMN(view.light)
    turn = smoothstep(-0.8, 0.8, view.noise(14, layer=1, stretch=1.5))
    leaf = mix(np.broadcast_to(np.array([1.9, 0.95, 0.10], np.float32), light.shape), (1.9, 0.42, 0.08), turn)
    light = view.cover(light, leaf * luminance(view.light)[..., None] * 1.15, 0.92 * view.leafy)
    litter = view.ground * smoothstep(0.0, 0.6, view.noise(24, layer=2, octaves=3)) * 0.45
    light = view.cover(light, leaf * (0.05 + 0.5 * luminance(view.light))[..., None], litter)
    falling = leaves(view.luma.shape, 40, 0.014, view.seed)
    return view.cover(light, leaf * 0.42, 0.95 * falling)


def sandstorm(view: View) -> Light:
    """Ochre dust in the air, thicker with distance."""
    light = SANDSTORM(view.light)
    gusts = np.clip(1 + 0.45 * view.noise(3, layer=1, stretch=4), 0.4, 1.7)
    thickness = (0.25 + 1.45 * view.far) * gusts
    return view.cover(light, (0.62, 0.36, 0.13), 1 - np.exp(-thickness))


def _snow_cover(view: View) -> Mask:
    """Where snow lies: on the ground, on plants, and on edges that face up (bright above dark)."""
    fine = blur(view.luma, 0.003 * view.unit)
    local = view.luma - blur(view.luma, 0.03 * view.unit)
    step = np.roll(fine, -max(1, round(0.006 * view.unit)), axis=0)
    ledge = smoothstep(0.05, 0.25, fine - step) * smoothstep(-0.1, 0.05, local) * (1 - view.sky)
    patches = smoothstep(-1.5, 0.2, view.noise(9, layer=1) + 1.5 * (fine - 0.35))
    lying = np.maximum(view.ground, 0.85 * view.leafy) * smoothstep(-0.16, 0.10, local) * patches
    return np.maximum(0.95 * lying, 0.8 * ledge)


def _glow(view: View, level: float, colour: tuple[float, float, float], amount: float) -> Light:
    """Light that bright spots below the sky throw around themselves."""
    warm = smoothstep(0.02, 0.2, view.light[..., 0] - view.light[..., 2])
    bright = smoothstep(level, 1.0, view.luma) * warm * (1 - view.sky)
    lamps = bright * smoothstep(0.25, 0.0, blur(bright, 0.08 * view.unit))
    return np.asarray((lamps + 2 * blur(lamps, 0.02 * view.unit))[..., None] * np.float32(amount) * colour, np.float32)


def _disc_of_light(view: View, x: float, height: float, size: float) -> Mask:
    """A round glow, 1 at its centre, given in fractions of the picture."""
    rows, columns = view.luma.shape
    across = (np.arange(columns, dtype=np.float32)[None] + 0.5) / view.unit - x * columns / view.unit
    up = (view.height - height) * rows / view.unit
    return np.exp(-(across**2 + up**2) / (2 * size**2))


def _wet(light: Light, view: View) -> Light:
    """A wet surface mirrors what stands above it: the picture smeared downwards, brightened."""
    import cv2

    reach = max(1, round(0.12 * view.unit))
    smeared = cv2.blur(light, (1, 2 * reach + 1), anchor=(0, 2 * reach), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(0.55 * light + 0.75 * smeared, np.float32)
