"""The three masks of Emu Edit: tight, dilated and blurred, box. Each holds the one before it.

One candidate is made of each, and the best is kept (Sheynin et al., "Emu Edit", arXiv 2311.10089): no one shape suits
every object, since a tight mask leaves shadows and a box takes in what stands beside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from omniedit.data.tools.compositing import dilate
from omniedit.errors import RecipeError
from omniedit.types import Mask


def soften(mask: Mask, reach: int, sigma: float) -> Mask:
    """Grow a mask by ``reach`` pixels and blur its rim by ``sigma`` pixels, keeping all that it had.

    Args:
        mask: ``float32 [H, W]`` 0..1; not changed.
        reach: Pixels.
        sigma: Standard deviation of the Gaussian, in pixels; 0 leaves the rim hard.

    Returns:
        ``float32 [H, W]`` 0..1, at no pixel below ``mask``.
    """
    import cv2

    grown = dilate(mask, reach)
    if sigma > 0:
        grown = np.clip(cv2.GaussianBlur(grown, (0, 0), sigma), 0, 1)
    return np.maximum(grown, mask)


def boxed(mask: Mask) -> Mask:
    """Return the upright rectangle around all that is above 0, filled with 1; an empty mask stays empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = np.zeros_like(mask)
    if rows.size:
        box[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = 1
    return box


FORMS: Mapping[str, Callable[[Mask, int, float], Mask]] = {
    "tight": lambda mask, reach, sigma: mask,
    "dilated": soften,
    "box": lambda mask, reach, sigma: boxed(soften(mask, reach, sigma)),
}
"""Name -> shape of a mask: ``(mask, reach, sigma) -> mask``, lengths in pixels. Each holds the one before it."""


def shape(mask: Mask, names: Sequence[str], *, reach: float, blur: float) -> dict[str, Mask]:
    """Give a mask several shapes.

    Args:
        mask: The thing, ``float32 [H, W]`` 0..1.
        names: Keys of :data:`FORMS`.
        reach: How far "dilated" reaches beyond it, as a share of the picture's size, the square root of its area.
        blur: Standard deviation of its blur, likewise.

    Raises:
        RecipeError: There is no such form.
    """
    unknown = sorted(set(names) - set(FORMS))
    if unknown:
        raise RecipeError(f"no mask has the form {unknown[0]!r}; there are {', '.join(FORMS)}")
    size = float(np.sqrt(mask.size))
    return {name: FORMS[name](mask, round(reach * size), blur * size) for name in names}
