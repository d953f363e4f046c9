"""What an environment effect may know of a picture: its light and foreground; guesses of sky, distance, ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from omniedit.colour import to_oklab
from omniedit.data.tools import filters
from omniedit.data.tools.filters import Colour, Pixels, Values, blur, follow_edges, mix, smoothstep
from omniedit.data.tools.light import luminance, to_light
from omniedit.data.tools.noise import fractal
from omniedit.types import Image, Mask


@dataclass(frozen=True, eq=False)
class View:
    """A picture, seen by the weather.

    The guesses use nothing but the picture: what is smooth, bright and reaches down from the top edge is sky; what
    is high in the picture is far; what is low is ground.
    """

    image: Image
    """The picture, ``uint8 [H, W, 3]``."""
    foreground: Mask
    """Where surfaces and air must stay as they are, ``[H, W]``."""
    seed: int
    """Seed of the particles and textures."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.image.shape[0], self.image.shape[1]

    @cached_property
    def light(self) -> Pixels:
        """The picture in linear light."""
        return to_light(self.image)

    @cached_property
    def luma(self) -> Mask:
        """Perceived brightness 0..1 (square root of the luminance)."""
        return np.sqrt(luminance(self.light))

    @cached_property
    def unit(self) -> float:
        """Square root of the area in pixels."""
        return filters.unit(self.image)

    @cached_property
    def height(self) -> Mask:
        """Height in the picture: 1 at the top edge, 0 at the bottom, ``[H, W]``."""
        rows, columns = self.shape
        column = 1 - (np.arange(rows, dtype=np.float32) + 0.5) / rows
        return np.repeat(column[:, None], columns, axis=1)

    @cached_property
    def sky(self) -> Mask:
        """How likely a pixel is sky, 0..1: near sure sky, and of its colour.

        Sure sky is found on a blurred picture; the comparison with its colour, pixel by pixel, gives sharp edges.
        """
        codes = np.sqrt(self.light)
        sky = np.zeros_like(self.luma)
        for reach in (0.015 * self.unit, 0.05 * self.unit):  # the near one tells clouds from the blue beside them
            nearby = blur(self._sure_sky, reach)
            colour = blur(codes * self._sure_sky[..., None], reach) / (nearby[..., None] + 1e-3)
            off = codes - colour
            distance = np.sqrt((np.where(off > 0, 0.55, 1) * off**2).sum(axis=-1))  # clouds are brighter than the blue
            sky = np.maximum(sky, smoothstep(0.03, 0.15, nearby) * smoothstep(0.26, 0.10, distance))
        closed = np.maximum(sky, follow_edges(sky, self.luma, 0.008 * self.unit, 0.001))  # fills specks in clouds
        return closed * smoothstep(0.30, 0.55, self.height)

    @cached_property
    def _sure_sky(self) -> Mask:
        """Sky beyond doubt: bright or blue, smooth, and reaching down from the top edge without a break."""
        light = blur(self.light, 0.010 * self.unit)
        luma = np.sqrt(luminance(light))
        roughness = np.sqrt(blur((self.luma - luma) ** 2, 0.014 * self.unit))
        blueness = light[..., 2] - light[..., 0]
        like = smoothstep(0.35, 0.62, luma + np.where(blueness > 0, 0.9, 0.7) * blueness)
        like *= smoothstep(0.09, 0.03, roughness)
        above = np.cumsum(luma, axis=0) / np.arange(1, len(luma) + 1, dtype=np.float32)[:, None]
        like *= smoothstep(-0.18, -0.08, luma - above)  # the sky brightens towards the horizon, hazy hills do not
        return np.minimum.accumulate(like, axis=0)

    @cached_property
    def leafy(self) -> Mask:
        """How much a pixel looks like a green plant, 0..1: its hue and chroma in OKLab."""
        lab = to_oklab(self.image)
        hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
        green = smoothstep(92, 108, hue) * smoothstep(175, 155, hue)
        return green * smoothstep(0.015, 0.045, np.hypot(lab[..., 1], lab[..., 2]))

    @cached_property
    def far(self) -> Mask:
        """A guess of distance: 0 at our feet, 1 at the horizon and in the sky."""
        rough = np.maximum(smoothstep(0.05, 0.75, self.height), self.sky)
        return follow_edges(rough, self.luma, 0.06 * self.unit, 0.02)

    @cached_property
    def ground(self) -> Mask:
        """How likely a pixel is ground or another surface that faces up, 0..1."""
        return smoothstep(0.62, 0.3, self.height) * (1 - self.sky)

    def noise(self, cells: float, *, octaves: int = 4, layer: int = 0, stretch: float = 1.0) -> Mask:
        """Fractal noise over the picture, about -1..1; another ``layer``, another pattern."""
        rows, columns = self.shape
        return fractal(columns, rows, cells, octaves=octaves, seed=self.seed + 7919 * layer, stretch=stretch)

    def cover(self, light: Values, surface: Values | Colour, amount: Values) -> Pixels:
        """Put a surface or the air in front of the light by ``amount``, but never on the foreground."""
        return mix(light, surface, amount * (1 - self.foreground))

    def paint_sky(
        self, light: Pixels, top: Colour, horizon: Colour, *, keep: float = 0.5, amount: float = 1.0
    ) -> Pixels:
        """Give the sky a gradient of colours; ``keep`` is how much of its clouds stays."""
        gradient = mix(top, horizon, smoothstep(0.95, 0.35, self.height))
        mean = float((self.luma * self.sky).sum() / max(float(self.sky.sum()), 1e-3))
        clouds = np.clip(self.luma / max(mean, 0.2), 0.4, 1.8) ** (2 * keep)
        return self.cover(light, gradient * clouds[..., None], self.sky * amount)

    def veil(self, light: Pixels, colour: Colour, near: float, far: float, swirl: Mask) -> Pixels:
        """Hang air before the light: optical depth ``near`` at our feet and ``far`` more at the horizon.

        Source: Koschmieder's law, light = scene * t + air * (1 - t) with t = exp(-depth). ``swirl`` makes it uneven.
        """
        depth = (near + far * self.far) * np.clip(1 + swirl, 0.4, 1.7)
        return self.cover(light, colour, 1 - np.exp(-depth))
