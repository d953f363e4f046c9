"""What is yet to be encoded: units, each of what the pairs of one part need and no earlier part did.

A unit is a function of the pairs before it and of what a cache already held when its set came: not of which units are
finished, nor of who works at them. What is in a finished unit is in none of those that are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from omniedit.seeding import stream
from omniedit.train.cache.rows import Entry, Subject, entries
from omniedit.train.cache.shards import manifest_path, shard_name

Share = tuple[int, int]
"""``(i, n)``: the i-th of n processes, from 0."""


@dataclass(frozen=True, eq=False)
class Unit:
    """What is encoded and published together."""

    number: int
    """Of its part, from 0: the same whatever is finished, so processes that begin at any time share units out alike."""
    part: range
    """Numbers of its pairs."""
    places: NDArray[np.int32]
    """Which of their entries it encodes."""
    name: str
    """Of its manifest: a hash of their names."""

    def entries(self, out: Path, subject: Subject) -> list[Entry]:
        """What it encodes."""
        found = list(entries(out, subject, self.part))
        return [found[place] for place in self.places]

    def done(self, out: Path) -> bool:
        """Whether it is published."""
        return manifest_path(out, self.name).exists()


def units_left(out: Path, subject: Subject, held: set[bytes]) -> Iterator[Unit]:
    """The units that are left, in order.

    Args:
        out: The cache.
        subject: What it is made of; all parts have been looked at.
        held: Names of what the cache holds; what is planned is added.

    Raises:
        DataError: What was written of a part is broken.
    """
    for number, part in enumerate(subject.parts()):
        fresh = [(place, entry.key) for place, entry in enumerate(entries(out, subject, part)) if entry.key not in held]
        first = {key: place for place, key in reversed(fresh)}
        held.update(first)
        if first:
            keys = sorted(first, key=first.__getitem__)
            yield Unit(number, part, np.array(sorted(first.values()), np.int32), shard_name(keys).partition(".")[0])


def in_turn(count: int, share: Share) -> Iterable[int]:
    """In which order one of several processes goes through tasks: its own, then, in any order, those of the others.

    So all is done when the last process ends, however many of them were started, or died.
    """
    mine, of = share
    own = range(mine, count, of)
    others = np.setdiff1d(np.arange(count), np.array(own, np.int64))
    return [*own, *stream(mine, "help", of).permutation(others).tolist()]
