"""From rows to numbers: what counts, what does not, and how sure a mean is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bench_rows import OTHER, STUDENT, row, rows_of, with_scores
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.bench.coverage import missing
from omniedit.bench.results import Row
from omniedit.bench.summary import measure, summarise, summarise_by_judge


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


def test_phrasings_are_a_group_only_where_they_are_known() -> None:
    assert set(summarise([row("a", 8.0)])) == {"all", "task", "ratio"}
    assert set(summarise([row("a", 8.0), scored("b", 8.0)])["phrasing"]) == {"", "seen"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.floats(0, 10), min_size=1, max_size=30))
def test_the_mean_of_all_items_would_lie_within_the_bounds(overall: list[float | None]) -> None:
    stats = measure(rows_of(overall))
    low, high = stats.bounds or (0.0, 0.0)
    assert stats.coverage == pytest.approx(1 - overall.count(None) / len(overall))
    assert high - low == pytest.approx(10 * (1 - stats.coverage))
    for guess in (0.0, 3.0, 10.0):
        assert low - 1e-9 <= np.mean([guess if value is None else value for value in overall]) <= high + 1e-9


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.floats(0, 10), max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_rows_has_no_part_in_their_numbers(overall: list[float | None], random: object) -> None:
    rows = rows_of(overall, [f"photo {place // 2}" for place in range(len(overall))])
    shuffled = [*rows]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert measure(shuffled) == measure(rows)


def test_every_way_to_have_no_score_is_counted_apart() -> None:
    rows = [row("a", 8.0), row("b", None, status="crashed"), row("c", None, status="refused"), row("d", None)]
    stats = measure(rows)
    assert (stats.scored, stats.crashed, stats.refused, stats.unscored) == (1, 1, 1, 1)
    assert stats.coverage == 0.25
    assert stats.good == pytest.approx(1 / 3)  # the judge's failure is not the contestant's
    assert missing(stats) == (
        "3 of 4 items have no score: 1 declined by the contestant, 1 on which the contestant crashed, 1 that the judge "
        "could not score. They are in no mean; had they scored 0, O would be 2.00, and had they scored 10, 9.50."
    )


def test_nothing_is_said_of_what_is_whole() -> None:
    assert missing(measure([row("a", 8.0)])) == ""


def test_edits_of_one_photograph_make_a_mean_less_sure() -> None:
    overall = [2.0, 2.5, 3.0, 6.0, 6.5, 7.0, 9.0, 9.5, 10.0]
    photos = ["a", "a", "a", "b", "b", "b", "c", "c", "c"]
    alone, shared = measure(rows_of(overall)), measure(rows_of(overall, photos))
    assert (alone.photos, shared.photos) == (9, 3)
    assert alone.overall == shared.overall
    widths = [high - low for low, high in filter(None, (alone.interval, shared.interval))]
    assert widths[0] < widths[1]


def test_drift_is_the_median_shift_and_the_share_that_moved() -> None:
    rows = [replace(row(name, 8.0), shift=shift) for name, shift in zip("abcd", (0.1, 0.5, 3.0, None), strict=True)]
    stats = measure(rows)
    assert (stats.shift, stats.moved) == (0.5, pytest.approx(2 / 3))
    assert (measure(rows[3:]).shift, measure(rows[3:]).moved) == (None, None)


REPEATS = st.lists(st.lists(st.floats(0, 10), min_size=3, max_size=3), min_size=1, max_size=8)


@settings(max_examples=40, deadline=None)
@given(REPEATS)
def test_spread_over_repeats(overall: list[list[float]]) -> None:
    blank = [row(str(place), None, status="unscored") for place in range(len(overall))]
    rows = [with_scores(replace(item, scores=()), OTHER, values) for item, values in zip(blank, overall, strict=True)]
    stats = summarise_by_judge(rows)[OTHER]["all"]["all"]
    table = np.array(overall)
    assert stats.repeats == 3
    assert stats.overall == pytest.approx(table.mean())
    assert stats.spread == pytest.approx(table.std(axis=1, ddof=1).mean(), abs=1e-9)
    assert stats.mean_spread == pytest.approx(table.mean(axis=0).std(ddof=1), abs=1e-9)


def test_repeats_that_could_not_be_read_enter_no_spread_of_means() -> None:
    rows = [with_scores(replace(row("a", None), scores=()), OTHER, [2.0, 4.0])]
    rows += [with_scores(replace(row("b", None), scores=()), OTHER, [9.0, None])]
    stats = summarise_by_judge(rows)[OTHER]["all"]["all"]
    assert stats.overall == pytest.approx((3.0 + 9.0) / 2)
    assert stats.spread == stats.mean_spread == pytest.approx(2**0.5)  # of the one item that was read both times


def test_each_judge_has_its_own_numbers_and_its_own_coverage() -> None:
    rows = [with_scores(row("a", 8.0), OTHER, [6.0]), with_scores(row("b", 6.0), OTHER, [None])]
    rows.append(row("c", None, status="refused"))
    found = {judge: summary["all"]["all"] for judge, summary in summarise_by_judge(rows).items()}
    assert list(found) == [STUDENT, OTHER]
    assert (found[STUDENT].overall, found[STUDENT].coverage) == (7.0, pytest.approx(2 / 3))
    assert (found[OTHER].overall, found[OTHER].coverage) == (6.0, pytest.approx(1 / 3))
    assert (found[OTHER].unscored, found[OTHER].refused) == (1, 1)
    assert found[STUDENT] == measure(rows)
