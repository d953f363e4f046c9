"""What a training set is, without decoding it: columns of all pairs, a record of one, and a way to read one.

items = open_items("pairs")          omniedit.train.sources
items.index.width                    the columns, for buckets and selection
items[7]                             what is known of a pair
items.read(7)                        the pair itself, its pictures decoded
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from omniedit.errors import DataError
from omniedit.types import Image, Pair, Task

TASKS = tuple(Task)
"""The task of a number in :attr:`Index.task`."""


@dataclass(frozen=True)
class Item:
    """What is known of a pair before it is read."""

    id: str
    """Its id."""
    task: Task
    """Its task; the released dataset calls a background swap a swap, and so it is read."""
    width: int
    """Of both pictures, in pixels."""
    height: int
    """Of both pictures, in pixels."""
    score: float | None
    """Overall score O, 0..10; None where no judge gave one."""
    weight: float
    """Importance weight; 0 for a reject, 1 where the set does not say."""


@dataclass(frozen=True, eq=False)
class Index:
    """The columns of N pairs: 35 bytes a row, and its id (4 bytes and its letters).

    The released set (1.2 million rows, ids of about 25 letters) takes 77 MB.
    """

    ids: Any
    """Arrow array of N strings."""
    task: NDArray[np.uint8]
    """``[N]``, numbers into :data:`TASKS`."""
    width: NDArray[np.int32]
    """``[N]``, pixels."""
    height: NDArray[np.int32]
    """``[N]``, pixels."""
    score: NDArray[np.float64]
    """``[N]``, 0..10; NaN where there is none."""
    weight: NDArray[np.float64]
    """``[N]``, 0 or above."""
    wordings: NDArray[np.uint16]
    """``[N]``, how many wordings each instruction has."""
    group: NDArray[np.int64]
    """``[N]``, what is read together has one number: a row group of a parquet file, a tar."""

    def __len__(self) -> int:
        """N."""
        return len(self.task)

    def item(self, number: int) -> Item:
        """The record of a row."""
        score = float(self.score[number])
        return Item(
            self.ids[number].as_py(),
            TASKS[self.task[number]],
            int(self.width[number]),
            int(self.height[number]),
            None if np.isnan(score) else score,
            float(self.weight[number]),
        )

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return sum(int(getattr(self, column.name).nbytes) for column in fields(self))

    def take(self, rows: NDArray[np.int64]) -> Index:
        """The rows of these numbers, in their order; a number may come more than once."""
        import pyarrow as pa

        columns = {column.name: getattr(self, column.name)[rows] for column in fields(self)[1:]}
        return Index(self.ids.take(pa.array(rows)), **columns)

    @classmethod
    def join(cls, parts: Iterable[Index]) -> Index:
        """The rows of all ``parts``, one after the other; groups keep their numbers."""
        import pyarrow as pa

        parts = list(parts)
        columns = {
            column.name: np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)[1:]
        }
        return cls(pa.concat_arrays([part.ids for part in parts]), **columns)


class Items(Protocol):
    """A training set. It can be pickled: a worker process gets its columns and where its files are, no open file."""

    @property
    def index(self) -> Index:
        """The columns of all rows."""

    def __len__(self) -> int:
        """Number of rows."""

    def __getitem__(self, number: int) -> Item:
        """What is known of a row."""

    def read(self, number: int) -> Pair:
        """The pair of a row, its pictures decoded.

        Raises:
            DataError: It cannot be read, makes no sense, or is not what the index says.
            ImageError: A picture cannot be decoded.
        """


class Subset:
    """Rows of another set."""

    def __init__(self, items: Items, rows: NDArray[np.int64]) -> None:
        """Take the ``rows`` of ``items``, in their order; one may come more than once."""
        self._items, self.rows = items, rows
        self.index = items.index.take(rows)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def __getitem__(self, number: int) -> Item:
        """What is known of a row."""
        return self.index.item(number)

    def read(self, number: int) -> Pair:
        """The pair of a row; raises what the set raises."""
        return self._items.read(int(self.rows[number]))


def verified(pair: Pair, item: Item, where: str) -> Pair:
    """``pair`` if it is the one that ``item`` announces; an index trusts the columns, so reading must not.

    Args:
        pair: As it was read.
        item: As the index has it.
        where: What messages call the row.

    Raises:
        DataError: Its id or its size is another, or its two pictures differ in size.
    """
    stated, before, after = (item.width, item.height), _size(pair.candidate.source), _size(pair.candidate.result)
    advice = "see omniedit lint, which finds all such rows"
    if pair.id != item.id:
        raise DataError(f"{where} is {pair.id}, but was {item.id} when the set was opened: it has changed; start again")
    if before != after:
        raise DataError(
            f"{where} ({pair.id}): the picture is {_times(before)} before and {_times(after)} after; {advice}"
        )
    if stated != before:
        exchanged = ": width and height are exchanged" if stated == before[::-1] else ""
        raise DataError(
            f"{where} ({pair.id}): its columns say {_times(stated)}, its pictures are {_times(before)}{exchanged}; "
            f"{advice}, and omniedit lint --fix corrects them"
        )
    return pair


def _size(image: Image) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
