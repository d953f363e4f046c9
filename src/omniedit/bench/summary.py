"""From rows to numbers: SC, PQ and O per task, per aspect ratio and per phrasing, with how sure they are.

SC is the minimum of the two SC scores, PQ the minimum of the PQ scores, O = sqrt(SC * PQ) (VIEScore, arXiv 2312.14867).
Unscored and refused items enter no mean; a refusal counts as not good in ``good``, so that declining is no way to win.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from omniedit.bench.results import Row

GOOD = 7.0
"""An edit is good from this O on."""
RESAMPLES = 2000


@dataclass(frozen=True)
class Stats:
    """Numbers of one group of rows; None where nothing was scored."""

    count: int
    scored: int
    unscored: int
    refused: int
    sc: float | None
    pq: float | None
    overall: float | None
    interval: tuple[float, float] | None
    """95 % bootstrap interval of the mean O."""
    good: float | None
    """Share with O of at least `GOOD` among the scored and the refused."""
    outside: float | None
    """Mean absolute difference outside the edit, in levels 0..255, of the local edits."""


Summary = Mapping[str, Mapping[str, Stats]]
"""``{"all": {"all": …}, "task": {…}, "ratio": {…}, "phrasing": {…}}``."""

GROUPINGS: dict[str, Callable[[Row], str]] = {
    "all": lambda row: "all",
    "task": lambda row: row.task,
    "ratio": lambda row: row.ratio,
    "phrasing": lambda row: row.phrasing,
}


def summarise(rows: Sequence[Row]) -> Summary:
    """Group ``rows`` in every way of `GROUPINGS`, groups in order of first appearance."""
    return {
        grouping: {
            key: measure([row for row in rows if key_of(row) == key]) for key in dict.fromkeys(map(key_of, rows))
        }
        for grouping, key_of in GROUPINGS.items()
    }


def measure(rows: Sequence[Row]) -> Stats:
    """The numbers of one group."""
    scored = [row for row in rows if row.status == "scored"]
    refused = sum(row.status == "refused" for row in rows)
    overall = [row.overall for row in scored if row.overall is not None]
    judged = len(scored) + refused
    return Stats(
        count=len(rows),
        scored=len(scored),
        unscored=len(rows) - judged,
        refused=refused,
        sc=_mean(min(row.sc) for row in scored),
        pq=_mean(min(row.pq) for row in scored),
        overall=_mean(overall),
        interval=bootstrap(overall),
        good=sum(value >= GOOD for value in overall) / judged if judged else None,
        outside=_mean(row.outside for row in scored if row.outside is not None),
    )


def bootstrap(values: Sequence[float], seed: int = 0) -> tuple[float, float] | None:
    """95 % percentile interval of the mean of ``values`` (Efron 1979), with a fixed seed; None for none."""
    if not values:
        return None
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(np.asarray(values)[picks].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return float(np.mean(listed)) if listed else None
