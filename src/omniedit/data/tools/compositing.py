"""Putting pictures together: paste a sprite, blend two pictures, match a sprite's light, find an object's box."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniedit.colour import from_oklab, to_oklab
from omniedit.errors import DataError
from omniedit.types import Image, Mask

Rgba = NDArray[np.uint8]
Box = tuple[int, int, int]
"""A square: ``(left, top, side)`` in pixels."""

_VISIBLE = 0.1
_OPAQUE = 0.98
_USUAL_LIGHTNESS = 0.6


def blend(a: Image, b: Image, mask: Mask) -> Image:
    """Mix two pictures of one size: exactly ``a`` where ``mask`` is 0, exactly ``b`` where it is 1."""
    weight = mask[..., None]
    mixed: Image = np.rint(a + (b.astype(np.float32) - a) * weight).astype(np.uint8)
    return mixed


def paste(image: Image, rgba: Rgba, left: int, top: int) -> Image:
    """Lay a sprite over a picture; what reaches beyond the picture's edge is cut off.

    Args:
        image: ``uint8 [H, W, 3]``; not changed.
        rgba: ``uint8 [h, w, 4]``, not premultiplied.
        left: Column of the sprite's left edge, may be negative.
        top: Row of its top edge, may be negative.

    Returns:
        A new picture: the sprite's own pixels where its alpha is 255, the picture's own where alpha is 0.
    """
    result = image.copy()
    window, part = _overlap(image, rgba, left, top)
    result[window] = blend(image[window], part[..., :3], _alpha(part))
    return result


def footprint(image: Image, rgba: Rgba, left: int, top: int) -> Mask:
    """Return the sprite's alpha on the picture's grid, ``float32 [H, W]`` 0..1: where :func:`paste` changes it."""
    mask = np.zeros(image.shape[:2], np.float32)
    window, part = _overlap(image, rgba, left, top)
    mask[window] = _alpha(part)
    return mask


def harmonise(rgba: Rgba, image: Image, box: Box, *, strength: float = 0.15) -> Rgba:
    """Match a sprite's lightness and warmth to its surroundings, gently.

    The surroundings are the picture within half a side around ``box``. Lightness is scaled towards theirs, compared
    with an ordinary photograph's; their cast of colour is added in proportion.

    Args:
        rgba: The sprite, ``uint8 [h, w, 4]``.
        image: The picture that it will stand in, ``uint8 [H, W, 3]``.
        box: Where it will stand.
        strength: 0 leaves the sprite as it is, 1 takes on the surroundings' light in full.

    Returns:
        A new sprite with the same alpha.
    """
    lightness, green_red, blue_yellow = to_oklab(_surroundings(image, box)).reshape(-1, 3).mean(axis=0)
    lab = to_oklab(rgba[..., :3])
    lab[..., 0] *= 1 + strength * (lightness - _USUAL_LIGHTNESS)
    lab[..., 1:] += strength * np.array([green_red, blue_yellow], np.float32)
    return np.dstack([from_oklab(lab), rgba[..., 3]])


def square_box(mask: Mask) -> Box:
    """Find the square that an object stands in: on the mask's bottom edge, centred on it, as long as its longer side.

    Raises:
        DataError: The mask is empty.
    """
    left, top, right, bottom = bounds(mask)
    side = max(right - left, bottom - top)
    return (left + right - side + 1) // 2, bottom - side, side


def bounds(mask: Mask) -> tuple[int, int, int, int]:
    """Return the mask's bounding box ``(left, top, right, bottom)``, right and bottom exclusive.

    Raises:
        DataError: The mask is empty.
    """
    seen = mask > _VISIBLE
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not rows.size:
        raise DataError("the mask is empty: there is no object to find a box for")
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def extend(image: Image, mask: Mask) -> Image:
    """Carry the colours of a thing's inside over its soft rim and beyond.

    A rim pixel is a mixture of the thing and of what was behind it; over another background that mixture would show
    as a halo. Each pixel that is not all thing takes the colour of the nearest one that is.

    Args:
        image: ``uint8 [H, W, 3]``; not changed.
        mask: The thing, ``float32 [H, W]`` 0..1.

    Returns:
        A new picture, bit-identical where ``mask`` is 1.
    """
    import cv2

    inside = mask > _OPAQUE
    if not inside.any():
        return image.copy()
    _, nearest = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    colours[nearest[inside]] = image[inside]
    extended: Image = colours[nearest]
    return extended


def dilate(mask: Mask, radius: int) -> Mask:
    """Grow a mask by ``radius`` pixels in every direction; a negative radius shrinks it."""
    import cv2

    if radius == 0:
        return mask.copy()
    size = 2 * abs(radius) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    grown: Mask = cv2.dilate(mask, disc) if radius > 0 else cv2.erode(mask, disc)
    return grown


def _alpha(rgba: Rgba) -> Mask:
    """Return a sprite's alpha, ``float32 [h, w]`` 0..1."""
    return np.divide(rgba[..., 3], 255, dtype=np.float32)


def _overlap(image: Image, rgba: Rgba, left: int, top: int) -> tuple[tuple[slice, slice], Rgba]:
    """Return the window of the picture that the sprite covers, and the part of the sprite that lies in it."""
    height, width = image.shape[:2]
    x0, y0 = min(max(left, 0), width), min(max(top, 0), height)
    x1 = max(min(left + rgba.shape[1], width), x0)
    y1 = max(min(top + rgba.shape[0], height), y0)
    return (slice(y0, y1), slice(x0, x1)), rgba[max(y0 - top, 0) :, max(x0 - left, 0) :][: y1 - y0, : x1 - x0]


def _surroundings(image: Image, box: Box) -> Image:
    """Cut out the picture within half a side around the box; the whole picture if the box lies outside it."""
    left, top, side = box
    margin = side // 2
    cut = image[max(top - margin, 0) : top + side + margin, max(left - margin, 0) : left + side + margin]
    return cut if cut.size else image
