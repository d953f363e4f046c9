"""The order of batches: full, of one bucket, a function of (seed, step), shared out evenly, nothing lost."""

from __future__ import annotations

import itertools
import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omniedit.errors import DataError, RecipeError
from omniedit.train.order import BatchOrder

SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=5)
WINDOWS = st.sampled_from([0, 1, 3])


def make(sizes: list[int], batch: int, seed: int = 0, window: int = 0) -> tuple[BatchOrder, np.ndarray]:
    """An order of items whose buckets have ``sizes``, mixed up, in groups of five; and the bucket of each."""
    buckets = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    return BatchOrder(buckets, batch, seed, groups=np.arange(len(buckets)) // 5, window=window), buckets


@given(SIZES, st.integers(1, 16), WINDOWS)
@settings(deadline=None, max_examples=60)
def test_every_bucket_is_an_endless_stream_of_permutations(sizes: list[int], batch: int, window: int) -> None:
    order, buckets = make(sizes, batch, window=window)
    seen: dict[int, Counter[int]] = {bucket: Counter() for bucket in range(len(sizes))}
    for step in range(order.steps_before(4)):
        indices = order(step)
        assert len(indices) == batch
        assert len({buckets[index] for index in indices}) == 1
        for index, epoch in zip(indices, order.epochs(step), strict=True):
            seen[buckets[index]][(index, epoch)] += 1  # type: ignore[index]
    for bucket, counts in seen.items():
        assert set(counts.values()) <= {1}, "an item came twice in an epoch of its stream"
        assert counts.total() == 4 * sizes[bucket] // batch * batch, "more than a remainder is missing"
        whole = Counter(epoch for _, epoch in counts)  # type: ignore[misc]
        assert all(whole[epoch] == sizes[bucket] for epoch in range(counts.total() // sizes[bucket]))


@given(SIZES, st.integers(1, 16), WINDOWS, st.lists(st.integers(0, 60), max_size=8))
@settings(deadline=None, max_examples=40)
def test_a_step_is_the_same_whatever_was_asked_before(
    sizes: list[int], batch: int, window: int, steps: list[int]
) -> None:
    order, _ = make(sizes, batch, window=window)
    once = {step: order(step) for step in steps}
    late = pickle.loads(pickle.dumps(order))  # noqa: S301 (as a worker process gets it)
    assert {step: late(step) for step in reversed(steps)} == once


@pytest.mark.parametrize("window", [0, 2])
def test_epochs_and_seeds_differ(window: int) -> None:
    order, _ = make([64], 8, window=window)
    other, _ = make([64], 8, seed=1, window=window)
    first, second = ([order(step) for step in range(start, start + 8)] for start in (0, 8))
    assert sorted(itertools.chain(*first)) == sorted(itertools.chain(*second)) == list(range(64))
    assert first != second
    assert first != [other(step) for step in range(8)]


def test_steps_belong_to_the_epoch_that_completes_them() -> None:
    order, _ = make([7, 3], 4)
    assert [order.steps_before(epoch) for epoch in range(5)] == [0, 1, 4, 7, 10]
    assert [order.epoch(step) for step in range(10)] == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert order.steps_per_epoch == 3


def test_a_bucket_smaller_than_a_batch_gets_its_turn() -> None:
    order, buckets = make([1, 100], 8)
    turns = [order(step) for step in range(order.steps_before(8))]
    rare = [indices for indices in turns if buckets[indices[0]] == 0]
    assert len(rare) == 1
    assert set(map(int, buckets[rare[0]])) == {0}


def test_windows_keep_reading_nearly_sequential() -> None:
    rng, rows = np.random.default_rng(0), 100
    buckets = rng.choice(3, 200 * rows, p=[0.6, 0.3, 0.1])
    groups = np.arange(len(buckets)) // rows
    reads = {}
    for window in (0, 8):
        order = BatchOrder(buckets, 32, 0, groups=groups, window=window)
        held: list[int] = []
        count = 0
        for step in range(order.steps_before(2)):
            for group in sorted({int(groups[index]) for index in order(step)}):
                count += group not in held
                held = [*(other for other in held if other != group), group][-16:]
        reads[window] = count
    assert reads[8] < 1.5 * 2 * 200  # each group little more than once an epoch
    assert reads[0] > 20 * reads[8]


def test_windows_mix_groups_and_vary_by_epoch() -> None:
    order = BatchOrder([0] * 1000, 100, 0, groups=np.arange(1000) // 10, window=20)
    first, later = order(0), order(10)
    assert 10 < len({index // 10 for index in first}) <= 20
    assert {index // 10 for index in first} != {index // 10 for index in later}


def test_sizes_are_buckets_too() -> None:
    sizes = [(32, 32), (48, 16)] * 6
    order = BatchOrder(sizes, 3, 0)
    assert all(len({sizes[index] for index in order(step)}) == 1 for step in range(8))


def test_what_makes_no_order_is_refused() -> None:
    with pytest.raises(DataError, match="nothing to train on"):
        BatchOrder([], 4, 0)
    with pytest.raises(RecipeError, match="batch of 0"):
        BatchOrder([0], 0, 0)
    with pytest.raises(RecipeError, match="windows want groups"):
        BatchOrder([0], 1, 0, window=2)


def test_a_million_items_make_an_order() -> None:
    count = 1_200_000
    order = BatchOrder(np.arange(count) % 7, 256, 0, groups=np.arange(count) // 100, window=16)
    middle = order.steps_before(1) + 2000
    assert len(set(order(middle))) == 256
    assert len(pickle.dumps(order)) < 20 * count
