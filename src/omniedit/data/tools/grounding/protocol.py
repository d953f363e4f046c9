"""What every grounding shares: its interface, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import numpy as np

from omniedit.types import Mask, Photo, Proposal

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Grounded:
    """What a grounding found."""

    mask: Mask | None
    """Where the thing is, ``float32 [height, width]`` 0..1; None when it was not found."""
    error: str = ""
    """Why there is no mask; or which error was made on purpose, for diagnostics. Empty for a faithful mask."""
    forms: Mapping[str, Mask] = field(default_factory=lambda: _NOTHING)
    """Other shapes of the mask to try, by their names in :data:`~omniedit.data.tools.grounding.forms.FORMS`."""
    details: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    """Settings and diagnostics (box, score, recipe), plain values only, for the ledger."""


class Grounding(Protocol):
    """A way to find what a proposal speaks of."""

    def ground(self, photo: Photo, proposal: Proposal, rng: np.random.Generator) -> Grounded:
        """Find ``proposal.object`` (and its part, for an attribute edit), or the whole foreground if it names none."""
        ...


@runtime_checkable
class BatchGrounding(Protocol):
    """A grounding that finds faster what is asked for together; the answers are the same."""

    def ground_all(self, asked: Sequence[tuple[Photo, Proposal]]) -> list[Grounded]:
        """Answer each as :meth:`Grounding.ground` would, which draws nothing from its stream here."""
        ...
