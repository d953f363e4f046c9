"""Background swap (paper, A.1.6): the swap procedure with the inverse mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from omniedit.data.specialists.base import find, giving_up, stream_of
from omniedit.data.tools.backdrops import render_backdrop
from omniedit.data.tools.compositing import blend, extend
from omniedit.data.tools.grounding import Grounding
from omniedit.types import Candidate, Image, Photo, Proposal


class BackdropPainter(Protocol):
    """A tool that makes a background."""

    def __call__(self, name: str, width: int, height: int) -> Image:
        """Return the background called ``name``, ``uint8 [height, width, 3]``."""
        ...


@dataclass(frozen=True)
class BackgroundSpecialist:
    """Puts the foreground before another background."""

    render: BackdropPainter = render_backdrop

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Change everything but the foreground to the backdrop ``proposal.target``."""
        rng = stream_of(seed, photo, proposal)
        foreground, error = find(photo, proposal, grounding, rng)
        with giving_up():
            backdrop = self.render(proposal.target, *photo.size)
        result = blend(backdrop, extend(photo.image, foreground), foreground)
        mask = np.subtract(1, foreground, dtype=np.float32)
        return Candidate(photo.id, proposal, photo.image, result, "background", seed, mask, {"grounding": error})
