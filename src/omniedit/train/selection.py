"""Which pairs of a set are trained on, and how often: by score, by task, by quota. What is left out is counted.

chosen = select(items, SelectionConfig(threshold=9, quotas={"style": 50_000}))
print(chosen.report())
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from omniedit.errors import RecipeError
from omniedit.train.items import TASKS, Index, Items, Subset

Rows = NDArray[np.int64]

_NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class SelectionConfig:
    """What is wanted of a set."""

    threshold: float = 0.0
    """Overall score below which a pair is left out, and one without a score too; 0 takes all that have a weight."""
    mix: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    """Task -> how often its pairs come in an epoch, 1 if it is not named. Of 2.5, half of them come a third time."""
    quotas: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Task -> most pairs of it, the best by score; no limit if it is not named."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises:
            RecipeError: A task is unknown, or a number negative.
        """
        known = [str(task) for task in TASKS]
        for name, value in (*self.mix.items(), *self.quotas.items()):
            if name not in known:
                raise RecipeError(f"there is no task {name!r} to mix or limit; there are {', '.join(known)}")
            if not 0 <= value < np.inf:
                raise RecipeError(f"{name} = {value}: a mix or a quota is 0 or more")


@dataclass(frozen=True)
class LeftOut:
    """Pairs of one task that are left out for one reason."""

    reason: str
    """Why."""
    task: str
    """Which."""
    count: int
    """How many."""


class Selected(Subset):
    """The rows that are trained on; a row that comes twice an epoch is there twice."""

    def __init__(self, items: Items, rows: Rows, left_out: tuple[LeftOut, ...]) -> None:
        """Take the ``rows`` of ``items``."""
        super().__init__(items, rows)
        self.left_out, self._of = left_out, len(items)

    def report(self) -> str:
        """How many are trained on, of each task, and how many are left out, and why; one line each."""
        distinct = len(np.unique(self.rows))
        counts = np.bincount(self.index.task, minlength=len(TASKS))
        tasks = ", ".join(f"{task} {count:,}" for task, count in zip(TASKS, counts, strict=True) if count)
        lines = [f"{distinct:,} of {self._of:,} pairs, {len(self):,} samples an epoch: {tasks or 'none'}"]
        lines += [f"{entry.count:,} of {entry.task} left out: {entry.reason}" for entry in self.left_out]
        return "\n".join(lines)


def select(items: Items, config: SelectionConfig = SelectionConfig(), seed: int = 0) -> Selected:
    """The rows of ``items`` that ``config`` wants, in their order.

    The rules, one after the other: a weight above 0; a wording; the threshold; the quota (the highest score first,
    equal ones by a hash of their id, as in :func:`omniedit.data.importance.limit`); the mix.

    Args:
        items: The set.
        config: What is wanted.
        seed: Which pairs come once more where a mix is no whole number.
    """
    index, left_out = items.index, list[LeftOut]()
    rows = np.arange(len(index), dtype=np.int64)
    for reason, wanted in _rules(index, config):
        left_out += _counted(index.task, rows[~wanted[rows]], reason)
        rows = rows[wanted[rows]]
    chosen = []
    for number, task in enumerate(TASKS):
        quota, often = config.quotas.get(str(task)), config.mix.get(str(task), 1.0)
        mine = rows[index.task[rows] == number]
        if quota is not None and quota < len(mine):
            best = _best_first(index, mine)
            left_out += _counted(index.task, best[quota:], f"beyond the quota of {quota:,}")
            mine = best[:quota]
        copies = _copies(index, mine, often, seed)
        left_out += _counted(index.task, mine[copies == 0], f"the mix takes {often:g} of it")
        chosen.append(np.repeat(mine, copies))
    return Selected(items, np.sort(np.concatenate(chosen), kind="stable"), tuple(left_out))


def _rules(index: Index, config: SelectionConfig) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Reason to leave rows out, and which pass."""
    yield "rejected (weight 0)", index.weight > 0
    yield "no instruction", index.wordings > 0
    if config.threshold > 0:
        yield "unscored", ~np.isnan(index.score)
        yield f"score below {config.threshold:g}", index.score >= config.threshold


def _counted(task: NDArray[np.uint8], rows: Rows, reason: str) -> list[LeftOut]:
    counts = np.bincount(task[rows], minlength=len(TASKS))
    return [LeftOut(reason, str(TASKS[number]), int(count)) for number, count in enumerate(counts) if count]


def _best_first(index: Index, rows: Rows) -> Rows:
    """``rows`` by score, highest first and unscored last, and equal ones by a hash of their id."""
    hashes = [hashlib.sha256(id.encode()).digest() for id in index.ids.take(rows).to_pylist()]
    score = np.nan_to_num(index.score[rows], nan=-np.inf)
    order = sorted(range(len(rows)), key=lambda place: (-score[place], hashes[place]))
    return rows[np.array(order, np.int64)]


def _copies(index: Index, rows: Rows, often: float, seed: int) -> NDArray[np.int64]:
    """How often each row comes: ``often`` rounded down, and once more for as many as make up the rest."""
    whole = int(often)
    copies = np.full(len(rows), whole, np.int64)
    more = round((often - whole) * len(rows))
    if more:
        hashes = [hashlib.sha256(f"{seed}\x1f{id}".encode()).digest() for id in index.ids.take(rows).to_pylist()]
        copies[sorted(range(len(rows)), key=hashes.__getitem__)[:more]] += 1
    return copies
