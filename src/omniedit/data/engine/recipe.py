"""A build as a recipe: which photographs, how many scenes, which tasks, how strict; from a TOML file or by hand.

BuildRecipe(photos="my_photos", scenes=500).run("pairs")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from omniedit.data.engine.build import build
from omniedit.data.engine.ledger import BuildSummary, Outcome
from omniedit.data.engine.report import write_report
from omniedit.data.importance import THRESHOLD
from omniedit.data.photos import bundled_photos, folder_photos
from omniedit.data.scenes import Scene, SceneConfig, SceneMaker
from omniedit.data.tools.grounding import LayerGrounding
from omniedit.errors import DataError, RecipeError
from omniedit.settings import read_toml, settings
from omniedit.types import Task


@dataclass(frozen=True, kw_only=True)
class BuildRecipe:
    """All that a build depends on."""

    photos: str = ""
    """Folder of photographs; empty for the bundled ones."""
    split: str = "train"
    """Whose photographs and placements: ``train``, or ``eval``."""
    scenes: int = 200
    """How many scenes; each is asked for every task."""
    cell: int = 16
    """Side of a scene's cell in pixels: 16 at nano's working size."""
    tasks: tuple[str, ...] = tuple(map(str, Task))
    """Which tasks."""
    error_rate: float = 0.15
    """How often the specialists' grounding errs, as a detector would."""
    threshold: float = THRESHOLD
    """Overall score from which a candidate is kept."""
    painted: float = 0.75
    """Share of additions whose object is painted in: a reversed removal's filling tells a model where it goes."""
    seed: int = 0
    """Seed of every draw."""
    workers: int = 1
    """Processes that work at the same time."""

    @classmethod
    def read(cls, path: Path | str) -> BuildRecipe:
        """Read a recipe file.

        Raises:
            RecipeError: It is missing, is not TOML, or has unknown or impossible settings.
        """
        recipe = settings(cls, read_toml(path), str(path))
        unknown = sorted(set(recipe.tasks) - set(map(str, Task)))
        if unknown:
            raise RecipeError(f"{path}: there is no task {unknown[0]!r}; there are {', '.join(map(str, Task))}")
        if min(recipe.scenes, recipe.cell, recipe.workers) < 1:
            raise RecipeError(f"{path}: scenes, cell and workers are to be 1 or more")
        return recipe

    def make_scenes(self) -> Iterator[Scene]:
        """The scenes, made as they are needed.

        Raises:
            DataError: There are no photographs for this split.
        """
        found = folder_photos(self.photos, self.split) if self.photos else bundled_photos(self.split)
        photos = tuple(found)
        if not photos:
            raise DataError(f"none of the photographs in {self.photos} is of the {self.split} split; add more")
        maker = SceneMaker(photos, self.split, self.seed, SceneConfig(cell=self.cell))
        return map(maker, range(self.scenes))

    def run(self, out: Path | str, *, progress: Callable[[Sequence[Outcome]], None] | None = None) -> BuildSummary:
        """Build into the folder ``out``, and write the report there. See :func:`omniedit.data.engine.build.build`."""
        summary = build(
            self.make_scenes(),
            out=out,
            tasks=tuple(map(Task, self.tasks)),
            grounding=LayerGrounding(self.error_rate),
            threshold=self.threshold,
            painted=self.painted,
            seed=self.seed,
            workers=self.workers,
            progress=progress,
        )
        write_report(out)
        return summary
