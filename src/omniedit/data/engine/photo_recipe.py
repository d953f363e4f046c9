"""A build of photographs as a recipe: where they are from, who proposes, grounds, edits and judges; from a TOML file.

PhotoRecipe.read("recipes/build_cpu.toml").run("pairs")

[source]            a pile of any kind, as omniedit.data.sources opens it
[source.filters]    which photographs of it are taken
[proposals]         who proposes edits
[grounding]         how things are found
[specialists]       for each task who makes its edits; what is not named is not asked for
[judge]             who scores
[soft]              how much weight scores below the threshold have; without it none
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omniedit.data.engine.groundings import GroundingTable
from omniedit.data.engine.judges import JudgeTable
from omniedit.data.engine.of_photos import OfPhotos, SourceTable, check_counts, tables_of
from omniedit.data.engine.photo_chain import PhotoChain
from omniedit.data.engine.proposers import ProposalsTable
from omniedit.data.engine.specialists import SpecialistTable
from omniedit.data.importance import THRESHOLD, SoftWeight
from omniedit.errors import RecipeError
from omniedit.settings import settings
from omniedit.types import Task

TABLES = ("source", "proposals", "grounding", "specialists", "judge", "soft")
"""The tables of a recipe file."""


@dataclass(frozen=True, kw_only=True)
class PhotoRecipe(OfPhotos):
    """All that a build of photographs depends on."""

    specialists: Mapping[Task, SpecialistTable]
    """Who makes the edits of each task that is asked for."""
    proposals: ProposalsTable = field(default_factory=ProposalsTable)
    """Who proposes edits."""
    grounding: GroundingTable = field(default_factory=GroundingTable)
    """How things are found."""
    judge: JudgeTable = field(default_factory=JudgeTable)
    """Who scores."""
    threshold: float = THRESHOLD
    """Overall score from which a candidate has weight 1."""
    soft: SoftWeight | None = None
    """How much weight those below have, and are kept with; None: none."""

    @classmethod
    def read(cls, path: Path | str) -> PhotoRecipe:
        """Read a recipe file.

        Raises:
            RecipeError: It is missing, is not TOML, or has unknown or impossible settings.
        """
        values = tables_of(path, TABLES)
        place = {name: f"{path}, [{name}]" for name in TABLES}
        tables: dict[str, Any] = {"specialists": _specialists(values.pop("specialists", {}), place["specialists"])}
        tables["source"] = SourceTable.read(values.pop("source", {}), place["source"])
        tables["proposals"] = settings(ProposalsTable, values.pop("proposals", {}), place["proposals"])
        tables["grounding"] = GroundingTable.read(values.pop("grounding", {}), place["grounding"])
        tables["judge"] = JudgeTable.read(values.pop("judge", {}), place["judge"])
        if "soft" in values:
            tables["soft"] = _soft(values.pop("soft"), values.get("threshold", THRESHOLD), place["soft"])
        recipe = settings(cls, {**values, **tables}, str(path))
        check_counts(recipe, path)
        return recipe

    def chain(self) -> PhotoChain:
        """What turns a photograph into pairs.

        Raises:
            DataError: There is no such pile.
        """
        return PhotoChain(
            source=self.source.described(),
            specialists=self.specialists,
            proposals=self.proposals,
            grounding=self.grounding,
            judge=self.judge,
            threshold=self.threshold,
            seed=self.seed,
            soft=self.soft,
        )


def _specialists(values: Mapping[str, Any], place: str) -> dict[Task, SpecialistTable]:
    """The specialist of each task, in the order of the tasks.

    Raises:
        RecipeError: There are none, or a task or setting is unknown.
    """
    unknown = sorted(set(values) - set(map(str, Task)))
    if unknown or not values:
        problem = f"there is no task {unknown[0]!r}" if unknown else "no task is named"
        raise RecipeError(f"{place}: {problem}; there are {', '.join(map(str, Task))}")
    return {task: SpecialistTable.read(values[task], task, f"{place} {task}") for task in Task if task in values}


def _soft(values: Mapping[str, Any], threshold: float, place: str) -> SoftWeight:
    """The soft weight below a recipe's threshold.

    Raises:
        RecipeError: A setting is unknown or impossible.
    """
    if "threshold" in values:
        raise RecipeError(f"{place}: the threshold is the recipe's, and stands above all tables")
    try:
        return replace(settings(SoftWeight, values, place), threshold=threshold)
    except ValueError as error:
        raise RecipeError(f"{place}: {error}") from error
