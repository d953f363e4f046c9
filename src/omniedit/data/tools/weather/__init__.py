"""Weather, season and time of day, rendered as image operations in linear light.

For example ``change_environment(image, "snow", foreground=mask)``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from omniedit.data.tools.filters import Pixels
from omniedit.data.tools.light import from_light
from omniedit.data.tools.weather import environments
from omniedit.data.tools.weather.view import View
from omniedit.errors import InputError, InstructionError
from omniedit.seeding import derive
from omniedit.types import Image, Mask

__all__ = ["ENVIRONMENTS", "change_environment"]

ENVIRONMENTS: dict[str, Callable[[View], Pixels]] = {
    "night": environments.night,
    "sunset": environments.sunset,
    "sunrise": environments.sunrise,
    "sunny": environments.sunny,
    "fog": environments.fog,
    "rain": environments.rain,
    "storm": environments.storm,
    "snow": environments.snow,
    "frost": environments.frost,
    "autumn": environments.autumn,
    "spring": environments.spring,
    "sandstorm": environments.sandstorm,
}
"""Name -> effect: the picture's light after the change."""


def change_environment(
    image: Image,
    name: str,
    *,
    foreground: Mask | None = None,
    strength: float = 1.0,
    rng: np.random.Generator | None = None,
) -> Image:
    """Show the picture in another environment.

    Light acts on everything. What lies on surfaces or hangs in the air (snow, leaves, haze, flakes) stays off the
    foreground: the foreground lock of the paper's environment specialist (arXiv 2411.07199, appendix A.1.5).

    Args:
        image: ``uint8 [H, W, 3]``.
        name: A key of :data:`ENVIRONMENTS`.
        foreground: What must stay itself, ``float32 [H, W]`` 0..1; none locks nothing.
        strength: 0 leaves the picture exactly as it is, 1 is the full effect.
        rng: Where the particles and textures fall; None gives the canonical ones.

    Returns:
        A picture of the same shape.

    Raises:
        InstructionError: The name is not known.
        InputError: The strength is not within 0..1.
    """
    if name not in ENVIRONMENTS:
        raise InstructionError(f"unknown environment {name!r}; known are: {', '.join(ENVIRONMENTS)}")
    if not 0 <= strength <= 1:
        raise InputError(f"strength of an environment must lie within 0..1, not {strength}")
    locked = np.zeros(image.shape[:2], np.float32) if foreground is None else foreground
    seed = derive(0, "weather", name) if rng is None else int(rng.integers(2**62))
    changed = from_light(ENVIRONMENTS[name](View(image, locked, seed % 2**31)))
    return np.round(image + np.float32(strength) * (changed - image.astype(np.float32))).astype(np.uint8)
