"""``Picture``, a decoded file; and ``Limits``, what a file may cost to decode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.types import Image

MAX_BYTES = 100_000_000
"""Largest file that is read."""
MAX_PIXELS = 100_000_000
"""Most pixels of a picture: a few kilobytes can claim billions."""
MAX_SIDE = 32_768
"""Longest side of a picture, in pixels."""


@dataclass(frozen=True)
class Limits:
    """What a file may cost, checked before it is decoded."""

    max_bytes: int = MAX_BYTES
    """Largest file, in bytes."""
    max_pixels: int = MAX_PIXELS
    """Largest width × height. Beyond 178 million, some formats also want ``PIL.Image.MAX_IMAGE_PIXELS`` raised."""
    max_side: int = MAX_SIDE
    """Longest side, in pixels."""


LIMITS = Limits()
"""The limits that hold where none are given."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it was opened, with what is kept aside for saving its edited version. Its arrays are read-only."""

    image: Image
    """The pixels, upright, sRGB: ``uint8 [height, width, 3]``."""
    alpha: NDArray[np.uint8] | None = None
    """Opacity ``uint8 [height, width]``, 255 = opaque, put back on saving; None where the file has no transparency."""
    icc: bytes | None = None
    """The file's own RGB profile, which a saved result is converted to; None means sRGB."""
    native: Image | None = None
    """The pixels in the file's own profile, ``uint8 [height, width, 3]``; None where they are ``image`` itself.

    Pixels that an edit left alone are saved from here, so that they stay the input's own, bit for bit, even those
    whose colour sRGB cannot hold.
    """
    format: str = ""
    """Format by content, for example ``"JPEG"``."""
    mode: str = ""
    """Pixel mode of the file, in Pillow's words, for example ``"CMYK"``."""
    name: str = ""
    """Path or name that it was opened by."""
    notes: tuple[str, ...] = ()
    """What was done to it that a user should know, each a sentence without its full stop."""

    @property
    def size(self) -> tuple[int, int]:
        """``(width, height)`` in pixels."""
        return self.image.shape[1], self.image.shape[0]
