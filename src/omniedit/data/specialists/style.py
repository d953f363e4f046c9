"""Style transfer (paper, A.1.7): the whole picture in another technique."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from omniedit.data.specialists.base import giving_up, stream_of, vary
from omniedit.data.tools.grounding import Grounding
from omniedit.data.tools.painterly import paint
from omniedit.types import Candidate, Image, Photo, Proposal


class Stylist(Protocol):
    """A tool that repaints a picture."""

    def __call__(self, image: Image, name: str, *, strength: float) -> Image:
        """Return ``image`` in the style ``name``."""
        ...


@dataclass(frozen=True)
class StyleRecipe:
    """Settings of the recipe."""

    variation: float = 0.12
    """Standard deviation of the strength below the full effect: half of the candidates are weaker than asked for."""


@dataclass(frozen=True)
class StyleSpecialist:
    """Repaints the picture in a style."""

    recipe: StyleRecipe = StyleRecipe()
    paint: Stylist = paint

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Repaint in the style ``proposal.target``; there is nothing to ground."""
        rng = stream_of(seed, photo, proposal)
        strength = vary(rng, self.recipe.variation)
        with giving_up():
            result = self.paint(photo.image, proposal.target, strength=strength)
        return Candidate(photo.id, proposal, photo.image, result, "style", seed, None, {"strength": strength})
