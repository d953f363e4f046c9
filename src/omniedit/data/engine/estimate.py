"""What a build would do and cost: counted from the recipe and the folder, timed on its first scenes on this machine."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from omniedit.data.engine.ledger import unit_path
from omniedit.data.engine.recipe import BuildRecipe
from omniedit.data.engine.unit import UNIT
from omniedit.judge.rubric import Judge, Rubric
from omniedit.types import Candidate, Ideal, Verdict

SAMPLE = 3
"""Scenes that are done for an estimate, unless it is said otherwise; all but the first are timed."""


@dataclass(frozen=True)
class Estimate:
    """What is still to be done, and what it takes."""

    scenes: int
    """Scenes of the build."""
    waiting: int
    """Of them, those in units that are not finished."""
    rows: int
    """Items that are waiting, if all scenes give as many as the sample."""
    judge_calls: int
    """Calls of the judge for them."""
    hours: float
    """Hours of one worker for them, judge included: with GPUs each worker holds one, so they are GPU hours too."""
    judge_share: float
    """Share of that time in which a worker waits for the judge."""
    sample: int
    """Scenes that were done for this."""


@dataclass
class Stopwatch:
    """A judge that counts and times what another one does."""

    judge: Judge
    """Who scores."""
    calls: int = 0
    """How often it was asked."""
    seconds: float = field(default=0.0)
    """How long that took together."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.judge.name

    @property
    def version(self) -> str:
        """Its version."""
        return self.judge.version

    @property
    def rubric(self) -> Rubric:
        """What it is asked."""
        return self.judge.rubric

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        """Its verdict."""
        began = time.perf_counter()
        try:
            return self.judge.score(candidate, ideal)
        finally:
            self.calls += 1
            self.seconds += time.perf_counter() - began


def estimate(recipe: BuildRecipe, out: Path | str, *, sample: int = SAMPLE) -> Estimate:
    """What building ``recipe`` into ``out`` takes; nothing is written, but the judge is asked about the sample.

    Raises:
        DataError: There are no photographs.
        ModelError: There is no such model.
    """
    scenes, chain = recipe.make_scenes(), recipe.chain()
    watch = Stopwatch(chain.judge)
    timed = replace(chain, judge=watch)
    done, seconds = [], []
    for scene in islice(scenes, sample):
        began = time.perf_counter()
        done += timed(scene)
        seconds.append(time.perf_counter() - began)
        if len(seconds) == 1:
            first, watch.seconds = watch.seconds, 0.0
    usual = seconds[1:] or seconds  # the first loads what the others use
    waiting = _waiting(len(scenes), Path(out))
    return Estimate(
        scenes=len(scenes),
        waiting=waiting,
        rows=round(len(done) * waiting / len(seconds)),
        judge_calls=round(watch.calls * waiting / len(seconds)),
        hours=sum(usual) / len(usual) * waiting / 3600,
        judge_share=(watch.seconds if seconds[1:] else first) / sum(usual),
        sample=len(seconds),
    )


def _waiting(scenes: int, out: Path) -> int:
    """Scenes in units that have no manifest yet."""
    runs = range(0, scenes, UNIT)
    return sum(min(UNIT, scenes - at) for n, at in enumerate(runs) if not unit_path(out, n).exists())
