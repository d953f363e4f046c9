"""Means, spreads and intervals over seeds and items.

Every run answers the same items, so seeds and items are crossed: a bootstrap draws seeds with replacement, items with
replacement, and takes the mean over what is in both (the pigeonhole bootstrap: Owen 2007, Annals of Applied Statistics
1(2)). A difference is taken item by item and seed by seed first. A bootstrap over few seeds sees too little spread, so
tables also say how many seeds agree on the sign. What has no score is NaN, enters no mean, and is counted.

Letters: S seeds, I items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.bench.ablate.answers import Answer
from omniedit.bench.ablate.results import Measured

RESAMPLES = 10_000
SIDES = ("SC", "PQ", "O")
"""The numbers of a score, in its order."""

Scores = NDArray[np.float64]
"""``[S, I]``, NaN where there is none."""


@dataclass(frozen=True)
class Estimate:
    """A mean, or a mean difference."""

    mean: float
    spread: float | None
    """Standard deviation (n - 1) of the seeds' means; None of one seed."""
    interval: tuple[float, float]
    """95 %, over seeds and items."""
    seeds: tuple[float, ...]
    """The mean of each seed."""
    scored: int
    """Scores that entered it, over all seeds."""
    asked: int
    """Scores that there would be if none were missing."""

    @property
    def agreeing(self) -> int:
        """How many seeds' means have the sign of the mean."""
        return sum(np.sign(seed) == np.sign(self.mean) for seed in self.seeds)


def scores(runs: Sequence[Measured], judge: str, side: str = "O", task: str = "") -> Scores:
    """What ``judge`` says of every run and item; of one task only, where one is named."""
    place = SIDES.index(side)
    return np.array(
        [[_value(answer, judge, place) for answer in run.answers if task in ("", answer.task)] for run in runs]
    )


def _value(answer: Answer, judge: str, place: int) -> float:
    score = answer.scores.get(judge)
    return float("nan") if score is None else score[place]


def estimate(values: Scores, seed: int = 0) -> Estimate | None:
    """Mean, spread and interval of ``values``; None where a seed has no score at all."""
    known = ~np.isnan(values)
    if not values.size or not known.any(axis=1).all():
        return None
    each = tuple(float(np.nanmean(row)) for row in values)
    spread = float(np.std(each, ddof=1)) if len(each) > 1 else None
    return Estimate(float(np.mean(each)), spread, bootstrap(values, seed), each, int(known.sum()), values.size)


def difference(
    runs: Sequence[Measured], reference: Sequence[Measured], judge: str, side: str = "O", task: str = ""
) -> Estimate | None:
    """The mean of ``runs`` less ``reference``, over the items that both have, seed by seed; None where there is none.

    A single run, such as a contestant's, stands beside every seed of the other; else seeds that one lacks are left out.
    """
    pairs = [(run, other) for run in runs for other in reference if run.seed == other.seed]
    if 1 in (len(runs), len(reference)):
        pairs = [(run, other) for run in runs for other in reference]
    if not pairs:
        return None
    ours, theirs = (scores(half, judge, side, task) for half in zip(*pairs, strict=True))
    return estimate(ours - theirs)


def bootstrap(values: Scores, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of the mean over crossed draws of seeds and items, with a fixed seed."""
    rng = np.random.default_rng(seed)
    seeds, items = values.shape
    of_seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), RESAMPLES).astype(np.float64)  # [R, S]
    of_items = rng.multinomial(items, np.full(items, 1 / items), RESAMPLES).astype(np.float64)  # [R, I]
    known = ~np.isnan(values)
    total = ((of_seeds @ np.where(known, values, 0.0)) * of_items).sum(axis=1)
    weight = ((of_seeds @ known.astype(np.float64)) * of_items).sum(axis=1)
    means = total[weight > 0] / weight[weight > 0]
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)
