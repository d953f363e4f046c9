"""Means that published benchmarks report, with one rule for what has no score: it is missed, not left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from omniedit.bench.results import Row

COVERAGE = 0.95
"""Least share of a group's items that must have a score for the group to have a mean."""

Value = Callable[[Row], float | None]
"""The number of one scored row; None where it has none of that kind."""


def sc(row: Row) -> float | None:
    """SC, the least of the scores for semantic consistency."""
    return min(row.sc, default=None)


def pq(row: Row) -> float | None:
    """PQ, the least of the scores for perceptual quality."""
    return min(row.pq, default=None)


def overall(row: Row) -> float | None:
    """O = sqrt(SC * PQ) of the item."""
    return row.overall


def group_means(rows: Sequence[Row], groups: Mapping[str, str], value: Value) -> dict[str, float | None]:
    """The mean of ``value`` in each group of ``groups`` (id -> group), which says what the suite has.

    None where fewer than `COVERAGE` of a group's items have one: refusals, crashes, replies that nobody could read
    and items that were not run.
    """
    found = _values(rows, value)
    members: dict[str, list[str]] = {}
    for name, group in groups.items():
        members.setdefault(group, []).append(name)
    return {group: _mean(found, names) for group, names in members.items()}


def average(means: Mapping[str, float | None], groups: Iterable[str]) -> float | None:
    """The mean over ``groups`` of their means, each group counting alike; None where one of them has none."""
    values = [means.get(group) for group in groups]
    told = [value for value in values if value is not None]
    return math.fsum(told) / len(told) if told and len(told) == len(values) else None


def coverage(rows: Sequence[Row], groups: Mapping[str, str], value: Value) -> float:
    """Share of the suite's items that have a ``value``, 0..1."""
    found = _values(rows, value)
    return sum(name in found for name in groups) / len(groups)


def _values(rows: Sequence[Row], value: Value) -> dict[str, float]:
    told = ((row.id, value(row)) for row in rows if row.status == "scored")
    return {name: number for name, number in told if number is not None}


def _mean(found: Mapping[str, float], names: Sequence[str]) -> float | None:
    values = [found[name] for name in names if name in found]
    return math.fsum(values) / len(values) if values and len(values) >= COVERAGE * len(names) else None
