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


def fill(
    image: Image,
    mask: Mask,
    *,
    avoid: Mask | None = None,
    method: str = "exemplar",
    rng: np.random.Generator | None = None,
) -> Image:
    """Fill a hole.

    Args:
        image: ``uint8 [H, W, 3]``; not changed.
        mask: ``float32 [H, W]`` 0..1. All of it above 0 is filled anew, its soft rim too: that still shows the object.
        avoid: Other things, ``float32 [H, W]``, that should not be continued into the hole.
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
    shunned = np.zeros_like(hole) if avoid is None or (hole | (avoid > 0)).all() else avoid > 0
    return METHODS[method](image, hole, shunned, seeding.stream(0, "fill") if rng is None else rng)


def smooth(image: Image, hole: Region, avoid: Region, rng: np.random.Generator) -> Image:
    """Continue the surroundings smoothly (Telea, "An Image Inpainting Technique", 2004), with their grain."""
    import cv2

    reach = max(3, round(0.03 * float(np.sqrt(hole.size))))
    filled = cv2.inpaint(image, (hole | avoid).astype(np.uint8), reach, cv2.INPAINT_TELEA).astype(np.float32)
    result = image.copy()
    grain = rng.standard_normal((int(hole.sum()), 3)) * _grain(image, ~(hole | avoid))
    result[hole] = np.rint(np.clip(filled[hole] + grain, 0, 255)).astype(np.uint8)
    return result


def _grain(image: Image, known: Region) -> NDArray[np.float32]:
    """Return the standard deviation of each channel's finest detail, robustly: edges of things are no grain."""
    import cv2

    detail = np.abs(image.astype(np.float32) - cv2.GaussianBlur(image, (3, 3), 0))[known]
    return np.float32(1.4826) * np.median(detail, axis=0)


METHODS: Mapping[str, Callable[[Image, Region, Region, np.random.Generator], Image]] = {
    "exemplar": synthesise,
    "opencv": smooth,
}
"""Name -> way of filling: ``(image, hole, avoid, rng) -> image``, bit-identical outside the hole."""


@dataclass(frozen=True)
class ClassicalInpainter:
    """:func:`fill` as a specialist's tool. It cannot read: captions are not used."""

    method: str = "exemplar"

    def __call__(
        self, image: Image, mask: Mask, *, avoid: Mask | None, caption: str, rng: np.random.Generator
    ) -> Image:
        """Fill where ``mask`` is above 0."""
        return fill(image, mask, avoid=avoid, method=self.method, rng=rng)
