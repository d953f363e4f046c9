"""Colour grades: how an environment's light differs from plain daylight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from omniedit.data.tools.filters import Colour, Pixels, Values
from omniedit.data.tools.light import luminance

_GREY = 0.18  # photographic middle grey: contrast turns around it


@dataclass(frozen=True)
class Grade:
    """A global change of light, applied in linear light."""

    exposure: float = 0.0
    """Stops; -1 halves the light."""
    tint: Colour = (1.0, 1.0, 1.0)
    """Colour of the light, as factors."""
    saturation: float = 1.0
    """0 is grey, 1 leaves colours as they are."""
    contrast: float = 1.0
    """Exponent around middle grey."""
    shadows: Colour = (0.0, 0.0, 0.0)
    """Light added where it is dark: the colour of the shadows."""

    def __call__(self, light: Values) -> Pixels:
        """The light ``float32 [H, W, 3]`` under this grade."""
        grey = luminance(light)[..., None]
        coloured = np.maximum(grey + self.saturation * (light - grey), 0)
        if self.contrast != 1:
            coloured = _GREY * (coloured / _GREY) ** np.float32(self.contrast)
        lit = coloured * np.asarray(self.tint, np.float32) * np.float32(2**self.exposure)
        return np.asarray(lit + np.exp(-grey / 0.08) * np.asarray(self.shadows, np.float32), np.float32)
