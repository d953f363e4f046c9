"""What a cutout is: an object with an exact outline that can be rendered at any size, in the colours that it allows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from omniedit.data.colours import COLOURS
from omniedit.errors import InputError
from omniedit.types import Mask

_USUAL: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Sprite:
    """A rendered cutout, cropped to its outline. The arrays are shared between callers and read-only."""

    rgba: NDArray[np.uint8]
    """Pixels, ``uint8 [h, w, 4]``, sRGB with straight (not premultiplied) alpha; the longer side is as asked for."""
    parts: Mapping[str, Mask]
    """Part -> its mask, ``float32 [h, w]`` in 0..1, already multiplied by alpha."""


@dataclass(frozen=True, eq=False)
class Cutout(ABC):
    """An object that can be rendered at any size, and its parts in any colours."""

    name: str
    """What people call it, for example ``"car"``."""
    category: str
    """What kind of thing it is, for example ``"vehicle"``."""
    synonyms: tuple[str, ...]
    """Other names."""
    rests: Literal["floor", "air"]
    """Whether it stands on the floor or hangs in the air."""
    parts: Mapping[str, str]
    """Recolourable part -> colour word it has unless told otherwise, the main part first; none for a picture."""

    def colours(self, main: str = "") -> tuple[tuple[str, str], ...]:
        """Each part with its usual colour word, the main one with ``main`` if that is given.

        Raises:
            InputError: A colour is given, but it has no part that could take it.
        """
        parts = list(self.parts.items())
        if main and not parts:
            raise InputError(f"{self.name} cannot be made {main}: it is a picture, without parts to recolour")
        return ((parts[0][0], main), *parts[1:]) if main else tuple(parts)

    def render(self, side: int, colours: Mapping[str, str] = _USUAL) -> Sprite:
        """Render it, cropped to its outline, with the longer side ``side`` pixels long. Repeats are free.

        Args:
            side: Longer side in pixels, at least 1.
            colours: Part -> colour word; parts left out keep their default.

        Raises:
            InputError: ``side`` is below 1, or a part or colour word is unknown.
        """
        if side < 1:
            raise InputError(f"{self.name}: cannot render at {side} pixels; the side must be at least 1")
        for part, word in colours.items():
            if part not in self.parts:
                raise InputError(f"{self.name} has no part {part!r}; it has {', '.join(self.parts) or 'none'}")
            if word not in COLOURS:
                raise InputError(f"{self.name}: unknown colour {word!r}; known are {', '.join(COLOURS)}")
        changed = {part: word for part, word in colours.items() if word != self.parts[part]}
        return _rendered(self, side, tuple(sorted(changed.items())))

    @abstractmethod
    def draw(self, side: int, colours: Mapping[str, str]) -> Sprite:
        """Make the sprite; ``colours`` has only the parts that differ from their default."""


@lru_cache(maxsize=512)
def _rendered(cutout: Cutout, side: int, colours: tuple[tuple[str, str], ...]) -> Sprite:
    sprite = cutout.draw(side, dict(colours))
    sprite.rgba.setflags(write=False)
    for mask in sprite.parts.values():
        mask.setflags(write=False)
    return sprite


def bounds(solid: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (exclusive) of what is true."""
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def fit(width: float, height: float, side: int) -> tuple[int, int]:
    """Width and height in pixels, of the same ratio, with the longer one ``side``."""
    scale = side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))
