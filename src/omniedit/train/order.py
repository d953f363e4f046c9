"""Which items make the batch of a step: a function of (seed, step) alone, so that a run resumes anywhere.

    order = BatchOrder(buckets, batch=256, seed=0)
    order(step)                        the indices of the whole batch, all of one bucket
    order(step)[rank::world]           what one of several devices computes

Every bucket is an endless stream: a permutation of its items, then another, one per epoch. The stream is cut into
batches, so that a batch is always full, nothing is dropped, and what an epoch leaves over opens the next. Epoch e holds
the batches that are complete by its end, shuffled. No item comes twice in one permutation.

Where items lie in groups that are read as a whole (row groups of parquet, above all from afar), ``groups`` and
``window`` keep reading nearly sequential: an epoch shuffles the groups, takes ``window`` of them at a time, and
shuffles the items within. A batch comes as soon as its last item's window does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from omniedit.errors import DataError, RecipeError
from omniedit.seeding import stream

Numbers = NDArray[np.int64]


class _Stretch(NamedTuple):
    """A stretch of a bucket's stream."""

    items: Numbers
    """Indices of items."""
    epochs: Numbers
    """Which epoch of the bucket each belongs to."""


class BatchOrder:
    """Step -> the indices of its batch, for any number of epochs. Small when pickled: workers may each have one."""

    def __init__(
        self,
        buckets: Sequence[tuple[int, int]] | Sequence[int] | NDArray[Any],
        batch: int,
        seed: int,
        *,
        groups: NDArray[np.int64] | None = None,
        window: int = 0,
    ) -> None:
        """Order N items.

        Args:
            buckets: The bucket of every item, as a number or as its size; ``[N]`` or ``[N, 2]``.
            batch: Items of a batch, over all devices.
            seed: Of the run.
            groups: ``[N]``, the group of every item (:attr:`omniedit.train.items.Index.group`).
            window: Groups that are shuffled together; 0 shuffles all items. A reader that holds two windows reads each
                group once an epoch, but for the remainders of rare buckets.

        Raises:
            DataError: There are no items.
            RecipeError: A batch has no items, or a window no groups to choose from.
        """
        if not len(buckets):
            raise DataError("there is nothing to train on: no pair was chosen")
        if batch < 1 or window < 0 or (window and groups is None):
            raise RecipeError(f"a batch of {batch}, a window of {window}: batches want 1 or more, windows want groups")
        _, bucket = np.unique(np.asarray(buckets), axis=0, return_inverse=True)
        by_bucket = np.argsort(bucket.ravel(), kind="stable")
        self._members: list[Numbers] = np.split(by_bucket, np.cumsum(np.bincount(bucket.ravel()))[:-1])
        self.batch, self.seed, self._window = batch, seed, window
        self._group: Numbers | None = np.unique(np.asarray(groups), return_inverse=True)[1] if window else None
        self._count = 0 if self._group is None else int(self._group.max()) + 1
        self._open()

    def __call__(self, step: int) -> list[int]:
        """The batch of ``step``, which counts from 0: exactly ``batch`` indices of one bucket."""
        return [int(index) for index in self._at(step).items]

    def epochs(self, step: int) -> list[int]:
        """The epoch of each item of the batch of ``step``: how often the item came before."""
        return [int(epoch) for epoch in self._at(step).epochs]

    def epoch(self, step: int) -> int:
        """The epoch that the batch of ``step`` belongs to, from 0."""
        epoch = step * self.batch // len(self)
        while self.steps_before(epoch + 1) <= step:
            epoch += 1
        return epoch

    def steps_before(self, epoch: int) -> int:
        """Steps of all epochs before ``epoch``: its first step."""
        return sum(len(members) * epoch // self.batch for members in self._members)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which as many items come as there are, rounded up; single epochs have a few more or less."""
        return -(-len(self) // self.batch)

    def __len__(self) -> int:
        """Number of items."""
        return sum(map(len, self._members))

    def _at(self, step: int) -> _Stretch:
        if step < 0:
            raise IndexError(step)
        epoch = self.epoch(step)
        batches, place = self._batches(epoch), step - self.steps_before(epoch)
        return _Stretch(batches.items[place], batches.epochs[place])

    def _uncached_batches(self, epoch: int) -> _Stretch:
        """The batches of an epoch in their order: both arrays ``[steps, batch]``."""
        found = [self._stretch(bucket, epoch) for bucket in range(len(self._members))]
        items, epochs = (np.concatenate(column) for column in zip(*found, strict=True))
        order = self._order(items, epochs, epoch)
        return _Stretch(items[order], epochs[order])

    def _stretch(self, bucket: int, epoch: int) -> _Stretch:
        """The batches of a bucket that are complete by the end of ``epoch`` and not before: ``[steps, batch]``."""
        size = len(self._members[bucket])
        start, stop = (size * end // self.batch * self.batch for end in (epoch, epoch + 1))
        if start == stop:
            return _Stretch(*np.zeros((2, 0, self.batch), np.int64))
        first, last = start // size, (stop - 1) // size
        items = np.concatenate([self._permutation(bucket, turn) for turn in range(first, last + 1)])
        cut = slice(start - first * size, stop - first * size)
        epochs = np.repeat(np.arange(first, last + 1), size)
        return _Stretch(items[cut].reshape(-1, self.batch), epochs[cut].reshape(-1, self.batch))

    def _permutation(self, bucket: int, epoch: int) -> Numbers:
        """A bucket's items as they come in an epoch."""
        members = self._members[bucket]
        chance = stream(self.seed, "order", epoch, bucket).permutation(len(members))
        return members[np.lexsort((chance, self._windows(members, epoch)))] if self._window else members[chance]

    def _windows(self, items: Numbers, epoch: int) -> Numbers:
        """When the groups of ``items`` come in an epoch: the number of the window."""
        assert self._group is not None
        place = stream(self.seed, "groups", epoch).permutation(self._count)
        return np.asarray(place[self._group[items]] // self._window, np.int64)

    def _order(self, items: Numbers, epochs: Numbers, epoch: int) -> Numbers:
        """How to arrange the batches of an epoch, ``[steps, batch]``."""
        chance = stream(self.seed, "batches", epoch).permutation(len(items))
        if not self._window:
            return np.asarray(chance, np.int64)
        first, last = (self._windows(items[:, end], epoch) for end in (0, -1))
        first[epochs[:, 0] < epoch] = -1
        last[epochs[:, -1] < epoch] = -1
        return np.lexsort((chance, first, last))  # those that began earlier come first: their groups are still held

    def _open(self) -> None:
        self._batches = lru_cache(maxsize=1)(self._uncached_batches)

    def __getstate__(self) -> dict[str, Any]:
        """All but the batches of the epoch that was asked for last."""
        return {name: value for name, value in vars(self).items() if name != "_batches"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._open()
