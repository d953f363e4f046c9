"""Object swap (paper, A.1.1): ground the object, dilate its mask, and paint the target there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from omniedit.data.specialists.base import Inpainter, ObjectPainter, find, painted, radius, stream_of
from omniedit.data.tools.compositing import dilate, square_box
from omniedit.data.tools.grounding import Grounding
from omniedit.data.tools.inpainting import ClassicalInpainter
from omniedit.data.tools.placement import CutoutPainter
from omniedit.types import Candidate, Photo, Proposal


@dataclass(frozen=True)
class SwapRecipe:
    """Settings of the recipe."""

    dilation: float = 0.016
    """How far the hole reaches beyond the object, as a share of the picture's size (2 pixels at 128)."""


@dataclass(frozen=True)
class SwapSpecialist:
    """Puts another object where one stood."""

    recipe: SwapRecipe = SwapRecipe()
    inpaint: Inpainter = field(default_factory=ClassicalInpainter)
    paint: ObjectPainter = field(default_factory=CutoutPainter)

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Swap ``proposal.object`` for ``proposal.target``."""
        rng = stream_of(seed, photo, proposal)
        mask, error = find(photo, proposal, grounding, rng)
        hole = dilate(mask, radius(self.recipe.dilation, photo.image))
        cleared = self.inpaint(photo.image, hole, caption=proposal.behind, rng=rng)
        result, placed = painted(self.paint, cleared, square_box(mask), proposal)
        details = {"grounding": error}
        return Candidate(photo.id, proposal, photo.image, result, "swap", seed, np.maximum(hole, placed), details)
