"""Inpainting without a model: a hole is filled from the rest of the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit import seeding
from omniedit.data.tools.exemplar import Region, synthesise
from omniedit.errors import DataError
from omniedit.types import Image, Mask

_SMOOTH_SIDE = 256
"""Longer side, in pixels, at which the smooth filling works: it has no detail that a larger one would show."""
_SMOOTH_REACH = 0.03
"""How far it looks around, as a share of the picture."""


def fill(image: Image, mask: Mask, *, method: str = "exemplar", rng: np.random.Generator | None = None) -> Image:
    """Fill a hole.

    Args:
        image: ``uint8 [H, W, 3]``; not changed.
        mask: ``float32 [H, W]`` 0..1. All of it above 0 is filled anew, its soft rim too: that still shows the object.
        method: A key of ``METHODS``: "exemplar" continues texture; "opencv" is smoother and fast at any size.
        rng: For the search and the grain; None takes a fixed stream.

    Returns:
        A new picture, bit-identical where ``mask`` is 0. An empty mask gives the same picture.

    Raises:
        DataError: The mask covers everything, so that there is nothing to fill from; or no such method.
    """
    if method not in METHODS:
        raise DataError(f"no way of filling is called {method!r}; choose one of {', '.join(METHODS)}")
    hole = mask > 0
    if hole.all():
        raise DataError("the mask covers the whole picture: there is nothing left to fill it from")
    if not hole.any():
        return image.copy()
    return METHODS[method](image, hole, seeding.stream(0, "fill") if rng is None else rng)


def smooth(image: Image, hole: Region, rng: np.random.Generator) -> Image:
    """Continue the surroundings smoothly (Telea, "An Image Inpainting Technique", 2004), with their grain."""
    import cv2

    height, width = hole.shape
    scale = min(1.0, _SMOOTH_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    gap = share > share.min()
    reach = max(3, round(_SMOOTH_REACH * float(np.sqrt(gap.size))))
    filled = cv2.resize(cv2.inpaint(small, gap.astype(np.uint8), reach, cv2.INPAINT_TELEA), (width, height))
    grain = rng.standard_normal((int(hole.sum()), 3)) * _grain(image, ~hole)
    result = image.copy()
    result[hole] = np.rint(np.clip(filled[hole] + grain, 0, 255)).astype(np.uint8)
    return result


def _grain(image: Image, known: Region) -> NDArray[np.float32]:
    """Return the standard deviation of each channel's finest detail, robustly: edges of things are no grain."""
    import cv2

    detail = np.abs(image.astype(np.float32) - cv2.GaussianBlur(image, (3, 3), 0))[known]
    grain: NDArray[np.float32] = np.float32(1.4826) * np.median(detail, axis=0)
    return grain


METHODS: Mapping[str, Callable[[Image, Region, np.random.Generator], Image]] = {
    "exemplar": synthesise,
    "opencv": smooth,
}
"""Name -> way of filling: ``(image, hole, rng) -> image``, bit-identical outside the hole."""


@dataclass(frozen=True)
class ClassicalInpainter:
    """:func:`fill` as a specialist's tool. It cannot read: captions are not used."""

    method: str = "exemplar"

    def __call__(self, image: Image, mask: Mask, *, caption: str, rng: np.random.Generator) -> Image:
        """Fill where ``mask`` is above 0."""
        return fill(image, mask, method=self.method, rng=rng)
