"""From rows to numbers: what counts, what does not, and how sure a mean is."""

from __future__ import annotations

import numpy as np
import pytest

from omniedit.bench.results import Row
from omniedit.bench.summary import bootstrap, measure, summarise


def scored(
    name: str, overall: float, *, task: str = "swap", phrasing: str = "seen", outside: float | None = None
) -> Row:
    scores = {"sc": (overall, 10.0), "pq": (overall,), "overall": overall, "outside": outside}
    return Row(name, task, "1:1", phrasing, "Do it.", "scored", **scores)


def refused(name: str) -> Row:
    return Row(name, "swap", "1:1", "seen", "Do it.", "refused", reason="never learned")


def unscored(name: str) -> Row:
    return Row(name, "swap", "1:1", "seen", "Do it.", "unscored", reason="no score in the reply")


def test_scores_are_minima_and_means() -> None:
    row = Row("a", "swap", "1:1", "seen", "Do it.", "scored", sc=(9.0, 4.0), pq=(8.0, 6.0), overall=24**0.5)
    stats = measure([row, scored("b", 8.0)])
    assert (stats.sc, stats.pq) == (6.0, 7.0)
    assert stats.overall == pytest.approx((24**0.5 + 8.0) / 2)


def test_unscored_items_enter_no_mean() -> None:
    alone, beside = measure([scored("a", 8.0)]), measure([scored("a", 8.0), unscored("b")])
    assert (beside.overall, beside.good, beside.interval) == (alone.overall, alone.good, alone.interval)
    assert (beside.count, beside.scored, beside.unscored) == (2, 1, 1)


def test_refusing_does_not_raise_the_share_of_good_edits() -> None:
    stats = measure([scored("a", 8.0), refused("b"), scored("c", 6.99), scored("d", 7.0)])
    assert stats.good == 0.5
    assert stats.refused == 1
    assert stats.overall == pytest.approx((8.0 + 6.99 + 7.0) / 3)


def test_nothing_scored_has_no_numbers() -> None:
    stats = measure([unscored("a")])
    assert (stats.sc, stats.pq, stats.overall, stats.interval, stats.good, stats.outside) == (None,) * 6


def test_difference_outside_counts_local_edits_only() -> None:
    assert measure([scored("a", 8.0, outside=2.0), scored("b", 8.0), scored("c", 8.0, outside=4.0)]).outside == 3.0


def test_groups_partition_the_rows() -> None:
    rows = [scored("a", 8.0), scored("b", 2.0, task="style", phrasing="unseen"), scored("c", 4.0, task="style")]
    summary = summarise(rows)
    assert {key: stats.overall for key, stats in summary["task"].items()} == {"swap": 8.0, "style": 3.0}
    assert all(sum(stats.count for stats in groups.values()) == 3 for groups in summary.values())


def test_bootstrap_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    intervals = [bootstrap(rng.normal(6.0, 2.0, size=40).tolist()) for _ in range(200)]
    covered = np.mean([low <= 6.0 <= high for low, high in filter(None, intervals)])
    assert 0.88 <= covered <= 0.99


def test_bootstrap_is_repeatable_and_none_for_nothing() -> None:
    assert bootstrap([1.0, 5.0, 9.0]) == bootstrap([1.0, 5.0, 9.0])
    assert bootstrap([4.0, 4.0]) == (4.0, 4.0)
    assert bootstrap([]) is None
