"""Bootstrap intervals: they hold the true mean about as often as they say, also where edits share photographs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from omniedit.bench.intervals import bootstrap, by_photo, expanded_tail

VALUES = st.lists(st.floats(0, 10), min_size=2, max_size=30)
Draw = Callable[[np.random.Generator, int], np.ndarray]


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_an_interval_lies_within_the_values_and_around_their_mean(values: list[float]) -> None:
    low, high = bootstrap(values) or (0.0, 0.0)
    slack = 1e-9
    assert min(values) - slack <= low <= np.mean(values) + slack
    assert np.mean(values) - slack <= high <= max(values) + slack


@settings(max_examples=40, deadline=None)
@given(VALUES, st.randoms(use_true_random=False))
def test_order_has_no_part_in_it(values: list[float], random: object) -> None:
    places = list(range(len(values)))
    random.shuffle(places)  # type: ignore[attr-defined]
    photos = [f"photo {place // 3}" for place in range(len(values))]
    assert bootstrap([values[place] for place in places]) == bootstrap(values)
    shuffled = bootstrap([values[place] for place in places], [photos[place] for place in places])
    assert shuffled == bootstrap(values, photos)


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_with_one_edit_of_each_photograph_it_is_the_plain_bootstrap(values: list[float]) -> None:
    ordered = sorted(values)
    assert bootstrap(ordered, [f"{place:03d}" for place in range(len(values))]) == bootstrap(values)


def test_of_one_photograph_nothing_can_be_said() -> None:
    assert bootstrap([]) is None
    assert bootstrap([4.0]) is None
    assert bootstrap([4.0, 6.0, 8.0], ["a", "a", "a"]) is None


def test_sums_and_counts_of_photographs() -> None:
    sums, counts = by_photo([1.0, 5.0, 2.0], ["b", "a", "b"])
    assert (sums.tolist(), counts.tolist()) == ([5.0, 3.0], [1.0, 2.0])


def test_the_tail_is_that_of_a_normal_mean_by_student() -> None:
    for count in (5, 20, 62):
        values = stats.norm.ppf((np.arange(count) + 0.5) / count)
        student = stats.t.ppf(0.975, count - 1) * values.std(ddof=1) / np.sqrt(count)
        percentile = -stats.norm.ppf(expanded_tail(count)) * values.std(ddof=0) / np.sqrt(count)
        assert percentile == pytest.approx(student)
    assert expanded_tail(100_000) == pytest.approx(0.025, abs=1e-4)


def normal(rng: np.random.Generator, photos: int) -> np.ndarray:
    return 6.0 + rng.normal(0, 2.0, (photos, 1))


def skewed(rng: np.random.Generator, photos: int) -> np.ndarray:
    """Most edits good, some failures: the usual."""
    return np.where(rng.random((photos, 1)) < 0.2, 1.0, 7.25)


def clustered(rng: np.random.Generator, photos: int) -> np.ndarray:
    """Seven edits of each photograph, most of whose spread is the photograph's."""
    return 6.0 + rng.normal(0, 1.5, (photos, 1)) + rng.normal(0, 1.0, (photos, 7))


def covered(draw: Draw, photos: int, *, by_photo: bool = True, times: int = 600) -> float:
    """How often the interval holds the true mean 6."""
    rng, hits = np.random.default_rng(11), 0
    for _ in range(times):
        scores = draw(rng, photos)
        names = [str(photo) for photo in range(photos) for _ in range(scores.shape[1])]
        low, high = bootstrap(scores.ravel().tolist(), names if by_photo else ()) or (0.0, 0.0)
        hits += low <= 6.0 <= high
    return hits / times


@pytest.mark.parametrize(("draw", "photos"), [(normal, 8), (normal, 30), (skewed, 40), (clustered, 12)])
def test_an_interval_holds_the_true_mean_about_as_often_as_it_says(draw: Draw, photos: int) -> None:
    assert 0.92 <= covered(draw, photos) <= 0.98


def test_without_photographs_clustered_edits_would_seem_surer_than_they_are() -> None:
    assert covered(clustered, 12, by_photo=False, times=150) < 0.8
