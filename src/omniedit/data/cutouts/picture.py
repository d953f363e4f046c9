"""Cutouts from pictures with transparency: they keep their own colours, since nothing says what their parts are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from omniedit.data.cutouts.cutout import Cutout, Sprite, bounds, fit
from omniedit.errors import DataError
from omniedit.images import open_picture

LARGEST = 1024
"""Longest side, in pixels, at which a picture is kept in memory: objects in scenes are smaller."""

_SOLID = 128
_WANTED = "a cutout is an RGBA picture whose alpha is the object's outline"


@dataclass(frozen=True, eq=False)
class PictureCutout(Cutout):
    """A cutout from a picture with alpha; it has no parts."""

    picture: NDArray[np.uint8]
    """The picture, ``uint8 [h, w, 4]``, sRGB with straight alpha, cropped to its outline."""

    def draw(self, side: int, colours: Mapping[str, str]) -> Sprite:
        """Resize the picture; ``colours`` is empty."""
        return Sprite(_resized(self.picture, side), {})


def read_picture(
    file: Path, name: str, synonyms: tuple[str, ...] = (), rests: Literal["floor", "air"] = "floor"
) -> PictureCutout:
    """Read one picture with alpha as a cutout called ``name``.

    Raises:
        ImageError: The file cannot be read as a picture.
        DataError: It has no transparency, or nothing in it is visible.
    """
    opened = open_picture(file)
    alpha = opened.alpha
    if alpha is None or (alpha >= _SOLID).all():
        raise DataError(f"{file} has no transparent background; {_WANTED}")
    if not (alpha >= _SOLID).any():
        raise DataError(f"{file} has nothing visible (its alpha is below {_SOLID} everywhere); {_WANTED}")
    left, top, right, bottom = bounds(alpha >= _SOLID)
    rgba = np.dstack([opened.image, alpha])[top:bottom, left:right]
    picture = _resized(rgba, LARGEST) if max(rgba.shape) > LARGEST else rgba
    return PictureCutout(name, "object", synonyms, rests, {}, picture)


def _resized(rgba: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """With the longer side ``side``; Pillow premultiplies on the way, so that hidden colours do not bleed in."""
    size = fit(rgba.shape[1], rgba.shape[0], side)
    return np.array(PIL.Image.fromarray(rgba).resize(size, PIL.Image.Resampling.LANCZOS))
