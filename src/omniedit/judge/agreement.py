"""Two tables of scores -> how far a judge agrees with people, and people with each other.

    rho_m = Spearman(judge, mean of people) over the items of edit model m
    rho   = tanh( mean over m of artanh(rho_m) )                       Fisher's z

The protocol of VIEScore (arXiv 2312.14867, section 4) on ratings such as ImagenHub's (arXiv 2310.01596): the minimum
within SC and within PQ, O = sqrt(SC * PQ) of each rating, people averaged item by item, one correlation for each edit
model, and correlations averaged through Fisher's z. The code released with VIEScore (analyze_json.ipynb) leaves out the
artanh and applies the tanh to the mean of the rho_m, so that its published averages lie below ours for the same rho_m.

What the paper leaves open is decided here, and counted in the result:

* An item counts when both tables have it, the judge's SC and PQ can be read, and those of at least one person can. One
  that both have and that lacks a readable score is ``unscored``; one that only one table has is ``unmatched``.
* A model with fewer than `FEWEST` counted items, or whose scores are all the same on either side, has no correlation:
  it enters no average, and ``averaged`` says how many did.
* |rho_m| above `LIMIT` has an infinite or absurd z. It enters as ±`LIMIT`, and ``perfect`` counts it. An average that
  is at the limit is reported as ±1.
* People among themselves: the same protocol for each pair of raters over the counted items that both rated, and the
  pairs averaged through Fisher's z as well. (VIEScore's code compares each rater with the mean of the others, which
  is higher.)
* Intervals: 95 % percentile bootstrap (Efron 1979) over items within models; the models stay as they are. A model
  without a correlation in a resample is left out of that resample's average.

Spearman's rho is Pearson's r of the ranks, ties sharing their mean rank.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.errors import DataError
from omniedit.judge.ratings import Key, Score, read_ratings, read_scores
from omniedit.seeding import stream

SIDES = ("sc", "pq", "o")
"""What is compared."""
FEWEST = 3
"""Items from which a model has a correlation: two always give -1, 1 or nothing."""
LIMIT = 0.999_999
"""Largest correlation that enters an average."""
RESAMPLES = 1000
"""Resamples of the bootstrap."""
_BLOCK = 1 << 20
"""Numbers that one block of resamples holds."""

Floats = NDArray[np.float64]
Sides = Mapping[str, float | None]
"""A correlation for each of `SIDES`; None where there is none."""


@dataclass(frozen=True)
class ModelAgreement:
    """The correlations of one edit model."""

    items: int
    """Its counted items."""
    spearman: Sides
    """Spearman's rho, judge against people."""
    pearson: Sides
    """Pearson's r, judge against people."""


@dataclass(frozen=True)
class Agreement:
    """How far a judge agrees with people, averaged over edit models; None where nothing can be said."""

    spearman: Sides
    """Judge against the mean of people, Spearman."""
    pearson: Sides
    """Judge against the mean of people, Pearson."""
    human_human: Sides
    """One person against another, Spearman, averaged over the pairs of raters."""
    intervals: Mapping[str, Mapping[str, tuple[float, float] | None]]
    """95 % bootstrap intervals of ``spearman`` and ``pearson``."""
    items: int
    """Items that count."""
    unscored: int
    """Items of both tables that lack a readable score of the judge, or of every person."""
    unmatched: int
    """Items that only one table has."""
    unread_ratings: int
    """Single ratings of people that cannot be read, in the items that both tables have."""
    models: int
    """Edit models with an item that counts."""
    averaged: Mapping[str, Mapping[str, int]]
    """How many models entered each average of ``spearman`` and ``pearson``."""
    perfect: int
    """Model correlations above `LIMIT` that entered as `LIMIT`, over both methods and all sides."""
    raters: int
    """People with a readable rating of an item that counts."""
    per_model: Mapping[str, ModelAgreement]
    """Each edit model by its name."""
    seed: int
    """Seed of the bootstrap."""
    resamples: int
    """Its resamples."""

    def to_json(self) -> dict[str, Any]:
        """Plain values with the fields as keys; no NaN, no infinity: what cannot be said is None."""
        return asdict(self)


def agree(scores: Path | str, ratings: Path | str, *, seed: int = 0, resamples: int = RESAMPLES) -> Agreement:
    """The agreement of a judge's table with a table of people's ratings; see `omniedit.judge.ratings` for the formats.

    Args:
        scores: The judge's table: ``model, uid, sc, pq``, scores on 0..10.
        ratings: People's table: ``model, uid, rater, sc, pq``, ratings on 0, 0.5, 1.
        seed: Seed of the bootstrap; the order of rows has no part in any number.
        resamples: How many resamples; 0 for no intervals.

    Raises:
        DataError: A table cannot be read, lacks a column, contradicts itself, or no item has a score in both.
    """
    judge, people = read_scores(scores), read_ratings(ratings)
    if not judge.keys() & people.keys():
        examples = " and ".join(f"{', '.join(min(table)) if table else 'no rows'}" for table in (judge, people))
        raise DataError(f"{scores} and {ratings} have no item (model, uid) in common, for example {examples}")
    result = compare(judge, people, seed=seed, resamples=resamples)
    if not result.items:
        raise DataError(
            f"none of the {result.unscored} items that {scores} and {ratings} share has a readable score in both: "
            "a judge's are numbers or lists on 0 to 10, people's on 0 to 1"
        )
    return result


def compare(
    judge: Mapping[Key, Score | None],
    people: Mapping[Key, Mapping[str, Score | None]],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Agreement:
    """As `agree`, of tables that were read already; without a counted item all correlations are None."""
    shared = sorted(judge.keys() & people.keys())
    readable = {key: {rater: score for rater, score in people[key].items() if score} for key in shared}
    counted = [key for key in shared if judge[key] and readable[key]]
    models = {model: [key for key in counted if key[0] == model] for model in dict.fromkeys(key[0] for key in counted)}
    tables = {
        model: _table([judge[key] for key in keys], [readable[key] for key in keys]) for model, keys in models.items()
    }
    found = {name: _stack(method(*table) for table in tables.values()) for name, method in METHODS.items()}
    return Agreement(
        spearman=_sides(fisher_mean(found["spearman"])),
        pearson=_sides(fisher_mean(found["pearson"])),
        human_human=_sides(_among_people({key: readable[key] for key in counted})),
        intervals=_intervals(tables, seed, resamples),
        items=len(counted),
        unscored=len(shared) - len(counted),
        unmatched=len(judge.keys() ^ people.keys()),
        unread_ratings=sum(len(people[key]) - len(readable[key]) for key in shared),
        models=len(models),
        averaged={
            name: dict(zip(SIDES, map(int, np.isfinite(rhos).sum(0)), strict=True)) for name, rhos in found.items()
        },
        perfect=sum(int((np.abs(rhos) > LIMIT).sum()) for rhos in found.values()),
        raters=len({rater for key in counted for rater in readable[key]}),
        per_model={
            model: ModelAgreement(len(keys), _sides(found["spearman"][row]), _sides(found["pearson"][row]))
            for row, (model, keys) in enumerate(models.items())
        },
        seed=seed,
        resamples=resamples,
    )


Table = tuple[Floats, Floats]
"""The judge and the mean of people of one edit model, each ``[3, items]`` in the order of `SIDES`."""


def _table(judge: Sequence[Score | None], people: Sequence[Mapping[str, Score]]) -> Table:
    """The scores of one edit model, items in the order given."""
    ours = [score.sides for score in judge if score]
    theirs = [
        [_mean(side) for side in zip(*(score.sides for score in ratings.values()), strict=True)] for ratings in people
    ]
    return np.array(ours).T, np.array(theirs).T


def _mean(values: Sequence[float]) -> float:
    """The mean, whatever the order of values: equal ratings by other people stay tied."""
    return math.fsum(values) / len(values)


# Correlations ---------------------------------------------------------------------------------------------------------


def pearson(x: Floats, y: Floats) -> Floats:
    """Pearson's r along the last axis: ``[..., items]`` twice -> ``[...]``.

    NaN where there are fewer than `FEWEST` items, or where one side is constant.
    """
    if x.shape[-1] < FEWEST:
        return np.full(x.shape[:-1], np.nan)
    varied = (np.ptp(x, axis=-1) > 0) & (np.ptp(y, axis=-1) > 0)
    a, b = (side - side.mean(-1, keepdims=True) for side in (x, y))
    spread = np.sqrt((a * a).sum(-1) * (b * b).sum(-1))
    r = np.divide((a * b).sum(-1), spread, out=np.full(spread.shape, np.nan), where=varied & (spread > 0))
    return np.asarray(np.clip(r, -1, 1))


def spearman(x: Floats, y: Floats) -> Floats:
    """Spearman's rho along the last axis, as `pearson`: Pearson's r of the ranks, ties at their mean rank."""
    from scipy.stats import rankdata

    if x.shape[-1] < FEWEST:
        return pearson(x, y)
    return pearson(rankdata(x, axis=-1), rankdata(y, axis=-1))


METHODS: Mapping[str, Callable[[Floats, Floats], Floats]] = {"spearman": spearman, "pearson": pearson}
"""The correlations, by name."""


def fisher_mean(rhos: Floats) -> Floats:
    """tanh(mean(artanh(rho))) over the first axis (Fisher 1915); NaN entries are left out, NaN where none is left.

    Each |rho| above `LIMIT` enters as `LIMIT`; a mean at the limit is ±1.
    """
    known = ~np.isnan(rhos)
    z = np.arctanh(np.clip(np.where(known, rhos, 0), -LIMIT, LIMIT)).sum(0)
    counts = known.sum(0)
    mean = np.tanh(np.divide(z, counts, out=np.full(counts.shape, np.nan), where=counts > 0))
    return np.asarray(np.where(np.abs(mean) > LIMIT - 1e-12, np.sign(mean), mean))


def _stack(rows: Iterable[Floats]) -> Floats:
    """Correlations of each model, ``[models, 3]``."""
    return np.array([*rows]).reshape(-1, len(SIDES))


def _sides(values: Floats) -> dict[str, float | None]:
    """A number for each side, None for NaN."""
    return dict(zip(SIDES, map(or_none, values), strict=True))


def or_none(value: float) -> float | None:
    """``value`` as a plain number; None for NaN, where nothing can be said."""
    return float(value) if np.isfinite(value) else None


def _among_people(ratings: Mapping[Key, Mapping[str, Score]]) -> Floats:
    """Spearman of one person against another, averaged over models and then over pairs of raters: ``[3]``."""
    return fisher_mean(_stack(fisher_mean(_stack(rhos)) for rhos in _pairs(ratings)))


def _pairs(ratings: Mapping[Key, Mapping[str, Score]]) -> Iterator[list[Floats]]:
    """For each pair of raters who share items, the correlations of each model."""
    shared: dict[tuple[str, str], dict[str, list[tuple[Score, Score]]]] = {}
    for (model, _), by_rater in ratings.items():
        for pair in combinations(sorted(by_rater), 2):
            shared.setdefault(pair, {}).setdefault(model, []).append((by_rater[pair[0]], by_rater[pair[1]]))
    for models in shared.values():
        yield [
            spearman(*(np.array([s.sides for s in side]).T for side in zip(*both, strict=True)))
            for both in models.values()
        ]


# Intervals ------------------------------------------------------------------------------------------------------------


def _intervals(
    tables: Mapping[str, Table], seed: int, resamples: int
) -> dict[str, dict[str, tuple[float, float] | None]]:
    """95 % bootstrap interval of each method and side; None where no resample has a correlation."""
    draws = [_resampled(table, stream(seed, "agreement", model), resamples) for model, table in tables.items()]
    return {
        name: {
            side: _interval(fisher_mean(np.array([draw[row, column] for draw in draws]))) if draws else None
            for column, side in enumerate(SIDES)
        }
        for row, name in enumerate(METHODS)
    }


def _resampled(table: Table, rng: np.random.Generator, resamples: int) -> Floats:
    """Correlations of one model with its items drawn anew, ``[methods, 3, resamples]``."""
    judge, people = table
    items = judge.shape[1]
    result = np.empty((len(METHODS), len(SIDES), resamples))
    step = max(1, _BLOCK // items)
    for start in range(0, resamples, step):
        block = slice(start, min(start + step, resamples))
        picks = rng.integers(items, size=(block.stop - start, items))
        for row, method in enumerate(METHODS.values()):
            result[row, :, block] = method(judge[:, picks], people[:, picks])
    return result


def _interval(means: Floats) -> tuple[float, float] | None:
    """The middle 95 % of resampled averages."""
    known = means[np.isfinite(means)]
    if not known.size:
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
