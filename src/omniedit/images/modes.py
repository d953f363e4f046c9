"""From any of Pillow's pixel modes to upright 8-bit colours and, apart, their transparency."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ExifTags, ImageFile

Pillow: TypeAlias = PIL.Image.Image
Alpha: TypeAlias = NDArray[np.uint8]

_TURNS = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}
"""EXIF orientation -> how to turn the pixels upright."""


def upright(image: Pillow, notes: list[str]) -> Pillow:
    """``image`` turned as its EXIF says. A TIFF was turned by Pillow on loading, which took the tag out of its EXIF."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # the parser raises whatever a broken block leads it to
        notes.append("its EXIF data is broken, so that it may lie on its side")
        return image
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def is_deep(file: ImageFile.ImageFile) -> bool:
    """Whether the file has more than 8 bits a channel. Pillow forgets it on loading: ask before."""
    if file.mode[0] in "IF":
        return True
    arguments = file.tile[0].args if file.tile else ""
    raw_mode, *rest = arguments if isinstance(arguments, tuple) else (arguments,)
    if file.format == "PPM":  # (mode, largest value)
        return rest > [255]
    return ";16" in str(raw_mode) and file.format != "BMP"  # whose BGR;16 is 16 bits a pixel


def split(image: Pillow, notes: list[str]) -> tuple[Pillow, Alpha | None]:
    """Colours in mode L, RGB, CMYK or LAB, and opacity ``uint8 [height, width]`` where there is any transparency."""
    if image.mode[0] in "IF":
        return _from_deep(image, notes)
    if image.has_transparency_data:
        return _from_transparent(image)
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image, None
    return image.convert("L" if image.mode == "1" else "RGB"), None


def _from_transparent(image: Pillow) -> tuple[Pillow, Alpha]:
    key = image.info.get("transparency")
    if isinstance(key, tuple) and max(key) > 255:  # given in the file's 16 bits, but Pillow keeps the upper 8 of pixels
        image.info["transparency"] = tuple(value >> 8 for value in key)
    grey = image.mode in ("1", "L", "LA", "La")
    image = image.convert("LA" if grey else "RGBA")
    return image.convert("L" if grey else "RGB"), np.array(image.getchannel("A"))


def _from_deep(image: Pillow, notes: list[str]) -> tuple[Pillow, Alpha | None]:
    """Grey of 16 or 32 bits or floats: white is 65535, or 1.0 for floats, or the largest value where that is larger."""
    values = np.asarray(image).astype(np.float32)
    key = image.info.get("transparency")
    alpha = np.where(values == key, 0, 255).astype(np.uint8) if isinstance(key, int) else None
    if not np.isfinite(values).all():
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        notes.append("values that are not finite were made black")
    white = 1.0 if image.mode == "F" else 65535.0
    low, high = min(0.0, float(values.min())), max(white, float(values.max()))
    if (low, high) != (0.0, white):
        notes.append(f"values from {low:g} to {high:g} were mapped to black to white")
    scale = 255 / (high - low)
    return PIL.Image.fromarray(np.rint(values * scale - low * scale).astype(np.uint8)), alpha
