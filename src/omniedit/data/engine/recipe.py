"""A build as a recipe: which photographs, how many scenes, which tasks, how strict; from a TOML file or by hand.

BuildRecipe(photos="my_photos", scenes=500).run("pairs")
read_recipe("recipes/build_cpu.toml").run("pairs")          # with a [source]: a build of photographs
read_recipe("recipes/masks_strokes.toml").run("holes")      # with masks as well: photographs and holes in them
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omniedit.data.engine.executors import Executor
from omniedit.data.engine.mask_recipe import MaskRecipe
from omniedit.data.engine.of_photos import OfPhotos
from omniedit.data.engine.photo_recipe import PhotoRecipe
from omniedit.data.engine.runnable import Runnable
from omniedit.data.engine.scene_chain import SceneChain
from omniedit.data.engine.sources import MadeScenes, find_photos
from omniedit.data.engine.unit import UNIT
from omniedit.data.importance import THRESHOLD
from omniedit.data.proposals.naming import open_cutouts
from omniedit.data.scenes import SceneConfig
from omniedit.data.tools.grounding import LayerGrounding
from omniedit.errors import RecipeError
from omniedit.judge.oracle import Oracle
from omniedit.settings import read_toml, settings
from omniedit.types import Task


@dataclass(frozen=True, kw_only=True)
class BuildRecipe(Runnable):
    """All that a build depends on."""

    photos: str = ""
    """Folder of photographs; empty for the bundled ones."""
    cutouts: str = ""
    """Folder of cutouts, the objects of scenes; empty for the bundled ones."""
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

    def make_scenes(self) -> MadeScenes:
        """The scenes, each made when it is needed.

        Raises:
            DataError: There are no photographs for this split, or the cutouts cannot be used.
        """
        photos = find_photos(self.photos, self.split)
        return MadeScenes(
            photos, self.split, self.seed, SceneConfig(cell=self.cell), self.scenes, open_cutouts(self.cutouts)
        )

    def given(
        self,
        *,
        photos: Path | None = None,
        cutouts: Path | None = None,
        limit: int | None = None,
        seed: int | None = None,
        workers: int | None = None,
    ) -> BuildRecipe:
        """The recipe with what a command line gives in its place: photographs, and how many scenes."""
        values = {
            "photos": photos and str(photos),
            "cutouts": cutouts and str(cutouts),
            "scenes": limit,
            "seed": seed,
            "workers": workers,
        }
        return replace(self, **{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]

    @property
    def rows(self) -> int | None:
        """How many rows there will be."""
        return self.scenes * len(self.tasks)

    def chain(self) -> SceneChain:
        """What turns a scene into pairs."""
        tasks, grounding = tuple(map(Task, self.tasks)), LayerGrounding(self.error_rate)
        return SceneChain(tasks, grounding, Oracle(), self.threshold, self.seed, self.painted)

    @property
    def unit(self) -> int:
        """Scenes of a unit."""
        return UNIT

    def ready(self, out: Path, executor: Executor) -> tuple[SceneChain, MadeScenes]:
        """The chain, and scenes that are made when they are needed.

        Raises:
            DataError: There are no photographs for this split, or the cutouts cannot be used.
        """
        return self.chain(), self.make_scenes()

    def sample(self, out: Path, count: int) -> tuple[SceneChain, Sequence[Any], int]:
        """The chain, a few scenes to try it on, and how many there are."""
        scenes = self.make_scenes()
        return self.chain(), scenes[:count], len(scenes)


def read_recipe(path: Path | str) -> BuildRecipe | OfPhotos:
    """Read a recipe file: with ``masks`` of holes in photographs, with a ``[source]`` of photographs, else of scenes.

    Raises:
        RecipeError: It is missing, is not TOML, or has unknown or impossible settings.
    """
    values = read_toml(path)
    if "masks" in values:
        return MaskRecipe.read(path)
    return PhotoRecipe.read(path) if "source" in values else BuildRecipe.read(path)
