"""Whether before and after are exchanged: each check knows one kind of evidence, and is silent without it.

None can prove it: they are warnings. Only pairs that training would take are looked at; a reject may look like
anything.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from omniedit.colour import to_oklab
from omniedit.data.colours import COLOURS
from omniedit.data.lint.check import Check, RowCheck
from omniedit.data.lint.rows import PICTURES, Row
from omniedit.types import Image, Mask, Task

CLEARER = 0.03
"""By how much more (in OKLab) a region must stand out in the wrong picture."""
BUSIER = 1.4
"""How many times busier it must be there."""
NEARER = 0.05
"""By how much the picture before must be nearer to the colour that was asked for."""
CHANGED = 0.06
"""Distance in OKLab from which a pixel counts as recoloured."""
ENOUGH = 9
"""Pixels on which something can be told."""


def find_swapped_captions(row: Row) -> str:
    """Words that belong before stand after, and the reverse."""
    if not row.kept:
        return ""
    before, after = row.said("source_caption"), row.said("target_caption")
    if not before or not after or row.task is None:
        return ""
    thing, new = row.said("object"), row.said("target")
    wrong = []
    if thing and row.task in (Task.REMOVAL, Task.SWAP):
        wrong.append(_names(after, thing) and not _names(before, thing))
    if new and row.task is not Task.REMOVAL:
        wrong.append(_names(before, new) and not _names(after, new))
    return f"the caption before is {before!r}, after {after!r}" if wrong and all(wrong) else ""


def _names(caption: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(words)}", caption, re.IGNORECASE) is not None


def find_swapped_object(row: Row) -> str:
    """Removal: the region stands out more after than before. Addition: the reverse."""
    matched, mask = row.matched, row.mask
    if not row.kept or row.task not in (Task.REMOVAL, Task.ADDITION) or matched is None or mask is None:
        return ""
    without, with_it = matched[::-1] if row.task is Task.REMOVAL else matched
    seen = _standing_out(with_it, mask), _standing_out(without, mask)
    if seen[0] is None or seen[1] is None:
        return ""
    (contrast, busy), (wrong_contrast, wrong_busy) = seen[0], seen[1]
    if wrong_contrast < contrast + CLEARER or wrong_busy < BUSIER * busy:
        return ""
    which = "after" if row.task is Task.REMOVAL else "before"
    return f"something stands out in the mask {which} the {row.task}, and less so in the other picture"


def _standing_out(image: Image, mask: Mask) -> tuple[float, float] | None:
    """How far the region is from its surroundings in OKLab, and its mean gradient; None where it is too small."""
    import cv2

    lab = cv2.GaussianBlur(to_oklab(image), (0, 0), 0.7)
    region = (mask > 0.5).astype(np.uint8)
    inside = cv2.erode(region, np.ones((3, 3))) > 0
    around = (cv2.dilate(region, np.ones((7, 7))) > 0) & ~(cv2.dilate(region, np.ones((3, 3))) > 0)
    if min(inside.sum(), around.sum()) < ENOUGH:
        return None
    contrast = float(np.linalg.norm(lab[inside].mean(axis=0) - lab[around].mean(axis=0)))
    slope = cv2.Sobel(lab, -1, 1, 0) ** 2 + cv2.Sobel(lab, -1, 0, 1) ** 2
    return contrast, float(np.sqrt(slope.sum(axis=2))[region > 0].mean())


def find_swapped_colour(row: Row) -> str:
    """Attribute: what changed had the colour that was asked for before, and has it no more."""
    matched, wanted = row.matched, COLOURS.get(row.said("target"))
    if not row.kept or row.task is not Task.ATTRIBUTE or matched is None or wanted is None:
        return ""
    before, after = (to_oklab(image) for image in matched)
    changed = np.linalg.norm(before - after, axis=2) > CHANGED
    if row.mask is not None:
        changed &= row.mask > 0.5
    if changed.sum() < ENOUGH:
        return ""
    aim = to_oklab(np.array(wanted, np.uint8))
    away_before, away_after = (_away(lab, changed, aim) for lab in (before, after))
    if away_after < away_before + NEARER:
        return ""
    return f"what changed is {away_before:.2f} from {row.said('target')} before and {away_after:.2f} after"


def _away(lab: NDArray[np.float32], where: NDArray[np.bool_], aim: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(np.median(lab[where], axis=0) - aim))


CHECKS: dict[str, Check] = {
    "swapped-captions": RowCheck(
        severity="warning",
        about="the caption before describes what the edit is to make, and the one after does not",
        advice="Exchange the captions; and the pictures too if they agree with them.",
        find=find_swapped_captions,
        needs=("x_task", "x_proposal"),
        limits="Tells that words are exchanged, not whether the pictures are. Silent without captions and arguments, "
        "or where captions use other words for the same thing.",
    ),
    "swapped-object": RowCheck(
        severity="warning",
        about="a removal seems to add something, or an addition to remove it",
        advice="Look at it, and exchange source and target if so.",
        find=find_swapped_object,
        needs=(*PICTURES, "x_mask"),
        limits="Compares how far the masked region stands out in colour and detail. Silent without a mask; misses what "
        "is as plain as its surroundings; a removal that paints something new in looks the same.",
    ),
    "swapped-colour": RowCheck(
        severity="warning",
        about="what a change of attribute recoloured had the colour before, and has it no more",
        advice="Look at it, and exchange source and target if so.",
        find=find_swapped_colour,
        needs=(*PICTURES, "x_proposal"),
        limits="Only for the colour words of omniedit.data.colours as the proposal's target.",
    ),
}
"""Checks of before and after, by name."""
