"""The things that a caption names, found and cut out: GroundingDINO reads the caption, SAM cuts out each of its boxes.

A grounding (:mod:`.protocol`) is told what to look for; here the caption of a photograph says it all at once, as when
the paper's first inpainter is shown objects and their captions (section 3.2: it does not say where those are from).
"""

from __future__ import annotations

from dataclasses import dataclass

from omniedit.data.tools.grounding.models import Detection
from omniedit.data.tools.grounding.open import OpenGrounding
from omniedit.types import Mask, Photo

SAME = 0.8
"""Intersection over union from which two masks are of one thing."""


@dataclass(frozen=True, eq=False)
class Thing:
    """One thing of a photograph."""

    words: str
    """What the caption calls it, such as ``"black cat"``."""
    mask: Mask
    """Where it is, ``float32 [height, width]``, 0 or 1."""
    score: float
    """How sure the detector is, 0..1."""


def things(grounding: OpenGrounding, photo: Photo) -> list[Thing]:
    """What ``photo.caption`` names and the photograph shows, the surest first; none twice.

    Whatever is smaller or larger than the grounding's recipe allows is left out.
    """
    recipe = grounding.recipe
    words = " ".join(photo.caption.lower().rstrip(". ").split())
    if not words:
        return []
    (found,) = grounding.detect(
        [photo.image], [f"{words}."], box_threshold=recipe.box_threshold, text_threshold=recipe.text_threshold
    )
    kept: list[Thing] = []
    for detection, mask in zip(found, _cut_out(grounding, photo, found), strict=True):
        fits = recipe.smallest <= mask.mean() <= recipe.largest and mask.any()
        if fits and all(_overlap(mask, other.mask) < SAME for other in kept):
            kept.append(Thing(detection.words, mask, detection.score))
    return kept


def _cut_out(grounding: OpenGrounding, photo: Photo, found: list[Detection]) -> list[Mask]:
    """The mask of each box alone."""
    masks: list[Mask] = []
    for start in range(0, len(found), grounding.batch):
        some = found[start : start + grounding.batch]
        masks += grounding.segment([photo.image] * len(some), [[each.box] for each in some])
    return masks


def _overlap(one: Mask, other: Mask) -> float:
    """Intersection over union."""
    both, either = float((one * other).sum()), float((one + other > 0).sum())
    return both / either if either else 0.0
