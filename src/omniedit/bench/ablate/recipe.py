"""All that the numbers of an ablation depend on: a TOML file that names three others.

The pool, the base and the edit stage have recipes of their own, with everything that arms share; what an arm changes is
in :mod:`omniedit.bench.ablate.studies`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omniedit.errors import RecipeError
from omniedit.settings import read_toml, settings

PARTS = ("pool", "base", "edit")
"""Settings that name a recipe."""


@dataclass(frozen=True, kw_only=True)
class AblateRecipe:
    """What is held equal."""

    pool: Mapping[str, Any]
    """Of the candidates (:class:`omniedit.bench.ablate.pool.PoolRecipe`). In the file: where it is, from there."""
    base: Mapping[str, Any]
    """Of the base that all arms start from (:class:`omniedit.train.recipe.Recipe`); likewise."""
    edit: Mapping[str, Any]
    """Of an arm's training; likewise."""
    pairs: int = 5600
    """Pairs that an arm is trained on, the same number of each task, as far as the pool has them."""
    items: int = 140
    """Items of the scene suite that each arm answers."""
    suite_seed: int = 7
    """Seed of these."""
    judges: tuple[str, ...] = ("oracle", "student")
    """Who scores the answers; the first decides."""

    @classmethod
    def read(cls, path: Path | str) -> AblateRecipe:
        """Read the file and those that it names.

        Raises:
            RecipeError: One is missing, is not TOML, or has unknown or impossible settings.
        """
        values = read_toml(path)
        for name in PARTS:
            if not isinstance(values.get(name), str):
                raise RecipeError(f"{path}: {name} is to name a recipe beside this file")
            values[name] = read_toml(Path(path).parent / values[name])
        recipe = settings(cls, values, str(path))
        if min(recipe.pairs, recipe.items) < 1 or not recipe.judges:
            raise RecipeError(f"{path}: pairs and items are to be 1 or more, and there is to be a judge")
        return recipe

    @property
    def steps(self) -> int:
        """Steps of an arm's training."""
        return int(self.edit["train"]["steps"])

    @property
    def batch(self) -> int:
        """Samples of a step."""
        return int(self.edit["train"]["batch"])

    def with_steps(self, steps: int) -> AblateRecipe:
        """The same with so many steps of every arm."""
        train = {**self.edit["train"], "steps": steps}
        return replace(self, edit={**self.edit, "train": train})

    def with_photos(self, photos: Path) -> AblateRecipe:
        """The same with the photographs of a folder in the pool."""
        return replace(self, pool={**self.pool, "photos": str(photos)})
