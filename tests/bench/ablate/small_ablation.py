"""An ablation of seconds: two scenes, a tiny network, three steps, and the oracle alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from omniedit.bench.ablate.jobs import perform
from omniedit.bench.ablate.plan import jobs
from omniedit.bench.ablate.recipe import AblateRecipe
from omniedit.bench.ablate.run import agree, write_results

RECIPES = Path(__file__).parents[3] / "recipes"
TINY = {"layers": 2, "heads": 2, "head_width": 8, "patch": 16, "area": 4096}
RUN = {"threads": 1, "checkpoint_every": 1, "validate_every": 0, "log_every": 1}


def small_recipe(**changes: object) -> AblateRecipe:
    """The project's own recipe, small."""
    real = AblateRecipe.read(RECIPES / "ablate_nano.toml")
    pool = {**real.pool, "scenes": 2, "rounds": 1, "tasks": ["attribute", "style"]}
    base = {**real.base, "model": TINY, "run": RUN, "train": {"steps": 2, "batch": 2, "warmup": 1}}
    train = {**real.edit["train"], "steps": 3, "batch": 2, "warmup": 1}
    edit = {**real.edit, "model": TINY, "run": RUN, "train": train}
    small = replace(real, pool=pool, base=base, edit=edit, pairs=14, items=2, judges=("oracle",))
    return replace(small, **changes)  # type: ignore[arg-type]


def run_here(recipe: AblateRecipe, out: Path, studies: Sequence[str], seeds: int) -> None:
    """The whole of it in this process."""
    every = jobs(recipe, studies, seeds)
    agree(out, recipe)
    for job in every:
        perform(out, job.name)
    write_results(out, every, studies, None, "a test")
