"""Sets of which only the index is known, and a reader that gives what it is told to: for what goes before reading."""

from __future__ import annotations

from collections.abc import Callable

from omniedit.train.items import Index, Item
from omniedit.types import Pair


def _nothing(item: Item) -> Pair:
    raise AssertionError(f"{item.id} was read, and nothing was to be")


class Known:
    """A set of an index alone; ``make`` gives the pairs of its items, where they may be read."""

    def __init__(self, index: Index, make: Callable[[Item], Pair] = _nothing) -> None:
        self.index = index
        self.make = make

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, number: int) -> Item:
        return self.index.item(number)

    def read(self, number: int) -> Pair:
        return self.make(self[number])
