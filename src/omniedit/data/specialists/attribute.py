"""Attribute modification (paper, A.1.4): ground the object or its part, and edit inside the mask only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from omniedit.data.specialists.base import find, giving_up, stream_of
from omniedit.data.tools.grounding import Grounding
from omniedit.data.tools.recolour import recolour
from omniedit.types import Candidate, Image, Mask, Photo, Proposal


class Recolourer(Protocol):
    """A tool that changes the colour of a part of a picture."""

    def __call__(self, image: Image, mask: Mask, colour: str) -> Image:
        """Recolour inside ``mask``; where it is 0 every pixel stays bit-identical."""
        ...


@dataclass(frozen=True)
class AttributeSpecialist:
    """Changes the colour of an object or of one of its parts."""

    change: Recolourer = recolour

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Give ``proposal.part`` of ``proposal.object`` the colour ``proposal.target``."""
        rng = stream_of(seed, photo, proposal)
        mask, error = find(photo, proposal, grounding, rng)
        with giving_up():
            result = self.change(photo.image, mask, proposal.target)
        return Candidate(photo.id, proposal, photo.image, result, "attribute", seed, mask, {"grounding": error})
