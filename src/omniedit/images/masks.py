"""Masks that users give: where an edit may act."""

from __future__ import annotations

import os

import numpy as np

from omniedit.errors import ImageError
from omniedit.images.picture import LIMITS, Limits, Picture
from omniedit.images.reading import open_picture
from omniedit.images.values import to_unit
from omniedit.types import Mask

_MAX_TINT = 24
"""Largest difference between the channels of a "grey" pixel: what JPEG compression makes of black and white."""


def open_mask(path: str | os.PathLike[str], size: tuple[int, int], *, limits: Limits = LIMITS) -> Mask:
    """The mask in a file, for a picture of ``size`` = ``(width, height)``. See ``mask_from`` for what it may look like.

    Raises:
        ImageError: If the file cannot be opened, has another size, or is in colour.
    """
    return mask_from(open_picture(path, limits=limits), size)


def mask_from(picture: Picture, size: tuple[int, int]) -> Mask:
    """Read ``picture`` as a mask, ``float32 [height, width]``, 1 = edit.

    Two kinds are understood:

    * without transparency: white = edit, black = keep, greys between them soft;
    * with transparency anywhere: transparent = edit, opaque = keep, whatever the colours: OpenAI's convention, where
      a mask is the photo itself with a hole.

    Raises:
        ImageError: If it has another size than ``size``, or is opaque and in colour, as a photo given by mistake is.
    """
    if picture.size != size:
        raise ImageError(
            f"{picture.name}: the mask is {picture.size[0]}×{picture.size[1]} pixels but its picture is "
            f"{size[0]}×{size[1]}; give a mask of the picture's own size"
        )
    if picture.alpha is not None and picture.alpha.min() < 255:
        return 1 - to_unit(picture.alpha)
    if np.ptp(picture.image, axis=-1).max() > _MAX_TINT:
        raise ImageError(
            f"{picture.name}: a mask is black, grey and white (white = edit) or transparent (transparent = edit), "
            "but this picture is opaque and in colour"
        )
    return to_unit(picture.image[..., 1])
