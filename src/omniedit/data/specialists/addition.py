"""Object addition (paper, A.1.3): a removal pair with source and target exchanged, so that the target is real."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from omniedit.data.cutouts import BUNDLED, Collection
from omniedit.data.specialists.base import ObjectPainter, giving_up, stream_of
from omniedit.data.specialists.removal import RemovalSpecialist
from omniedit.data.tools.compositing import Box, square_box
from omniedit.data.tools.grounding import Grounding
from omniedit.data.tools.placement import CutoutPainter, choose_box
from omniedit.types import Candidate, Mask, Photo, Proposal, Task


@dataclass(frozen=True)
class AdditionRecipe:
    """Settings of :meth:`AdditionSpecialist.place`."""

    size: float = 0.4
    """Side of the new object as a share of the picture's shorter side, before it snaps to whole cells."""


@dataclass(frozen=True)
class AdditionSpecialist:
    """Adds an object: by taking it out of a photo that has it (for data), or by painting it (for an editor)."""

    recipe: AdditionRecipe = AdditionRecipe()
    remove: RemovalSpecialist = field(default_factory=RemovalSpecialist)
    paint: ObjectPainter = field(default_factory=CutoutPainter)
    cutouts: Collection = BUNDLED
    """They know whether a new object stands or flies."""

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Make the pair from a ``photo`` that already has ``proposal.target``: it becomes the result.

        The candidate's source is the photo with the object removed. A photo that lacks the object gets it painted in
        (:meth:`place`).
        """
        if all(layer.name != proposal.target for layer in photo.layers):
            return self.place(photo, proposal, seed=seed)
        removal = replace(proposal, task=Task.REMOVAL, object=proposal.target, colour=proposal.target_colour, target="")
        removed = self.remove(photo, removal, grounding=grounding, seed=seed)
        return replace(removed, proposal=proposal, source=removed.result, result=photo.image, maker="addition")

    def place(self, photo: Photo, proposal: Proposal, *, seed: int, mask: Mask | None = None) -> Candidate:
        """Paint ``proposal.target`` into a ``photo`` that does not have it: an editor's answer, not a data pair.

        It stands at ``proposal.where``, or in the box of ``mask`` where one is given.

        Raises:
            CannotEdit: No tool can paint such an object.
        """
        rng = stream_of(seed, photo, proposal)
        with giving_up():
            box = self._free_box(photo, proposal) if mask is None else square_box(mask)
            result, placed = self.paint(photo.image, None, box, proposal.target, proposal.target_colour, rng=rng)
        return Candidate(photo.id, proposal, photo.image, result, "addition", seed, placed)

    def _free_box(self, photo: Photo, proposal: Proposal) -> Box:
        where, size = proposal.where, self.recipe.size
        return choose_box(proposal.target, photo.image, where, size, cutouts=self.cutouts)
