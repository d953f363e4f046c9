"""Aspect-ratio buckets: every batch has one size, no picture is padded, and every pair is used once per epoch.

The order of an epoch is a function of (seed, epoch): a run that resumes at a step continues in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omniedit.images import RATIOS, grid_size
from omniedit.seeding import stream

Size = tuple[int, int]


def bucket_sizes(area: int, multiple: int = 16) -> dict[str, Size]:
    """Width and height of every one of the seven ratios at about ``area`` pixels."""
    return {name: grid_size(round(1000 * ratio), 1000, area=area, multiple=multiple) for name, ratio in RATIOS.items()}


def nearest_bucket(width: int, height: int, sizes: Sequence[Size]) -> Size:
    """The bucket whose ratio is nearest to the picture's (by the ratio's logarithm)."""
    return min(sizes, key=lambda size: abs(np.log(size[0] / size[1] * height / width)))


def epoch_batches(buckets: Sequence[Size], batch: int, seed: int, epoch: int) -> list[list[int]]:
    """One epoch: index lists of ``batch`` items of one bucket each, shuffled.

    What is left of a bucket makes a smaller last batch, so that each index occurs exactly once.

    Args:
        buckets: the bucket of every item.
        batch: items per batch.
        seed: of the run.
        epoch: counts from 0.
    """
    rng = stream(seed, "epoch", epoch)
    batches = []
    for size in sorted(set(buckets)):
        members = np.array([i for i, bucket in enumerate(buckets) if bucket == size])
        rng.shuffle(members)
        batches += [members[start : start + batch].tolist() for start in range(0, len(members), batch)]
    rng.shuffle(batches)
    return batches


class BatchOrder:
    """Step -> indices of its batch, over any number of epochs."""

    def __init__(self, buckets: Sequence[Size], batch: int, seed: int) -> None:
        """Order the items whose buckets are given."""
        self._buckets, self._batch, self._seed = buckets, batch, seed
        self._epoch, self._batches = 0, epoch_batches(buckets, batch, seed, 0)
        self.steps_per_epoch = len(self._batches)

    def __call__(self, step: int) -> list[int]:
        """The batch of ``step``, which counts from 0."""
        epoch, position = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._batches, self._epoch = epoch_batches(self._buckets, self._batch, self._seed, epoch), epoch
        return self._batches[position]
