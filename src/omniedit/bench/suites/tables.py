"""Rows of parquet and Arrow files, as the Hub and the ``datasets`` library store benchmarks; pictures on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omniedit.bench.suites.local import Stored
from omniedit.data.sources.columns import content_of
from omniedit.data.sources.folder import walk
from omniedit.data.sources.parquet import fetch_cell
from omniedit.data.sources.source import Content
from omniedit.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class TableRow:
    """A row whose pictures are read when they are asked for."""

    path: Path
    """The file."""
    group: int
    """Row group of a parquet file; 0 for an Arrow file."""
    row: int
    """Row in it."""
    cells: Mapping[str, Any]
    """The columns that were asked for."""

    @property
    def where(self) -> str:
        """Where it is, for people."""
        return f"row {self.row} of group {self.group} of {self.path}"

    def picture(self, *names: str) -> Stored:
        """The picture in the first of the columns ``names`` that the file has.

        Raises:
            DataError: It has none of them.
        """
        there = _columns(self.path)
        name = next((name for name in names if name in there), "")
        if not name:
            raise DataError(_without(self.path, " or ".join(names), there))
        return Stored(self.where, lambda: self._fetch(name))

    def _fetch(self, name: str) -> Content:
        if self.path.suffix == ".parquet":
            return fetch_cell(self.path, self.group, self.row, name)
        return content_of(_arrow(self.path).column(name)[self.row].as_py(), self.path.parent, self.where)


def table_rows(copy: Path, columns: Sequence[str], split: str) -> Iterator[TableRow]:
    """The rows of a file, or of all files below a folder.

    Args:
        copy: The file or folder. Where a folder has parquet files, its Arrow files do not count.
        columns: Columns to read; those of pictures are read later.
        split: Where files are named after splits (``test-00000…``, or in a folder ``test``), only those of this one.

    Raises:
        DataError: There is no such file, one is broken, or one lacks a column.
    """
    for path in _files(copy, split):
        there = _columns(path)
        for column in columns:
            if column not in there:
                raise DataError(_without(path, column, there))
        for group, table in enumerate(_groups(path, columns)):
            for row, cells in enumerate(table.to_pylist()):
                yield TableRow(path, group, row, cells)


def _files(copy: Path, split: str) -> list[Path]:
    if copy.is_file():
        return [copy]
    for ending in (".parquet", ".arrow"):
        found = sorted(path for path in walk(copy, (ending,)) if not path.name.startswith("cache-"))
        named = [path for path in found if path.name.startswith(f"{split}-") or path.parent.name == split]
        if found:
            return named or found
    raise DataError(f"{copy} holds no .parquet and no .arrow file: give the folder that they were downloaded to")


@lru_cache(maxsize=64)
def _columns(path: Path) -> tuple[str, ...]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path) if path.suffix == ".parquet" else _arrow(path).schema
    except (pa.ArrowException, OSError) as error:
        raise DataError(_broken(path, error)) from error
    return tuple(schema.names)


def _groups(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if path.suffix != ".parquet":
            yield _arrow(path).select(list(columns))
            return
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group, list(columns))
    except (pa.ArrowException, OSError) as error:
        raise DataError(_broken(path, error)) from error


@lru_cache(maxsize=64)
def _arrow(path: Path) -> pa.Table:
    """An Arrow file, mapped into memory: a stream, as ``datasets`` saves it, or a file with a footer."""
    import pyarrow as pa

    source = pa.memory_map(str(path))
    try:
        return pa.ipc.open_stream(source).read_all()
    except pa.ArrowInvalid:
        return pa.ipc.open_file(source).read_all()


def _without(path: Path, column: str, there: Sequence[str]) -> str:
    return f"{path} has no column {column}; it has {', '.join(there)}: is it a file of this benchmark?"


def _broken(path: Path, error: Exception) -> str:
    return f"{path} is no table, or is broken or cut off: download it again ({error})"
