"""Rows as one of their judges sees them: a run may have several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from omniedit.bench.results import Row, Score


def judges_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """Names and versions of the judges of ``rows``, the one that the rows' own scores are from first."""
    return tuple(dict.fromkeys(score.judge for row in rows for score in row.scores))


def judged_by(row: Row, judge: str) -> Row:
    """``row`` with the scores of ``judge`` as its own and as its only ones. What was refused or crashed stays so."""
    scores = tuple(score for score in row.scores if score.judge == judge)
    if row.status in ("refused", "crashed"):
        return row
    blank = replace(row, status="unscored", sc=(), pq=(), overall=None, reason="", scores=scores)
    return headed(blank, scores) if scores else replace(blank, reason=f"{judge} was not asked")


def headed(row: Row, scores: Sequence[Score]) -> Row:
    """An unscored row with one judge's ``scores`` as its own: means over the repeats that could be read.

    The judge's words, or why none could be read, join what the row's reason says already.
    """
    read = [score for score in scores if score.overall is not None]
    if not read:
        return replace(row, reason=_joined(row.reason, scores[0].unscored))
    return replace(
        row,
        status="scored",
        sc=_means([score.sc for score in read]),
        pq=_means([score.pq for score in read]),
        overall=float(np.mean(overalls(read))),
        reason=_joined(row.reason, read[0].reason),
    )


def _joined(*words: str) -> str:
    return " · ".join(filter(None, words))


def overalls(scores: Sequence[Score]) -> list[float]:
    """O of those that could be read."""
    return [score.overall for score in scores if score.overall is not None]


def _means(values: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The mean at each place."""
    return tuple(float(mean) for mean in np.mean(values, axis=0))
