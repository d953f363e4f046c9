"""Grounding without words: a person has marked the thing, or the most striking thing is taken."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from omniedit.data.tools.grounding.protocol import Grounded
from omniedit.data.tools.saliency import Saliency, salient
from omniedit.errors import DataError
from omniedit.types import Mask, Photo, Proposal


@dataclass(frozen=True, eq=False)
class GivenMask:
    """Grounding by a person: the mask is given, and it is what is meant."""

    mask: Mask

    def ground(self, photo: Photo, proposal: Proposal, rng: np.random.Generator) -> Grounded:
        """Return the given mask.

        Raises:
            DataError: Its size is not the photo's.
        """
        if self.mask.shape != photo.image.shape[:2]:
            height, width = self.mask.shape
            raise DataError(f"the mask has {width} x {height} pixels, the picture {photo.size[0]} x {photo.size[1]}")
        return Grounded(self.mask)


@dataclass(frozen=True)
class SalientGrounding:
    """Grounding on a plain photograph: the thing that stands out, whatever it is called; for background swaps."""

    settings: Saliency = field(default_factory=Saliency)

    def ground(self, photo: Photo, proposal: Proposal, rng: np.random.Generator) -> Grounded:
        """Find what stands out; nothing is drawn from ``rng``."""
        mask = salient(photo.image, self.settings)
        return Grounded(None, "nothing stands out in the photo") if mask is None else Grounded(mask)
