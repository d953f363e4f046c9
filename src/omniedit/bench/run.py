"""Run a suite: ask the contestant each item that has no row yet, let the judge score the answer, and write it down.

Every item has its own seed, derived from the run's seed and the item's id: the order, the number of items and any stop
in between change nothing. So to continue a run, give the same command again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from omniedit.bench.contestants import Contestant
from omniedit.bench.item import Item, Suite
from omniedit.bench.results import Results, Row, Status
from omniedit.errors import OmniEditError
from omniedit.images import save_picture
from omniedit.judge.rubric import Judge
from omniedit.seeding import derive
from omniedit.types import Candidate, Ideal, Image, Task, Verdict


def run(
    suite: Suite,
    contestant: Contestant,
    results: Results,
    judge: Judge,
    *,
    seed: int = 0,
    tick: Callable[[Row], None] = lambda row: None,
) -> list[Row]:
    """Answer what is not answered yet.

    Args:
        suite: The items.
        contestant: The editor under test.
        results: Where rows go, and where earlier ones are.
        judge: Scores each answer against the item's ideal.
        seed: Seed of the contestant's random streams.
        tick: Called with every new row.

    Returns:
        All rows of the suite, in its order.
    """
    rows = {row.id: row for row in results.rows()}
    for name in suite.ids:
        if name not in rows:
            rows[name] = answer(suite.item(name), contestant, judge, results.pictures, seed)
            results.append(rows[name])
            tick(rows[name])
    return [rows[name] for name in suite.ids]


def answer(item: Item, contestant: Contestant, judge: Judge, pictures: Path, seed: int = 0) -> Row:
    """The contestant's answer to ``item``, scored, its pictures saved in the folder ``pictures``."""
    own_seed = derive(seed, "bench", item.id) % 2**31
    try:
        result = contestant(item, own_seed)
    except OmniEditError as error:
        return _row(item, "refused", reason=str(error))
    candidate = Candidate(item.photo.id, item.proposal, item.photo.image, result, maker="contestant", seed=own_seed)
    for kind, picture in (("source", item.photo.image), ("result", result), ("ideal", item.ideal.image)):
        save_picture(pictures / f"{item.id}-{kind}.png", picture, overwrite=True)
    return _scored(item, judge.score(candidate, item.ideal), outside(item, result))


def outside(item: Item, result: Image) -> float | None:
    """Mean absolute difference of ``result`` from the photo outside the edit, 0..255; None for a global edit."""
    if not item.proposal.task.local:
        return None
    kept = ~_may_change(item.ideal, item.proposal.task)
    if not kept.any():
        return None
    difference = np.abs(item.photo.image[kept].astype(np.int16) - result[kept])
    return float(difference.mean())


def _may_change(ideal: Ideal, task: Task) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Where the edit may change pixels: the ideal's mask, and for an addition wherever its object may stand."""
    allowed = ideal.mask > 0
    if task is Task.ADDITION and ideal.sprite is not None:
        height, width = allowed.shape
        reach_y, reach_x = (side * max(ideal.scales) / 2 for side in ideal.sprite.shape[:2])
        left, top, right, bottom = ideal.region
        rows = slice(max(0, int(top * height - reach_y)), int(bottom * height + reach_y) + 1)
        columns = slice(max(0, int(left * width - reach_x)), int(right * width + reach_x) + 1)
        allowed[rows, columns] = True
    return allowed


def _scored(item: Item, verdict: Verdict, changed_outside: float | None) -> Row:
    if not verdict.scored:
        return _row(item, "unscored", reason=verdict.unscored)
    reason = " · ".join(filter(None, (verdict.sc_reasoning, verdict.pq_reasoning)))
    row = _row(item, "scored", reason=reason, outside=changed_outside)
    return replace(row, sc=verdict.sc, pq=verdict.pq, overall=verdict.overall)


def _row(item: Item, status: Status, *, reason: str, outside: float | None = None) -> Row:
    task = str(item.proposal.task)
    return Row(item.id, task, item.ratio, item.phrasing, item.instruction, status, reason=reason, outside=outside)
