"""How far the judges of one run agree, and on which items they differ most.

Correlations are those of `omniedit.judge.agreement`, over the items that both have scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from omniedit.bench.intervals import Floats
from omniedit.bench.judged import judged_by, judges_of
from omniedit.bench.results import Row
from omniedit.bench.summary import GOOD
from omniedit.judge.agreement import METHODS, SIDES, or_none
from omniedit.judge.teacher_agreement import auroc

Sides = Mapping[str, float | None]
"""A number for each of ``sc``, ``pq`` and ``o``; None where there is none."""


@dataclass(frozen=True)
class JudgePair:
    """Two judges of a run side by side; None where nothing can be said."""

    first: str
    second: str
    items: int
    """Items that both have scored."""
    only_first: int
    """Items that the second could not score."""
    only_second: int
    """Items that the first could not score."""
    spearman: Sides
    """Spearman's rho of SC, PQ and O."""
    pearson: Sides
    """Pearson's r of SC, PQ and O."""
    difference: Sides
    """Mean of the second's score less the first's, in points of 0..10."""
    auroc: float | None
    """Chance that the second gives an edit that is good by the first (O of at least `GOOD`) a higher O than another."""


@dataclass(frozen=True)
class Disagreement:
    """An item on which judges differ."""

    row: Row
    overall: Mapping[str, float]
    """Judge -> its O, of those that have scored it."""
    gap: float
    """The highest O less the lowest."""


def agreements(rows: Sequence[Row]) -> tuple[JudgePair, ...]:
    """Every two judges of ``rows``; none where there is one judge."""
    seen = {judge: _scores(rows, judge) for judge in judges_of(rows)}
    return tuple(_pair(first, second, seen[first], seen[second]) for first, second in combinations(seen, 2))


def disagreements(rows: Sequence[Row], count: int) -> list[Disagreement]:
    """The ``count`` items on which the judges' O differ most, the widest apart first, and of equal ones by their ids.

    Items that fewer than two have scored, or that all score alike, are none of them.
    """
    seen = {judge: _scores(rows, judge) for judge in judges_of(rows)}
    found = []
    for row in rows:
        overall = {judge: scores[row.id][-1] for judge, scores in seen.items() if row.id in scores}
        gap = max(overall.values(), default=0.0) - min(overall.values(), default=0.0)
        if gap:
            found.append(Disagreement(row, overall, gap))
    return sorted(found, key=lambda one: (-one.gap, one.row.id))[:count]


def _scores(rows: Sequence[Row], judge: str) -> dict[str, tuple[float, float, float]]:
    """SC, PQ and O of each item that the judge has scored."""
    judged = (judged_by(row, judge) for row in rows)
    return {
        row.id: (min(row.sc), min(row.pq), row.overall)
        for row in judged
        if row.sc and row.pq and row.overall is not None
    }


def _pair(
    first: str, second: str, ours: Mapping[str, Sequence[float]], theirs: Mapping[str, Sequence[float]]
) -> JudgePair:
    both = sorted(ours.keys() & theirs.keys())
    x, y = (np.array([scores[name] for name in both], float).reshape(-1, len(SIDES)).T for scores in (ours, theirs))
    found = {name: _sides(method(x, y)) for name, method in METHODS.items()}
    return JudgePair(
        first=first,
        second=second,
        items=len(both),
        only_first=len(ours) - len(both),
        only_second=len(theirs) - len(both),
        spearman=found["spearman"],
        pearson=found["pearson"],
        difference=_sides((y - x).mean(axis=1)) if both else dict.fromkeys(SIDES),
        auroc=auroc(y[-1], x[-1] >= GOOD),
    )


def _sides(values: Floats) -> Sides:
    return dict(zip(SIDES, map(or_none, values), strict=True))
