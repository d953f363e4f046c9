"""Object removal (paper, A.1.2): ground the object, and infill with what lies behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from omniedit.data.specialists.base import Inpainter, find, giving_up, radius, stream_of
from omniedit.data.tools.compositing import dilate
from omniedit.data.tools.grounding import Grounding
from omniedit.data.tools.inpainting import ClassicalInpainter
from omniedit.types import Candidate, Photo, Proposal


@dataclass(frozen=True)
class RemovalRecipe:
    """Settings of the recipe."""

    dilation: float = 0.0
    """How far the hole reaches beyond the object, as a share of the picture's size; the paper lists no dilation."""


@dataclass(frozen=True)
class RemovalSpecialist:
    """Takes an object out of the picture."""

    recipe: RemovalRecipe = RemovalRecipe()
    inpaint: Inpainter = field(default_factory=ClassicalInpainter)

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Remove ``proposal.object``, infilling with ``proposal.behind``."""
        rng = stream_of(seed, photo, proposal)
        mask, error = find(photo, proposal, grounding, rng)
        hole = dilate(mask, radius(self.recipe.dilation, photo.image))
        with giving_up():
            result = self.inpaint(photo.image, hole, caption=proposal.behind, rng=rng)
        return Candidate(photo.id, proposal, photo.image, result, "removal", seed, hole, {"grounding": error})
