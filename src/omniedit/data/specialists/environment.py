"""Environment change (paper, A.1.5): weather, light or season, with the foreground locked for part of the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from omniedit.data.specialists.base import giving_up, stream_of, vary
from omniedit.data.tools.grounding import Grounding
from omniedit.data.tools.weather import change_environment
from omniedit.types import Candidate, Image, Mask, Photo, Proposal


class EnvironmentChanger(Protocol):
    """A tool that changes weather, light or season."""

    def __call__(self, image: Image, name: str, *, foreground: Mask | None, strength: float) -> Image:
        """Return ``image`` in the environment ``name``; surfaces change by ``1 - foreground`` only."""
        ...


@dataclass(frozen=True)
class EnvironmentRecipe:
    """Settings of the recipe."""

    lock: float = 0.7
    """The paper's tau_env: the foreground is held for this share of the sampling steps. An image operation has no
    steps; here the foreground takes part in surface changes (snow, haze, leaves) with the weight that is left,
    1 - tau. Light falls on all alike."""
    variation: float = 0.12
    """Standard deviation of the strength below the full effect: half of the candidates are weaker than asked for."""


@dataclass(frozen=True)
class EnvironmentSpecialist:
    """Changes weather, light or season."""

    recipe: EnvironmentRecipe = EnvironmentRecipe()
    change: EnvironmentChanger = change_environment

    def __call__(self, photo: Photo, proposal: Proposal, *, grounding: Grounding, seed: int) -> Candidate:
        """Change the environment to ``proposal.target``; without a foreground there is nothing to lock."""
        rng = stream_of(seed, photo, proposal)
        found = grounding.ground(photo, proposal, rng)
        foreground = None if found.mask is None else found.mask * np.float32(self.recipe.lock)
        strength = vary(rng, self.recipe.variation)
        with giving_up():
            result = self.change(photo.image, proposal.target, foreground=foreground, strength=strength)
        details = {"grounding": found.error, "strength": strength}
        return Candidate(photo.id, proposal, photo.image, result, "environment", seed, None, details)
