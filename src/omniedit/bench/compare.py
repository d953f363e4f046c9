"""Several contestants on the same items: every two of them, paired item by item.

A difference is the mean over the items that both have scored; the others are counted, by who lacks a score. Its 95 %
interval resamples photographs (`intervals`), its p value flips the signs of whole photographs (`significance`). p
values are corrected by Holm over all pairs: those over all items as one family, those of single tasks as another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

from omniedit.bench.intervals import Interval, bootstrap, by_photo
from omniedit.bench.judged import judged_by
from omniedit.bench.results import Row, Run
from omniedit.bench.significance import holm, sign_flips
from omniedit.bench.summary import Summary, summarise
from omniedit.errors import DataError, InputError

ALL = "all"
"""The group of all items."""
TIE = 1e-9
"""Two O that differ by no more are equal."""


@dataclass(frozen=True)
class Contestant:
    """One run of a comparison."""

    name: str
    """Its model; where two runs have the same, with the run's folder in brackets."""
    model_sha256: str
    """Hash of its weights; empty where it has none."""
    summary: Summary
    """Its numbers by the judge of the comparison."""


@dataclass(frozen=True)
class Difference:
    """The first contestant against the second on one group of items; None where both have scored none of it."""

    first: str
    second: str
    group: str
    """`ALL`, or a task."""
    mean: float | None
    """Mean of the first's O less the second's: above 0, the first is better."""
    interval: Interval | None
    """Its 95 % interval; None for fewer than two photographs."""
    p: float | None
    """Two-sided p value of a sign-flip test."""
    p_holm: float | None
    """The same, corrected for the other comparisons."""
    count: int
    """Items that both have scored."""
    photos: int
    """Photographs that these are edits of."""
    wins: int
    """Items of ``count`` on which the first has the higher O."""
    ties: int
    losses: int
    only_first: int
    """Items that only the first has a score for."""
    only_second: int
    """Items that only the second has a score for."""
    neither: int
    """Items that none of the two has a score for."""


@dataclass(frozen=True)
class Comparison:
    """Several contestants on the same items."""

    suite: str
    suite_hash: str
    """What the items depend on."""
    judge: str
    """Name and version of the judge whose scores are compared."""
    rubric: str
    """Stamp of what it was asked; empty where the runs do not say."""
    contestants: tuple[Contestant, ...]
    """In the order given."""
    pairs: tuple[Difference, ...]
    """Every two contestants on all items, then on each task."""

    def to_json(self) -> dict[str, Any]:
        """Plain values with the fields as keys."""
        return asdict(self)

    def pair(self, first: str, second: str, group: str = ALL) -> Difference:
        """The difference of two contestants, the one given first against the other.

        Raises:
            KeyError: There is none.
        """
        for one in self.pairs:
            if one.group == group and (one.first, one.second) == (first, second):
                return one
            if one.group == group and (one.first, one.second) == (second, first):
                return turned(one)
        raise KeyError((first, second, group))


def compare(runs: Sequence[Run], *, judge: str = "", seed: int = 0) -> Comparison:
    """Compare finished runs of one suite.

    Args:
        runs: Two at least.
        judge: Name and version of the judge whose scores count; empty for the first of the first run that scored all.
        seed: Seed of resamples and of drawn signs.

    Raises:
        InputError: There are fewer than two runs.
        DataError: They are of different items, no judge has scored all of them by one rubric, or two have one name.
    """
    if len(runs) < 2:
        raise InputError("a comparison takes two runs at least")
    for other in runs[1:]:
        _check_same_items(runs[0], other)
    name, rubric = _common_judge(runs, judge)
    rows = {called: rows_by(run, name) for called, run in zip(names(runs), runs, strict=True)}
    contestants = tuple(
        Contestant(called, str(run.settings.get("model_sha256") or ""), summarise(rows[called]))
        for called, run in zip(rows, runs, strict=True)
    )
    suite, hashed = (str(runs[0].settings.get(key) or "") for key in ("suite", "suite_hash"))
    return Comparison(suite, hashed, name, rubric, contestants, tuple(_pairs(rows, seed)))


def _pairs(rows: Mapping[str, Sequence[Row]], seed: int) -> Iterator[Difference]:
    """Every two contestants on all items, then on each task, with corrected p values."""
    tasks = list(dict.fromkeys(row.task for row in next(iter(rows.values()))))
    for family in ([ALL], tasks):
        found = [
            difference(first, second, rows[first], rows[second], group, seed=seed)
            for group in family
            for first, second in combinations(rows, 2)
        ]
        for one, p in zip(found, holm([one.p for one in found]), strict=True):
            yield replace(one, p_holm=p)


def difference(
    first: str, second: str, ours: Sequence[Row], theirs: Sequence[Row], group: str = ALL, *, seed: int = 0
) -> Difference:
    """Two contestants on the items of ``group``; ``p_holm`` is left to whoever knows what else is compared.

    Args:
        first: Name of the one.
        second: Name of the other.
        ours: Rows of the one.
        theirs: Rows of the other, of the same items in any order.
        group: `ALL`, or a task.
        seed: Seed of resamples and of drawn signs.
    """
    one, other = ({row.id: row for row in rows if group in (ALL, row.task)} for rows in (ours, theirs))
    scores = [{name: row.overall for name, row in rows.items() if row.overall is not None} for rows in (one, other)]
    both = sorted(scores[0].keys() & scores[1].keys())
    gaps = [_settled(scores[0][name] - scores[1][name]) for name in both]
    photos = [one[name].photo or other[name].photo or name for name in both]
    sums, _ = by_photo(gaps, photos)
    return Difference(
        first=first,
        second=second,
        group=group,
        mean=math.fsum(gaps) / len(gaps) if gaps else None,
        interval=bootstrap(gaps, photos, seed=seed),
        p=sign_flips(sums, seed=seed) if gaps else None,
        p_holm=None,
        count=len(both),
        photos=len(sums),
        wins=sum(gap > 0 for gap in gaps),
        ties=gaps.count(0.0),
        losses=sum(gap < 0 for gap in gaps),
        only_first=len(scores[0]) - len(both),
        only_second=len(scores[1]) - len(both),
        neither=len(one.keys() | other.keys()) - len(scores[0].keys() | scores[1].keys()),
    )


def _settled(gap: float) -> float:
    return 0.0 if abs(gap) <= TIE else gap


def turned(one: Difference) -> Difference:
    """The same difference, seen from the second."""
    low, high = one.interval or (0.0, 0.0)
    return replace(
        one,
        first=one.second,
        second=one.first,
        mean=None if one.mean is None else -one.mean,
        interval=(-high, -low) if one.interval else None,
        wins=one.losses,
        losses=one.wins,
        only_first=one.only_second,
        only_second=one.only_first,
    )


# What can be compared -------------------------------------------------------------------------------------------------


def rows_by(run: Run, judge: str) -> list[Row]:
    """The rows of ``run`` with the scores of ``judge`` as their own; where a run keeps no others, as they are."""
    if not any(row.scores for row in run.rows):
        return list(run.rows)
    return [judged_by(row, judge) for row in run.rows]


def rubrics(run: Run) -> dict[str, str]:
    """Judge -> stamp of what it was asked, the run's own judge first; of runs that do not say, it is empty."""
    asked = dict.fromkeys(run.judges, "")
    return asked | {score.judge: score.rubric for row in run.rows for score in row.scores}


def names(runs: Sequence[Run]) -> list[str]:
    """A name for each run: its model; where two have the same, with the run's folder.

    Raises:
        DataError: The folders are named alike as well.
    """
    models = [str(run.settings.get("model") or run.folder.name) for run in runs]
    called = [
        model if models.count(model) == 1 else f"{model} ({run.folder.resolve().name})"
        for model, run in zip(models, runs, strict=True)
    ]
    twins = sorted({name for name in called if called.count(name) > 1})
    if twins:
        raise DataError(f"two runs are both called {twins[0]}: name one of them, or give its folder another name")
    return called


def _check_same_items(first: Run, other: Run) -> None:
    """Check that two runs were asked the same.

    Raises:
        DataError: They were not.
    """
    for key in ("suite", "suite_hash"):
        ours, theirs = first.settings.get(key), other.settings.get(key)
        if ours != theirs:
            raise DataError(
                f"{first.folder} and {other.folder} cannot be compared: {key.replace('_', ' ')} {ours} there, {theirs} "
                "here. Run both on one suite, with the same photographs, seed and limit"
            )
    asked, asked_too = ({row.id: (row.task, row.instruction) for row in run.rows} for run in (first, other))
    unlike = sorted(name for name in asked.keys() | asked_too.keys() if asked.get(name) != asked_too.get(name))
    if unlike:
        raise DataError(
            f"{first.folder} and {other.folder} do not answer the same items: {unlike[0]} differs, or only one has it "
            f"({len(unlike)} such items). Run both on one suite, with the same photographs, seed and limit"
        )


def _common_judge(runs: Sequence[Run], wanted: str) -> tuple[str, str]:
    """The judge to compare by, and the stamp of its rubric.

    Raises:
        DataError: No judge, or not the one that is wanted, has scored all runs by one rubric.
    """
    known = [rubrics(run) for run in runs]
    shared = [(judge, rubric) for judge, rubric in known[0].items() if all(k.get(judge) == rubric for k in known)]
    for judge, rubric in shared:
        if wanted in ("", judge, judge.partition(" ")[0]):
            return judge, rubric
    there = "; ".join(
        f"{run.folder}: {', '.join(f'{judge} ({rubric})' if rubric else judge for judge, rubric in judges.items())}"
        for run, judges in zip(runs, known, strict=True)
    )
    who = f"{wanted} has not scored all runs" if wanted else "no judge has scored all runs"
    raise DataError(
        f"{who} by one rubric, and scores of different judges cannot be compared ({there}): let one judge score all of "
        "them, with omniedit bench run and --judge"
    )
