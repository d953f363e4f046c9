"""Parquet shards: written once and whole, read pair by pair.

    shard = write_pairs("kept/00000.parquet", pairs)
    for pair in read_pairs("kept"):
        ...

A shard appears under its name only when it is complete and on disk, with its SHA-256 known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omniedit.data.pairs.schema import COLUMNS, RELEASED_COLUMNS, pair_of, row_of, schema
from omniedit.data.sources.ledger import TABLE
from omniedit.errors import DataError, OutputError
from omniedit.hashing import hash_file
from omniedit.types import Pair
from omniedit.writing import beside

if TYPE_CHECKING:
    import pyarrow.parquet as pq

GROUP = 64
"""Rows of a row group: what is held in memory at a time."""
SCORES = ".scores.parquet"
"""How tables of scores end (:mod:`omniedit.data.pairs.scores`): they lie among shards, and are none."""


@dataclass(frozen=True)
class Shard:
    """A shard on disk."""

    path: Path
    """Where it is."""
    rows: int
    """Its pairs."""
    sha256: str
    """Hexadecimal digest of the file."""


# Writing --------------------------------------------------------------------------------------------------------------


def write_pairs(path: Path | str, pairs: Iterable[Pair], *, overwrite: bool = False) -> Shard:
    """Write a shard; the same pairs give the same bytes.

    Args:
        path: The file; its folder must exist.
        pairs: What to write; taken one group at a time.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        OutputError: There is a file already, or it cannot be written.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise OutputError(f"{path} already exists; choose another name, or ask to overwrite it")
    with beside(path) as temporary:
        rows, digest = _write(temporary, pairs), hash_file(temporary)
    return Shard(path, rows, digest)


def _write(path: Path, pairs: Iterable[Pair]) -> int:
    """Write the file; return its number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    layout, rows, stream = schema(), 0, iter(pairs)
    repeating = [name for name, column in COLUMNS.items() if column.kind == "string"]
    with pq.ParquetWriter(path, layout, compression="zstd", use_dictionary=repeating) as writer:
        while group := [row_of(pair) for pair in islice(stream, GROUP)]:
            writer.write_table(pa.Table.from_pylist(group, layout))
            rows += len(group)
    return rows


# Reading --------------------------------------------------------------------------------------------------------------


def read_pairs(path: Path | str) -> Iterator[Pair]:
    """The pairs of a shard, or of all shards (``*.parquet``) below a folder in the order of their names.

    Pictures are decoded as pairs are taken; one row group is in memory at a time.

    Raises:
        DataError: There is no shard, or one is broken or lacks a released column.
        ImageError: A picture cannot be decoded.
    """
    for file in shard_paths(path):
        yield from PairTable([file])


def shard_paths(path: Path | str) -> list[Path]:
    """The shard at ``path``, or all below it if it is a folder; tables of scores or of photographs are none.

    Raises:
        DataError: There is none.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    names = (file for file in path.rglob("*.parquet") if not file.name.startswith("."))
    found = sorted(file for file in names if not file.name.endswith(SCORES) and file.name != TABLE)
    if not found:
        raise DataError(f"{path} is neither a shard nor a folder with shards (*.parquet)")
    return found


def read_rows(path: Path | str) -> Iterator[dict[str, Any]]:
    """The rows of a shard, or of all shards below a folder, as they are stored: pictures stay bytes.

    Raises:
        DataError: There is no shard, or one is broken or lacks a released column.
    """
    for file in shard_paths(path):
        with _open(file) as shard, _reading(file):
            for part in shard.iter_batches(GROUP // 4):
                yield from part.to_pylist()


class PairTable(Sequence[Pair]):
    """Shards as one sequence of pairs: ``len(table)``, ``table[7]``, iteration; nothing is read before it is asked for.

    Raises:
        DataError: A shard is broken, lacks a released column, or has a row that makes no sense.
        IndexError: There is no such pair.
    """

    def __init__(self, paths: Iterable[Path | str]) -> None:
        """Name the shards; their footers are read when first needed."""
        self._paths = [Path(path) for path in paths]
        self._read_group = lru_cache(maxsize=1)(self._uncached_group)

    def __len__(self) -> int:
        """Number of pairs."""
        return sum(rows for _, _, rows in self._groups)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 (an index or a slice)
        """A pair, or for a slice a list of pairs."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if place < 0:
            raise IndexError(index)
        for file, group, rows in self._groups:
            if place < rows:
                return self._pair(file, group, place)
            place -= rows
        raise IndexError(index)

    def column(self, name: str) -> list[Any]:
        """All values of one column, without reading the others.

        Raises:
            DataError: A shard has no such column.
        """
        values: list[Any] = []
        for file, path in zip(self._files, self._paths, strict=True):
            if name not in file.schema_arrow.names:
                raise DataError(f"{path} has no column {name!r}; it has {', '.join(file.schema_arrow.names)}")
            values += file.read([name]).column(name).to_pylist()
        return values

    @cached_property
    def _files(self) -> list[pq.ParquetFile]:
        return [_open(path) for path in self._paths]

    @cached_property
    def _groups(self) -> list[tuple[int, int, int]]:
        """File, row group and its number of rows."""
        footers = [(index, file.metadata) for index, file in enumerate(self._files)]
        return [
            (index, group, footer.row_group(group).num_rows)
            for index, footer in footers
            for group in range(footer.num_row_groups)
        ]

    def _uncached_group(self, file: int, group: int) -> Any:  # noqa: ANN401 (pyarrow has no types)
        with _reading(self._paths[file]):
            return self._files[file].read_row_group(group)

    def _pair(self, file: int, group: int, place: int) -> Pair:
        row = self._read_group(file, group).slice(place, 1).to_pylist()[0]
        where = f"{self._paths[file]}, row {place} of group {group}"
        try:
            return pair_of(row, where)
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{where} makes no sense ({error})") from error


def _open(path: Path) -> pq.ParquetFile:
    """Open a shard and check its columns."""
    import pyarrow.parquet as pq

    with _reading(path):
        file = pq.ParquetFile(path)
    missing = [name for name in RELEASED_COLUMNS if name not in file.schema_arrow.names]
    if missing:
        needed = ", ".join(RELEASED_COLUMNS)
        raise DataError(f"{path} lacks the column {', '.join(missing)}: a shard of pairs has the columns {needed}")
    return file


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what Arrow or the system says of a shard into a ``DataError``."""
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: check the path") from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{path} is no parquet file, or is broken or cut off ({error}): make or copy it again"
        ) from error
