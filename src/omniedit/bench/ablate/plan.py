"""Which jobs there are, what each waits for, and how long all of it takes. Needs neither torch nor anything on disk.

pool                     candidates of every quality
base                     the text-to-image base that all arms start from
runs/ARM-SEED            an arm's training with one seed, and its answers
contestants/NAME-0       the answers of someone who is not trained here
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from omniedit.bench.ablate.recipe import AblateRecipe
from omniedit.bench.ablate.studies import STUDIES
from omniedit.errors import InputError
from omniedit.types import Task

RUNS, CONTESTANTS = "runs", "contestants"
"""Folders of the jobs that are measured."""
DONE = "result.json"
"""The file of a job that says, once it is there, that it is done."""

# Eight steps each on one core of a busy machine, less a sixth for a neighbour; only estimates depend on these.
SPEED = {
    "editnet": 82.0,
    "causal": 84.0,
    "controlnet": 123.0,
    "controlnet-text": 115.0,
    "channel-concat": 190.0,
    "sequence-concat": 126.0,
    "detail": 60.0,
}
"""Arm -> samples a second of one core; those that are not named are as `editnet`."""
BASE_SPEED = 220.0
"""Samples a second of the base's training."""
CANDIDATE, ITEM, START = 0.06, 0.4, 20.0
"""Seconds for a candidate of the pool, for an answer with its scores, and until a job has begun."""


@dataclass(frozen=True)
class Job:
    """What is done in one process, in the folder of its name."""

    name: str
    seconds: float
    """How long it takes on one core, about."""
    needs: tuple[str, ...] = ()
    """Names of the jobs that it waits for."""
    steps: int = 0
    """Steps of its training."""

    @property
    def subject(self) -> str:
        """The arm or contestant that it measures; empty for pool and base."""
        return self.name.partition("/")[2].rpartition("-")[0]

    def done(self, out: Path) -> bool:
        """Whether it is finished in the folder ``out``."""
        return (out / self.name / DONE).is_file()


def jobs(recipe: AblateRecipe, studies: Collection[str], seeds: int, workers: int = 1) -> list[Job]:
    """All jobs of some studies, in the order in which they are begun: one seed of everything, then the next.

    Raises:
        InputError: There is no such study.
    """
    unknown = sorted(set(studies) - set(STUDIES))
    if unknown:
        raise InputError(f"there is no study {unknown[0]!r}; there are {', '.join(STUDIES)}")
    asked = [study for name, study in STUDIES.items() if name in studies]
    arms = dict.fromkeys(arm for study in asked for arm in study.arms)
    found = [Job("pool", pool_seconds(recipe) / workers), Job("base", base_seconds(recipe), ("pool",))]
    found += [
        Job(f"{CONTESTANTS}/{name}-0", START + recipe.items * ITEM)
        for name in dict.fromkeys(name for study in asked for name in study.contestants)
    ]
    found += [
        Job(f"{RUNS}/{arm}-{seed}", arm_seconds(recipe, arm), ("pool", "base"), recipe.steps)
        for seed in range(seeds)
        for arm in arms
    ]
    return found


def pool_seconds(recipe: AblateRecipe) -> float:
    """Seconds of one core that the candidates take."""
    pool = recipe.pool
    wishes = pool["scenes"] * len(pool.get("tasks", Task)) * pool["rounds"]
    return START + CANDIDATE * float(wishes * (1 + pool["hard"]))


def base_seconds(recipe: AblateRecipe) -> float:
    """Seconds that the base takes."""
    train = recipe.base["train"]
    return START + float(train["steps"] * train["batch"]) / BASE_SPEED


def arm_seconds(recipe: AblateRecipe, arm: str) -> float:
    """Seconds that an arm takes with one seed."""
    return 2 * START + training_seconds(recipe, arm) + recipe.items * ITEM


def training_seconds(recipe: AblateRecipe, arm: str) -> float:
    """Seconds of its training alone."""
    return recipe.steps * recipe.batch / SPEED.get(arm, SPEED["editnet"])


def within(recipe: AblateRecipe, studies: Collection[str], seeds: int, workers: int, hours: float) -> AblateRecipe:
    """The recipe with as many steps as let all jobs end in so many hours, about.

    Raises:
        InputError: The hours do not even suffice for what is not training.
    """
    every = jobs(recipe, studies, seeds, workers)
    training = sum(training_seconds(recipe, job.subject) for job in every if job.steps) / workers
    rest = duration(every, workers) - training
    left = 3600 * hours - rest
    if left <= 0:
        raise InputError(
            f"{hours:g} hours are too few: {rest / 3600:.1f} pass without any training; give more, more --jobs, or one "
            "study with --only"
        )
    return recipe.with_steps(max(1, int(recipe.steps * left / training)))


def duration(every: Sequence[Job], workers: int, out: Path | None = None) -> float:
    """Seconds until all are done, so many at a time, each as soon as there is room; done ones in ``out`` take none."""
    ends = dict[str, float]()
    free = [0.0] * workers
    for job in every:
        took = 0.0 if out is not None and job.done(out) else job.seconds
        begin = max([min(free), *(ends.get(name, 0.0) for name in job.needs)])
        ends[job.name] = begin + took
        free[free.index(min(free))] = ends[job.name]
    return max(ends.values(), default=0.0)


def seed_of(job: Job) -> int:
    """The seed of a run or a contestant."""
    return int(job.name.rpartition("-")[2])
