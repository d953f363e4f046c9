"""What a panel's ratings say of a group of edits: SC, PQ, O and accuracy, each with an interval, and what is missing.

Each rating has SC and PQ in {0, 0.5, 1}, and O = sqrt(SC * PQ) (ImagenHub, arXiv 2310.01596, section 4). What is
averaged, and in which order:

    of an edit     SC, PQ, O: the mean of its raters' ratings; accuracy: the share of its raters with SC = 1
    of a group     the mean over its rated edits, each counted once, however many people rated it

So O is the mean of roots, not the root of the means, as in ImagenHub's own code; where everyone rated everything, it is
the mean of all ratings. Accuracy is that of OmniEdit (arXiv 2411.07199, section 5): the share of edits with SC = 1.

What nobody rated is in no mean; it is counted. What a contestant declined has no picture and no rating: it is in no SC,
PQ or O, and counts as not accurate, so that declining is no way to win (as in `omniedit.bench.summary`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omniedit.bench.human.ratings import Rating, Ratings
from omniedit.bench.human.reliability import Alpha, alpha
from omniedit.bench.human.study import Edit
from omniedit.bench.intervals import bootstrap


@dataclass(frozen=True)
class Mean:
    """A mean on 0..1."""

    value: float
    """The mean over edits."""
    interval: tuple[float, float] | None
    """95 % bootstrap interval over edits; the raters stay as they are."""


@dataclass(frozen=True)
class Group:
    """The numbers of one group of edits; None where nobody rated any."""

    edits: int
    """Edits that were to be rated."""
    rated: int
    """Those with at least one rating."""
    declined: int
    """Items to which the contestant gave no picture."""
    ratings: int
    """Ratings that count."""
    missing: int
    """Ratings that the panel still owes: raters times edits, less ``ratings``."""
    raters: int
    """People who rated any of these edits."""
    sc: Mean | None
    """Semantic consistency."""
    pq: Mean | None
    """Perceptual quality."""
    o: Mean | None
    """O = sqrt(SC * PQ) of each rating."""
    accuracy: Mean | None
    """Share with SC = 1, of what was rated and what was declined."""
    alpha_sc: Alpha
    """Agreement of the raters on SC."""
    alpha_pq: Alpha
    """Agreement of the raters on PQ."""


def given(edit: Edit, panel: Mapping[str, Ratings]) -> dict[str, Rating]:
    """What the panel said of an edit, by rater."""
    return {rater: said.latest[edit.key] for rater, said in panel.items() if edit.key in said.latest}


def measure(edits: Sequence[Edit], panel: Mapping[str, Ratings], resamples: int = 0) -> Group:
    """The numbers of ``edits``; with ``resamples`` for the intervals of alpha."""
    shown = [edit for edit in edits if edit.shown]
    said = [given(edit, panel) for edit in shown]
    rated = [list(ratings.values()) for ratings in said if ratings]
    total = sum(map(len, rated))
    return Group(
        edits=len(shown),
        rated=len(rated),
        declined=len(edits) - len(shown),
        ratings=total,
        missing=len(panel) * len(shown) - total,
        raters=len({rater for ratings in said for rater in ratings}),
        sc=_mean([_average([one.sc for one in ratings]) for ratings in rated]),
        pq=_mean([_average([one.pq for one in ratings]) for ratings in rated]),
        o=_mean([_average([math.sqrt(one.sc * one.pq) for one in ratings]) for ratings in rated]),
        accuracy=_mean(
            [_average([one.sc == 1 for one in ratings]) for ratings in rated],
            # Of all items this share has an answer; the rated stand for all of those, for the order is random.
            share=len(shown) / max(1, len(edits)),
        ),
        alpha_sc=alpha([[one.sc for one in ratings] for ratings in rated], resamples),
        alpha_pq=alpha([[one.pq for one in ratings] for ratings in rated], resamples),
    )


def _average(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _mean(values: Sequence[float], share: float = 1.0) -> Mean | None:
    """The mean of ``values`` times ``share``, with its interval."""
    if not values:
        return None
    interval = bootstrap(values)
    return Mean(_average(values) * share, interval and (interval[0] * share, interval[1] * share))
