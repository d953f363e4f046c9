"""Two tables of scores of the same pairs: how far they agree, and where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omniedit.bench.scores.summary import by_task
from omniedit.bench.scores.table import ScoreRow
from omniedit.data.importance import THRESHOLD
from omniedit.errors import DataError
from omniedit.judge.agreement import or_none, spearman
from omniedit.seeding import derive

Both = tuple[ScoreRow, ScoreRow]
"""The rows of one pair in either table."""


@dataclass(frozen=True)
class Shared:
    """Agreement on a group of pairs that both tables score."""

    name: str
    """Name of the task, or ``all``."""
    pairs: int
    """How many."""
    spearman: tuple[float | None, ...]
    """Spearman's rho of SC, PQ and O; None for fewer than three pairs, or where a table has one score for all."""
    difference: float | None
    """Mean absolute difference of O, in points of 0..10."""
    kept: tuple[int, int, int]
    """Pairs whose O reaches the threshold by both, by the first table only, by the second only."""


@dataclass(frozen=True)
class Comparison:
    """Two tables side by side."""

    both: tuple[Both, ...]
    """Pairs that both score, in the first table's order."""
    groups: tuple[Shared, ...]
    """Numbers of each task, and of all."""
    unscored: int
    """Pairs of both tables that either leaves unscored; in no number."""
    alone: tuple[int, int]
    """Pairs of the first table only, and of the second only."""
    changed: int
    """Pairs of both whose pictures or instruction differ: they are not the same pair, and in no number."""

    @property
    def disagreements(self) -> list[Both]:
        """The pairs, the greatest difference of O first, equal ones by a hash of their id."""
        return sorted(self.both, key=lambda two: (-abs(gap(two)), derive(0, "against", two[0].id)))


def compare(first: Sequence[ScoreRow], second: Sequence[ScoreRow], threshold: float = THRESHOLD) -> Comparison:
    """Match two tables by the ids of their pairs.

    Args:
        first: One table.
        second: The other; for example a teacher's.
        threshold: Overall score from which a pair is kept.

    Raises:
        DataError: They share no pair.
    """
    others = {row.id: row for row in second}
    matched = [(row, others[row.id]) for row in first if row.id in others]
    if not matched:
        raise DataError("the two tables have no pair in common: compare scores of the same pairs")
    same = [two for two in matched if not _changed(two)]
    both = tuple(two for two in same if two[0].status == two[1].status == "scored")
    twos = {two[0].id: two for two in both}
    tasks = {name: [twos[row.id] for row in rows] for name, rows in by_task(row for row, _ in both).items()}
    return Comparison(
        both=both,
        groups=tuple(_shared(name, pairs, threshold) for name, pairs in {**tasks, "all": list(both)}.items()),
        unscored=len(same) - len(both),
        alone=(len(first) - len(matched), len(second) - len(matched)),
        changed=len(matched) - len(same),
    )


def gap(two: Both) -> float:
    """O of the first less that of the second."""
    return (two[0].overall or 0.0) - (two[1].overall or 0.0)


def _changed(two: Both) -> bool:
    """Whether the tables speak of different pictures or words; a row that could not be read says nothing."""
    return bool(two[0].digest and two[1].digest and two[0].digest != two[1].digest)


def _shared(name: str, pairs: Sequence[Both], threshold: float) -> Shared:
    ours, theirs = (_sides([two[index] for two in pairs]) for index in (0, 1))
    one, other = ours[2] >= threshold, theirs[2] >= threshold
    return Shared(
        name=name,
        pairs=len(pairs),
        spearman=tuple(map(or_none, spearman(ours, theirs))),
        difference=float(np.abs(ours[2] - theirs[2]).mean()) if pairs else None,
        kept=(int((one & other).sum()), int((one & ~other).sum()), int((~one & other).sum())),
    )


def _sides(rows: Sequence[ScoreRow]) -> NDArray[np.float64]:
    """SC, PQ and O, ``[3, rows]``."""
    return np.array([row.sides for row in rows], float).reshape(-1, 3).T
