"""Drift: how much an answer changed where nothing was asked for, and by how many pixels it moved.

Of local edits only. Where the edit may be is known of a composed scene (its ideal) and where the suite says so (a
mask); for the shift alone, it may be estimated from the two pictures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from omniedit.bench.item import Item
from omniedit.types import Ideal, Image, Mask, Task

Bools = NDArray[np.bool_]

DIGITS = 3
"""Decimals of a shift in pixels: more than its estimate is good for."""


def allowed(item: Item) -> Bools | None:
    """Where the edit may change pixels, ``bool [height, width]``; None where that is not known, or not local."""
    if not item.proposal.task.local:
        return None
    if item.ideal is not None:
        return _may_change(item.ideal, item.proposal.task)
    return None if item.mask is None else item.mask > 0


def outside(item: Item, result: Image) -> float | None:
    """Mean absolute difference of ``result`` from the photo outside the edit, 0..255; None where none is known."""
    area = allowed(item)
    if area is None or area.all():
        return None
    difference = np.abs(item.photo.image[~area].astype(np.int16) - result[~area])
    return float(difference.mean())


def shift(item: Item, result: Image) -> float | None:
    """By how many pixels ``result`` lies beside the photo outside a local edit; None where that cannot be told."""
    from omniedit.edit.fidelity import change_mask, shift_px

    if not item.proposal.task.local:
        return None
    known = allowed(item)
    area: Mask = change_mask(item.photo.image, result) if known is None else known.astype(np.float32)
    if area.all():
        return None
    moved = shift_px(item.photo.image, result, area)
    return None if moved is None else round(moved, DIGITS)


def _may_change(ideal: Ideal, task: Task) -> Bools:
    """The ideal's mask, and for an addition wherever its object may stand."""
    area = ideal.mask > 0
    if task is Task.ADDITION and ideal.sprite is not None:
        height, width = area.shape
        reach_y, reach_x = (side * max(ideal.scales) / 2 for side in ideal.sprite.shape[:2])
        left, top, right, bottom = ideal.region
        rows = slice(max(0, int(top * height - reach_y)), int(bottom * height + reach_y) + 1)
        columns = slice(max(0, int(left * width - reach_x)), int(right * width + reach_x) + 1)
        area[rows, columns] = True
    return area
