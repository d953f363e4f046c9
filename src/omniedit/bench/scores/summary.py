"""A table of scores in numbers: by task, before and after importance sampling, and why some have no score."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from omniedit.bench.scores.table import ScoreRow
from omniedit.data.importance import TASK_ORDER, THRESHOLD, Tally, count
from omniedit.types import Task

SIDES = ("SC", "PQ", "O")
"""The three numbers of a scored row, as `ScoreRow.sides` has them."""


@dataclass(frozen=True)
class Means:
    """A group of rows."""

    name: str
    """Name of the task, or ``all``."""
    rows: int
    """Rows, scored or not."""
    scored: int
    """Those with a score: only they enter the means."""
    means: tuple[float, float, float] | None
    """Mean SC, PQ and O; None where none was scored."""


def by_task(rows: Iterable[ScoreRow]) -> dict[str, list[ScoreRow]]:
    """Rows of each task that occurs, in the order of the paper's Table 4."""
    groups: dict[str, list[ScoreRow]] = {str(task): [] for task in TASK_ORDER}
    for row in rows:
        groups[row.task].append(row)
    return {name: group for name, group in groups.items() if group}


def means(rows: Sequence[ScoreRow]) -> list[Means]:
    """The means of each task, and of all."""
    return [_means(name, group) for name, group in {**by_task(rows), "all": list(rows)}.items()]


def tallies(rows: Iterable[ScoreRow], threshold: float = THRESHOLD) -> list[Tally]:
    """Counts before and after importance sampling at ``threshold``: the rows of the paper's Table 4, and a total."""
    return count((Task(row.task), row.overall, (row.overall or 0.0) >= threshold) for row in rows)


def histogram(values: Iterable[float]) -> list[int]:
    """How many values have the whole part 0, 1 … 10."""
    counts = Counter(map(int, values))
    return [counts[score] for score in range(11)]


def reasons(rows: Iterable[ScoreRow]) -> list[Reason]:
    """Why rows have no score, the most frequent reason first; alike ones count together."""
    groups: dict[str, list[ScoreRow]] = {}
    for row in rows:
        if row.status == "unscored":
            groups.setdefault(alike(row.reason), []).append(row)
    found = [Reason(group[0].reason, len(group), group[0].id) for group in groups.values()]
    return sorted(found, key=lambda reason: (-reason.rows, reason.text))


@dataclass(frozen=True)
class Reason:
    """A reason for which rows have no score."""

    text: str
    """The reason of the first of them, in full."""
    rows: int
    """How many there are."""
    example: str
    """Id of the first."""


def alike(reason: str) -> str:
    """A reason without what differs from row to row: numbers, and words in quotes."""
    return re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "…", reason)


def _means(name: str, rows: Sequence[ScoreRow]) -> Means:
    sides = [row.sides for row in rows if row.status == "scored"]
    averages = tuple(sum(side) / len(sides) for side in zip(*sides, strict=True)) if sides else None
    return Means(name, len(rows), len(sides), averages)
