"""Object swap (paper, A.1.1): ground the object, dilate its mask, and paint the target there."""

from __future__ import annotations

from dataclasses import dataclass, field

from omniedit.data.specialists.base import ObjectPainter, find, giving_up, radius, stream_of
from omniedit.data.tools.compositing import dilate, square_box
from omniedit.data.tools.grounding import Grounding
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
    paint: ObjectPainter = field(default_factory=CutoutPainter)

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Swap ``proposal.object`` for ``proposal.target``."""
        rng = stream_of(seed, photo, proposal)
        mask, error = find(photo, proposal, grounding, rng)
        hole = dilate(mask, radius(self.recipe.dilation, photo.image))
        with giving_up():
            box = square_box(mask)
            result, changed = self.paint(photo.image, hole, box, proposal.target, proposal.target_colour, rng=rng)
        return Candidate(photo.id, proposal, photo.image, result, "swap", seed, changed, {"grounding": error})
