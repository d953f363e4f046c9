"""How things are found in a photograph, by name.

salient   what stands out, whatever it is called; no model
open      GroundingDINO and SAM, by a thing's name; the settings of ``OpenGroundingRecipe``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from omniedit.data.engine.loaded import once
from omniedit.data.engine.times import stage
from omniedit.data.tools.grounding import (
    BatchGrounding,
    Grounded,
    Grounding,
    OpenGrounding,
    OpenGroundingRecipe,
    SalientGrounding,
)
from omniedit.errors import RecipeError
from omniedit.settings import settings
from omniedit.types import Photo, Proposal

SALIENT, OPEN = "salient", "open"


@dataclass(frozen=True)
class GroundingTable:
    """The ``[grounding]`` of a recipe; in the file, settings of ``recipe`` stand among the others."""

    by: str = SALIENT
    """``salient`` or ``open``."""
    device: str = ""
    """``"cuda:1"``, ``"cpu"`` …; empty takes the GPU where there is one."""
    dtype: str = "float32"
    """Number format that the models compute in."""
    batch: int = 8
    """Pictures that go through the models together; it changes no result."""
    recipe: OpenGroundingRecipe = field(default_factory=OpenGroundingRecipe)
    """Models, thresholds and shapes of masks; for ``open`` alone."""

    @classmethod
    def read(cls, values: Mapping[str, Any], place: str) -> GroundingTable:
        """A recipe's table.

        Raises:
            RecipeError: A setting is unknown or impossible.
        """
        mine, others = apart(values, cls)
        table = settings(cls, mine, place)
        if table.by not in (SALIENT, OPEN):
            raise RecipeError(f"{place}: there is no grounding {table.by!r}; there are {SALIENT} and {OPEN}")
        if table.by == SALIENT and others:
            raise RecipeError(f'{place}: {next(iter(others))} is a setting of by = "{OPEN}" alone')
        return settings(cls, {**mine, "recipe": settings(OpenGroundingRecipe, others, place)}, place)

    @property
    def several(self) -> bool:
        """Whether each thing has masks of several shapes, of which the best is to be kept."""
        return self.by == OPEN and len(self.recipe.masks) > 1

    def described(self) -> dict[str, Any]:
        """What masks depend on, as plain values."""
        return {"by": self.by} | ({"dtype": self.dtype, **asdict(self.recipe)} if self.by == OPEN else {})

    def load(self) -> Grounding:
        """The grounding, loaded once in a process.

        Raises:
            MissingExtraError, ModelError: A model cannot be loaded.
        """
        if self.by == SALIENT:
            return SalientGrounding()
        how = {"device": self.device, "dtype": self.dtype, "batch": self.batch}
        return once(("grounding", self), lambda: OpenGrounding.from_pretrained(self.recipe, **how))  # type: ignore[arg-type]


def apart(values: Mapping[str, Any], kind: type) -> tuple[dict[str, Any], dict[str, Any]]:
    """``values`` that are settings of ``kind`` itself, and the others, for the ``recipe`` within it."""
    own = {entry.name for entry in fields(kind)} - {"recipe"}
    mine = {name: value for name, value in values.items() if name in own}
    return mine, {name: value for name, value in values.items() if name not in own}


# Watched --------------------------------------------------------------------------------------------------------------


class Watched:
    """A grounding whose time is counted, and that remembers what it did not find."""

    def __init__(self, grounding: Grounding) -> None:
        """Watch ``grounding``."""
        self._grounding = grounding
        self.missed = set[str]()
        """Ids of the proposals whose thing was not found."""

    def ground(self, photo: Photo, proposal: Proposal, rng: np.random.Generator) -> Grounded:
        """As the grounding."""
        with stage("grounding"):
            found = self._grounding.ground(photo, proposal, rng)
        self._note(proposal, found)
        return found

    def _note(self, proposal: Proposal, found: Grounded) -> None:
        if found.mask is None:
            self.missed.add(proposal.id)


class WatchedBatch(Watched):
    """One that answers many at a time."""

    def ground_all(self, asked: Sequence[tuple[Photo, Proposal]]) -> list[Grounded]:
        """As the grounding."""
        assert isinstance(self._grounding, BatchGrounding)
        with stage("grounding", items=len(asked)):
            answers = self._grounding.ground_all(asked)
        for (_, proposal), found in zip(asked, answers, strict=True):
            self._note(proposal, found)
        return answers


def watched(grounding: Grounding) -> Watched:
    """``grounding``, watched; it answers many at a time where that does."""
    return WatchedBatch(grounding) if isinstance(grounding, BatchGrounding) else Watched(grounding)
