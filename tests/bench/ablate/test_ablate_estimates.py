"""Means and intervals over crossed seeds and items: by hand, by brute force, and what must hold of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniedit.bench.ablate.answers import Answer
from omniedit.bench.ablate.estimates import bootstrap, difference, estimate, scores
from omniedit.bench.ablate.results import Measured

NAN = float("nan")


def measured(overall: Sequence[float | None], seed: int = 0, tasks: Sequence[str] = ("swap", "style")) -> Measured:
    """A run with these O, whose SC and PQ are the same; its items' tasks take turns."""
    answers = tuple(
        Answer(f"item-{index}", tasks[index % len(tasks)], "seen", {"oracle": None if o is None else (o, o, o)})
        for index, o in enumerate(overall)
    )
    return Measured(f"runs/x-{seed}", "x", seed, answers, {}, {})


def test_a_mean_is_of_seeds_and_its_spread_between_them() -> None:
    found = estimate(np.array([[1.0, 3.0], [4.0, 6.0], [6.0, NAN]]))
    assert found is not None
    assert found.seeds == (2.0, 5.0, 6.0)
    assert found.mean == pytest.approx(13 / 3)
    assert found.spread == pytest.approx(np.sqrt(((2 - 13 / 3) ** 2 + (5 - 13 / 3) ** 2 + (6 - 13 / 3) ** 2) / 2))
    assert (found.scored, found.asked) == (5, 6)


def test_one_seed_has_no_spread_and_a_seed_without_scores_no_mean() -> None:
    one = estimate(np.array([[1.0, 2.0]]))
    assert one is not None
    assert one.spread is None
    assert estimate(np.array([[1.0, 2.0], [NAN, NAN]])) is None


def test_the_interval_is_that_of_drawing_rows_and_columns() -> None:
    values = np.random.default_rng(5).normal(3, 2, (3, 30)) + np.array([[0.0], [0.5], [-0.8]])
    values[1, 4] = NAN
    rng, means = np.random.default_rng(1), []
    for _ in range(6000):
        rows, columns = rng.integers(0, 3, 3), rng.integers(0, 30, 30)
        means.append(np.nanmean(values[rows][:, columns]))
    assert bootstrap(values) == pytest.approx(np.quantile(means, (0.025, 0.975)), abs=0.06)


@given(st.floats(-10, 10), st.integers(1, 4), st.integers(1, 6))
def test_equal_scores_leave_no_doubt(value: float, seeds: int, items: int) -> None:
    found = estimate(np.full((seeds, items), value))
    assert found is not None
    assert found.interval == pytest.approx((value, value))


@given(st.lists(st.lists(st.floats(0, 10), min_size=4, max_size=4), min_size=1, max_size=4), st.floats(-3, 3))
def test_a_shift_of_all_scores_shifts_everything(rows: list[list[float]], by: float) -> None:
    values = np.array(rows)
    low, high = bootstrap(values)
    assert bootstrap(values + by) == pytest.approx((low + by, high + by), abs=1e-9)


def test_a_difference_is_paired_by_item_and_seed() -> None:
    runs = [measured([5, 7, None], 0), measured([6, 8, 1], 1)]
    reference = [measured([9, 9, 9], 2), measured([4, 6, 9], 0), measured([7, None, 2], 1)]
    found = difference(runs, reference, "oracle")
    assert found is not None
    assert found.seeds == (1.0, -1.0)  # (5-4, 7-6) and (6-7, 1-2)
    assert (found.scored, found.asked) == (4, 6)
    assert found.agreeing == 0  # the mean is 0


def test_a_single_run_stands_beside_every_seed() -> None:
    found = difference([measured([5, 5])], [measured([1, 2], 0), measured([3, 4], 1)], "oracle")
    assert found is not None
    assert found.seeds == (3.5, 1.5)
    assert found.agreeing == 2


def test_runs_without_a_seed_in_common_cannot_be_compared() -> None:
    pair = [measured([1], 0), measured([1], 1)]
    assert difference(pair, [measured([1], 2), measured([1], 3)], "oracle") is None


def test_scores_of_one_task_only() -> None:
    assert scores([measured([1, 2, 3, 4])], "oracle", task="style").tolist() == [[2.0, 4.0]]
