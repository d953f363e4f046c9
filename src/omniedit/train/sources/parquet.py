"""Parquet files in the released schema: our shards, ``TIGER-Lab/OmniEdit-Filtered-1.2M``, what ``datasets`` writes.

    ParquetItems(find_files("pairs"))
    ParquetItems(find_files("hf://datasets/TIGER-Lab/OmniEdit-Filtered-1.2M"))

Opening reads footers and light columns alone. Pictures come a row group at a time, the smallest piece that a parquet
file gives; the last few groups are held. So ask for rows in the order of their groups
(:class:`omniedit.train.order.BatchOrder` with a window), above all from afar: 100 rows of the released set, which is
how ``datasets`` cuts groups, are 250 MB.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.errors import DataError
from omniedit.train.items import Index
from omniedit.train.sources.files import is_local, opened, over, reading
from omniedit.train.sources.rows import LIGHT, RowItems, demand_columns, index_of, wanted

HELD = 4
"""Row groups that a reader holds."""
BATCH = 64
"""Rows that Arrow makes into one piece, which cannot be larger than 2 GB."""


@dataclass(frozen=True, eq=False)
class _File:
    """What opening a file learns."""

    index: Index
    """Groups are numbered within the file."""
    groups: int
    """Row groups."""


class ParquetItems(RowItems):
    """Rows of parquet files, in the order of the files."""

    def __init__(self, files: Sequence[str], *, held: int = HELD) -> None:
        """Read the light columns.

        Args:
            files: Addresses.
            held: Row groups that a reader holds, in every process that reads.

        Raises:
            DataError: A file cannot be read, lacks a column, or has a row without id, task or size.
        """
        self.files, self.held = list(files), held
        found = over(self.files, _look_into)
        self._first_groups = np.cumsum([0, *(file.groups for file in found)])
        self.index = Index.join(
            _renumbered(file.index, int(first)) for file, first in zip(found, self._first_groups, strict=False)
        )
        starts = np.searchsorted(self.index.group, np.arange(self._first_groups[-1] + 1))
        self._starts: NDArray[np.int64] = starts  # first row of every group
        self._open()

    def row(self, number: int) -> dict[str, Any]:
        """A row as it is stored: pictures stay bytes.

        Raises:
            DataError: The file cannot be read any more.
        """
        group = int(self.index.group[number])
        return self._group(group).slice(number - int(self._starts[group]), 1).to_pylist()[0]  # type: ignore[no-any-return]

    def where(self, number: int) -> str:
        """File and row, from 0."""
        file, _ = self._place(int(self.index.group[number]))
        return f"{self.files[file]}, row {number - int(self._starts[self._first_groups[file]])}"

    def _place(self, group: int) -> tuple[int, int]:
        """File of a row group, and its number there."""
        file = int(np.searchsorted(self._first_groups, group, "right")) - 1
        return file, group - int(self._first_groups[file])

    def _read_group(self, group: int) -> Any:  # noqa: ANN401 (an Arrow table)
        import pyarrow as pa

        file, inner = self._place(group)
        rows = int(self._starts[group + 1] - self._starts[group])
        with _parquet(self.files[file]) as table:
            columns = wanted(table.schema_arrow.names)
            parts = table.iter_batches(BATCH, row_groups=[inner], columns=columns)  # a whole group may pass 2 GB
            read = pa.Table.from_batches(parts, pa.schema([table.schema_arrow.field(name) for name in columns]))
        if len(read) != rows:
            raise DataError(f"{self.files[file]} has changed since the set was opened: start again")
        return read

    def _open(self) -> None:
        self._group = lru_cache(maxsize=self.held)(self._read_group)

    def __getstate__(self) -> dict[str, Any]:
        """All but the groups that are held."""
        return {name: value for name, value in vars(self).items() if name != "_group"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._open()


def _look_into(address: str) -> _File:
    """Read a file's footer and its light columns."""
    with _parquet(address) as file:
        names, footer = file.schema_arrow.names, file.metadata
        demand_columns(names, address)
        table = file.read(wanted(names, LIGHT))
    sizes = [footer.row_group(group).num_rows for group in range(footer.num_row_groups)]
    group = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    with reading(address):
        return _File(index_of(table, group, lambda row: f"{address}, row {row}"), len(sizes))


def _renumbered(index: Index, first: int) -> Index:
    index.group[:] += first
    return index


@contextlib.contextmanager
def _parquet(address: str) -> Iterator[Any]:
    """A parquet file, wherever it is.

    Raises:
        DataError: It is none, or is broken.
    """
    import pyarrow.parquet as pq

    if is_local(address):
        with reading(address), pq.ParquetFile(address) as file:
            yield file
    else:  # buffered ahead: what lies together is fetched by one request
        with opened(address) as source, reading(address), pq.ParquetFile(source, pre_buffer=True) as file:
            yield file
