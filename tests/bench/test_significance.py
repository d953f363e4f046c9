"""Sign flips against scipy and against counting by hand; Holm against its definition."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from omniedit.bench.significance import EXACT, holm, sign_flips

P_VALUES = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12)


def by_hand(values: list[int]) -> float:
    """The share of all signs that give a sum as far from zero."""
    sums = [abs(sum(sign * value for sign, value in zip(signs, values, strict=True)))
            for signs in product((-1, 1), repeat=len(values))]  # fmt: skip
    return float(np.mean([total >= abs(sum(values)) for total in sums]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=9))
def test_few_photographs_are_counted_exactly(values: list[int]) -> None:
    assert sign_flips(np.array(values, float)) == pytest.approx(by_hand(values), abs=1e-12)
    assert sign_flips(np.array(values, float) / 3) == pytest.approx(by_hand(values), abs=1e-12)  # ties, rounded


def test_few_photographs_agree_with_scipy() -> None:
    values = np.random.default_rng(1).normal(0.6, 1.0, 11)
    found = stats.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flips(values) == pytest.approx(found.pvalue)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3])
def test_many_photographs_agree_with_scipy_and_nearly_with_student(shift: float) -> None:
    values = np.random.default_rng(2).normal(shift, 1.0, 80)
    rng = np.random.default_rng(3)
    found = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=9999, random_state=rng, vectorized=True
    )
    assert sign_flips(values) == pytest.approx(found.pvalue, abs=0.02)
    assert sign_flips(values) == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.03)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-10, 10), max_size=EXACT + 6), st.randoms(use_true_random=False))
def test_order_direction_and_equal_items_have_no_part_in_it(values: list[float], random: object) -> None:
    p = sign_flips(np.array(values))
    shuffled = [*values, 0.0, 0.0]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sign_flips(np.array(shuffled)) == p == sign_flips(-np.array(values))
    assert 0 < p <= 1


def test_no_difference_at_all() -> None:
    assert sign_flips(np.zeros(5)) == sign_flips(np.array([])) == 1.0


def test_equally_good_contestants_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(4)
    told = [sign_flips(rng.normal(0, 1, 12)) < 0.05 for _ in range(300)]
    assert 0.02 <= np.mean(told) <= 0.08


def test_holm_of_a_textbook_example() -> None:
    # sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, and never below the one before
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, None, 0.9]) == pytest.approx([1.0, None, 1.0])
    assert holm([]) == []


@settings(max_examples=40, deadline=None)
@given(P_VALUES)
def test_holm_by_its_definition(p_values: list[float | None]) -> None:
    """Holm rejects step by step at level α; a corrected p is the least α at which its hypothesis is rejected."""
    told = [p for p in p_values if p is not None]
    for p, corrected in zip(p_values, holm(p_values), strict=True):
        if p is None or corrected is None:
            assert p is corrected
            continue
        needed = max(other * sum(another >= other for another in told) for other in told if other <= p)
        assert corrected == pytest.approx(min(1.0, needed))
        assert corrected >= p


@settings(max_examples=40, deadline=None)
@given(P_VALUES, st.randoms(use_true_random=False))
def test_holm_follows_the_order(p_values: list[float | None], random: object) -> None:
    places = list(range(len(p_values)))
    random.shuffle(places)  # type: ignore[attr-defined]
    corrected = holm(p_values)
    assert holm([p_values[place] for place in places]) == [corrected[place] for place in places]
