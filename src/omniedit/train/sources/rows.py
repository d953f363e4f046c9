"""What the sources share: the light columns of a table as an index, and a row as a pair that is what the index says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.data.pairs.schema import COLUMNS, RELEASED_TASKS, pair_of
from omniedit.errors import DataError
from omniedit.train.items import TASKS, Index, Item, verified
from omniedit.types import Pair, Task

LIGHT = ("omni_edit_id", "task", "x_task", "edited_prompt_list", "width", "height", "o_score", "x_weight")
"""Columns that an index is made of."""
NEEDED = ("omni_edit_id", "task", "src_img", "edited_img", "edited_prompt_list", "width", "height")
"""Columns without which there is no training; scores and our own columns may be missing."""

_NUMBERS = {str(task): number for number, task in enumerate(TASKS)}
_RELEASED = {name: _NUMBERS[str(task)] for task, name in RELEASED_TASKS.items() if task is not Task.BACKGROUND}
LARGEST = 2**31 - 1
"""Largest width that an index can hold."""


class RowItems(ABC):
    """A set whose pairs are rows in the released schema."""

    index: Index
    """The columns of all rows."""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.index)

    def __getitem__(self, number: int) -> Item:
        """What is known of a row."""
        return self.index.item(number)

    def read(self, number: int) -> Pair:
        """The pair of a row, its pictures decoded.

        Raises:
            DataError: It cannot be read, makes no sense, or is not what the index says.
            ImageError: A picture cannot be decoded.
        """
        where, row = self.where(number), self.row(number)
        try:
            pair = pair_of(row, where)
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{where} makes no sense ({error}); see omniedit lint") from error
        return verified(pair, self[number], where)

    @abstractmethod
    def row(self, number: int) -> Mapping[str, Any]:
        """A row as it is stored: pictures stay bytes.

        Raises:
            DataError: It cannot be read.
        """

    @abstractmethod
    def where(self, number: int) -> str:
        """What messages call a row: its file, and its number there from 0."""


def wanted(names: Collection[str], columns: Collection[str] = tuple(COLUMNS)) -> list[str]:
    """Those of our ``columns`` that a file has among its ``names``."""
    return [name for name in columns if name in names]


def demand_columns(names: Collection[str], file: str) -> None:
    """Refuse a file that lacks a column.

    Raises:
        DataError: It does.
    """
    if missing := [name for name in NEEDED if name not in names]:
        raise DataError(f"{file} lacks the column {', '.join(missing)}: pairs have the columns {', '.join(NEEDED)}")


def index_of(table: Any, group: NDArray[np.int64], where: Callable[[int], str]) -> Index:  # noqa: ANN401 (Arrow)
    """The index of an Arrow table with the columns of :data:`LIGHT`; ``o_score`` and ours may be missing.

    Args:
        table: N rows.
        group: ``[N]``, the group of every row.
        where: What messages call a row of this number.

    Raises:
        DataError: A row has no id, no known task or no size.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    def column(name: str, kind: Any) -> Any:  # noqa: ANN401 (pyarrow has no types)
        if name not in table.column_names:
            return pa.nulls(len(table), kind)
        return pc.cast(table.column(name), kind).combine_chunks()

    def numbers(name: str, kind: Any, missing: float) -> NDArray[Any]:  # noqa: ANN401
        return np.asarray(pc.fill_null(column(name, kind), missing).to_numpy(zero_copy_only=False))

    ids = column("omni_edit_id", pa.string())
    task = _tasks(column("x_task", pa.string()), column("task", pa.string()))
    width, height = (numbers(name, pa.int64(), 0) for name in ("width", "height"))
    _demand(pc.is_valid(ids).to_numpy(zero_copy_only=False), "has no id", where)
    _demand(task >= 0, f"names no task; there are {', '.join(_RELEASED)}", where)
    for name, values in (("width", width), ("height", height)):
        _demand((values > 0) & (values <= LARGEST), f"has no {name}", where)
    counts = pc.fill_null(pc.list_value_length(table.column("edited_prompt_list")), 0).to_numpy()
    return Index(
        ids,
        task.astype(np.uint8),
        width.astype(np.int32),
        height.astype(np.int32),
        numbers("o_score", pa.float64(), np.nan),
        numbers("x_weight", pa.float64(), 1.0),
        np.minimum(counts, 2**16 - 1).astype(np.uint16),
        group,
    )


def _tasks(ours: Any, released: Any) -> NDArray[np.int64]:  # noqa: ANN401 (pyarrow has no types)
    """Numbers of the tasks, by our name where there is one; -1 for names that are unknown."""
    found = (_looked_up(released, _RELEASED), _looked_up(ours, _NUMBERS))
    return np.where(np.asarray(ours.is_valid()), found[1], found[0])


def _looked_up(names: Any, numbers: Mapping[str, int]) -> NDArray[np.int64]:  # noqa: ANN401 (pyarrow has no types)
    encoded = names.dictionary_encode()
    table = np.array([numbers.get(name, -1) for name in encoded.dictionary.to_pylist()] + [-1], np.int64)
    indices = encoded.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(table[indices], np.int64)


def _demand(fine: NDArray[np.bool_], problem: str, where: Callable[[int], str]) -> None:
    if not fine.all():
        raise DataError(f"{where(int(np.argmin(fine)))} {problem}; see omniedit lint, which finds all such rows")
