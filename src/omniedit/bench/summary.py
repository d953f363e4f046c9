"""From rows to numbers: SC, PQ and O per task, per aspect ratio and per phrasing, with how sure they are.

SC is the minimum of the two SC scores, PQ the minimum of the PQ scores, O = sqrt(SC * PQ) (VIEScore, arXiv 2312.14867).
What has no score enters no mean, and is counted beside it: ``coverage``, and why, and ``bounds`` for what O could be.
What was refused or crashed counts as not good in ``good``, so that declining is no way to win.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from omniedit.bench.intervals import Interval, bootstrap
from omniedit.bench.judged import judged_by, judges_of, overalls
from omniedit.bench.results import Row, Score

GOOD = 7.0
"""An edit is good from this O on."""
MOVED = 0.5
"""A picture has moved from this shift on, in pixels."""
TOP = 10.0
"""The highest score; the lowest is 0."""


@dataclass(frozen=True)
class Stats:
    """Numbers of one group of rows; None where nothing was scored, or nothing was measured."""

    count: int
    scored: int
    unscored: int
    """Answers that the judge could not score."""
    refused: int
    """Items that the contestant declined."""
    crashed: int
    """Items on which the contestant broke down."""
    coverage: float
    """Share of the items that have a score, 0..1."""
    photos: int
    """Photographs that the scored items are edits of; where that is not known, each counts as one."""
    sc: float | None
    pq: float | None
    overall: float | None
    """Mean O of the scored items."""
    interval: Interval | None
    """95 % interval of the mean O (`intervals.bootstrap`)."""
    bounds: Interval | None
    """The mean O of all items if those without a score had 0, and if they had `TOP`; None of no item."""
    good: float | None
    """Share with O of at least `GOOD` among the scored, the refused and the crashed."""
    outside: float | None
    """Mean absolute difference outside the edit, in levels 0..255, of the local edits."""
    shift: float | None
    """Median shift outside the edit, in pixels, of the local edits for which it can be told."""
    moved: float | None
    """Share of those with a shift of at least `MOVED`."""
    repeats: int
    """How often the judge was asked, at most."""
    spread: float | None
    """Mean over items of the standard deviation (n - 1) of O over repeats; None where nothing was scored twice."""
    mean_spread: float | None
    """Standard deviation (n - 1) over repeats of the mean O of the items that were scored every time."""


Summary = Mapping[str, Mapping[str, Stats]]
"""``{"all": {"all": …}, "task": {…}, "ratio": {…}, "phrasing": {…}}``; the last only where phrasings are known."""

GROUPINGS: dict[str, Callable[[Row], str]] = {
    "all": lambda row: "all",
    "task": lambda row: row.task,
    "ratio": lambda row: row.ratio,
    "phrasing": lambda row: row.phrasing,
}


def summarise(rows: Sequence[Row]) -> Summary:
    """Group ``rows`` in every way of `GROUPINGS` that tells them apart, groups in order of first appearance."""
    return {
        grouping: {
            key: measure([row for row in rows if key_of(row) == key]) for key in dict.fromkeys(map(key_of, rows))
        }
        for grouping, key_of in GROUPINGS.items()
        if any(map(key_of, rows))
    }


def summarise_by_judge(rows: Sequence[Row]) -> dict[str, Summary]:
    """The numbers by each judge of ``rows``, by its name and version, the rows' own first."""
    return {judge: summarise([judged_by(row, judge) for row in rows]) for judge in judges_of(rows)}


def measure(rows: Sequence[Row]) -> Stats:
    """The numbers of one group. The order of rows has no part in them."""
    scored = [row for row in rows if row.status == "scored"]
    overall = [row.overall for row in scored if row.overall is not None]
    photos = [row.photo or row.id for row in scored if row.overall is not None]
    lost = {status: sum(row.status == status for row in rows) for status in ("unscored", "refused", "crashed")}
    owed = len(rows) - lost["unscored"]
    shifts = [row.shift for row in rows if row.shift is not None]
    said = [_repeats(row) for row in scored]
    return Stats(
        count=len(rows),
        scored=len(scored),
        **lost,
        coverage=len(scored) / len(rows) if rows else 0.0,
        photos=len(set(photos)),
        sc=_mean(min(row.sc) for row in scored if row.sc),
        pq=_mean(min(row.pq) for row in scored if row.pq),
        overall=_mean(overall),
        interval=bootstrap(overall, photos),
        bounds=bounds(overall, len(rows)),
        good=sum(value >= GOOD for value in overall) / owed if owed else None,
        outside=_mean(row.outside for row in scored if row.outside is not None),
        shift=float(np.median(shifts)) if shifts else None,
        moved=_mean(float(shift >= MOVED) for shift in shifts),
        repeats=max((score.repeat + 1 for scores in said for score in scores), default=0),
        spread=_mean(float(np.std(several, ddof=1)) for scores in said if len(several := overalls(scores)) > 1),
        mean_spread=_mean_spread(said),
    )


def bounds(overall: Sequence[float], count: int) -> Interval | None:
    """The mean O of ``count`` items, if those without a value in ``overall`` had 0, and if they had `TOP`."""
    if not count:
        return None
    total = math.fsum(overall)
    return total / count, (total + TOP * (count - len(overall))) / count


def _repeats(row: Row) -> list[Score]:
    """What the judge that the row's own scores are from said, every time."""
    return [score for score in row.scores if score.judge == row.scores[0].judge]


def _mean_spread(said: Sequence[Sequence[Score]]) -> float | None:
    """See `Stats.mean_spread`."""
    repeats = max(map(len, said), default=0)
    whole = [several for scores in said if len(several := overalls(scores)) == repeats]
    if repeats < 2 or not whole:
        return None
    means = [math.fsum(values) / len(whole) for values in zip(*whole, strict=True)]
    return float(np.std(means, ddof=1))


def _mean(values: Iterable[float]) -> float | None:
    """The mean, whatever the order of ``values``."""
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else None
