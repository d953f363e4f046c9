"""Aspect-ratio buckets and the order of batches."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from omniedit.images import RATIOS
from omniedit.train.buckets import BatchOrder, bucket_sizes, epoch_batches, nearest_bucket


@pytest.mark.parametrize("area", [128 * 128, 512 * 512, 1024 * 1024])
def test_seven_buckets_of_about_one_area(area: int) -> None:
    sizes = bucket_sizes(area)
    assert sizes.keys() == RATIOS.keys()
    for name, (width, height) in sizes.items():
        assert width % 16 == height % 16 == 0
        assert abs(width * height / area - 1) < 0.13
        assert abs(np.log(width / height / RATIOS[name])) < 0.12


def test_every_picture_finds_the_bucket_of_its_ratio() -> None:
    sizes = bucket_sizes(1024 * 1024)
    for name, ratio in RATIOS.items():
        assert nearest_bucket(round(900 * ratio), 900, list(sizes.values())) == sizes[name]


def buckets(count: int) -> list[tuple[int, int]]:
    rng = np.random.default_rng(0)
    sizes = list(bucket_sizes(16384).values())
    return [sizes[i] for i in rng.integers(0, len(sizes), count)]


@pytest.mark.parametrize("count", [1, 7, 100])
def test_an_epoch_uses_each_item_once_and_one_size_per_batch(count: int) -> None:
    items = buckets(count)
    batches = epoch_batches(items, 8, seed=0, epoch=0)
    assert Counter(i for batch in batches for i in batch) == Counter(range(count))
    assert all(len({items[i] for i in batch}) == 1 and len(batch) <= 8 for batch in batches)


def test_epochs_differ_and_repeat_by_seed() -> None:
    items = buckets(64)
    assert epoch_batches(items, 8, 0, 0) == epoch_batches(items, 8, 0, 0)
    assert epoch_batches(items, 8, 0, 0) != epoch_batches(items, 8, 0, 1)
    assert epoch_batches(items, 8, 0, 0) != epoch_batches(items, 8, 1, 0)


def test_order_goes_on_in_the_middle_of_an_epoch() -> None:
    items = buckets(64)
    whole, late = BatchOrder(items, 8, 0), BatchOrder(items, 8, 0)
    steps = range(2 * whole.steps_per_epoch + 3)
    first = [whole(step) for step in steps]
    assert [late(step) for step in steps[5:]] == first[5:]
