"""The judges of one run against each other."""

from __future__ import annotations

import numpy as np
import pytest
from bench_rows import OTHER, STUDENT, row, with_scores
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from omniedit.bench.agreement import agreements, disagreements
from omniedit.bench.results import Row

BOTH = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), max_size=20)


def judged(pairs: list[tuple[int, int]]) -> list[Row]:
    return [
        with_scores(row(f"{place:02d}", float(one)), OTHER, [float(other)]) for place, (one, other) in enumerate(pairs)
    ]


def test_two_judges_as_scipy_and_sklearn_see_them() -> None:
    rng = np.random.default_rng(5)
    one = rng.integers(4, 11, 60)
    other = np.clip(one + rng.integers(-3, 4, 60), 0, 10)
    (pair,) = agreements(judged(list(zip(one.tolist(), other.tolist(), strict=True))))
    assert (pair.first, pair.second, pair.items) == (STUDENT, OTHER, 60)
    for side in ("sc", "pq", "o"):
        assert pair.spearman[side] == pytest.approx(stats.spearmanr(one, other).statistic)
        assert pair.pearson[side] == pytest.approx(stats.pearsonr(one, other).statistic)
        assert pair.difference[side] == pytest.approx((other - one).mean())
    assert pair.auroc == pytest.approx(roc_auc_score(one >= 7, other))


def test_what_one_judge_could_not_score_is_counted() -> None:
    rows = [with_scores(row("a", 8.0), OTHER, [None]), with_scores(row("b", None), OTHER, [5.0]), *judged([(1, 2)])]
    (pair,) = agreements(rows)
    assert (pair.items, pair.only_first, pair.only_second) == (1, 1, 1)
    assert (pair.spearman["o"], pair.auroc) == (None, None)


def test_one_judge_has_nobody_to_agree_with() -> None:
    assert agreements([row("a", 8.0)]) == ()
    assert disagreements([row("a", 8.0)], 5) == []


@settings(max_examples=40, deadline=None)
@given(BOTH, st.integers(0, 25))
def test_disagreements_are_the_widest_gaps(pairs: list[tuple[int, int]], count: int) -> None:
    found = disagreements(judged(pairs), count)
    gaps = sorted((abs(one - other) for one, other in pairs if one != other), reverse=True)
    assert [one.gap for one in found] == gaps[:count]
    assert all(max(one.overall.values()) - min(one.overall.values()) == one.gap for one in found)
