"""Source: parquet files with pictures in a column, or with the paths of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from omniedit.data.sources.columns import caption_column, content_of, image_column, item_of
from omniedit.data.sources.folder import walk
from omniedit.data.sources.source import Content, Item
from omniedit.errors import DataError, ImageError

BATCH = 16
"""Rows in memory at a time."""


@dataclass(frozen=True)
class ParquetSource:
    """A parquet file, or all (``*.parquet``) below a folder. A unit is a row group of a file."""

    path: str
    """The file or folder."""
    image: str = ""
    """Column of pictures (bytes, ``{bytes, path}``, or paths relative to the file); a known name if empty."""
    caption: str = ""
    """Column of captions; a known name if empty, or none."""
    id: str = ""
    """Column of ids, which must differ; the file and the row if empty."""

    def units(self) -> list[tuple[str, int, int]]:
        """File, row group and the file's rows before it.

        Raises:
            DataError: There is no parquet file.
        """
        return [(name, *group) for name in files_of(self.path, (".parquet",)) for group in _groups(self._file(name))]

    def read(self, unit: tuple[str, int, int]) -> Iterator[Item]:
        """The items of a row group."""
        name, group, before = unit
        place, path = name.removesuffix(".parquet"), self._file(name)
        row = 0
        try:
            for cells in read_rows(path, group):
                yield self._item(cells, f"{place}/{before + row}", f"{name}:{group}:{row}", path)
                row += 1
        except DataError as error:
            yield Item(f"{place}/{before + row}", f"{name}:{group}:{row}", problem=str(error))

    def fetch(self, ref: str) -> Content:
        """The picture in a cell.

        Raises:
            DataError: There is none any more.
        """
        name, group, row = ref.rsplit(":", 2)
        return fetch_cell(self._file(name), int(group), int(row), self.image)

    def _file(self, name: str) -> Path:
        return file_of(self.path, name)

    def _item(self, row: dict[str, Any], name: str, ref: str, path: Path) -> Item:
        return item_of(
            row,
            image=image_column(self.image, row, str(path)),
            caption=caption_column(self.caption, row, str(path)),
            id=self.id,
            name=name,
            ref=ref,
            where=f"row {name.rsplit('/', 1)[1]} of {path}",
            base=path.parent,
        )


def files_of(path: str, endings: tuple[str, ...]) -> list[str]:
    """The file itself, or the files below a folder with such names, as paths relative to it, sorted.

    Raises:
        DataError: There is none.
    """
    root = Path(path)
    if root.is_file():
        return [root.name]
    found = sorted(file.relative_to(root).as_posix() for file in walk(root, endings)) if root.is_dir() else []
    if not found:
        raise DataError(f"{root} is neither a file nor a folder with files (*{', *'.join(endings)}): check the path")
    return found


def file_of(path: str, name: str) -> Path:
    """Where the file ``name`` of :func:`files_of` is."""
    root = Path(path)
    return root if root.is_file() else root / name


def read_rows(path: Path, group: int) -> Iterator[dict[str, Any]]:
    """The rows of a row group, as mappings from column to value; a few are in memory at a time.

    Raises:
        DataError: The file is broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH, row_groups=[group]):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is no parquet file, or is broken or cut off: copy it again ({error})") from error


def fetch_cell(path: Path, group: int, row: int, wanted: str) -> Content:
    """The picture in a cell.

    Raises:
        DataError: There is none.
    """
    import pyarrow as pa

    try:
        table = _column(path, group, wanted)
        return content_of(table[row].as_py(), path.parent, f"row {row} of group {group} of {path}")
    except (pa.ArrowException, OSError, IndexError, ImageError) as error:
        raise DataError(f"{path} no longer has the picture in row {row} of group {group}: {error}") from error


@lru_cache(maxsize=2)
def _column(path: Path, group: int, wanted: str) -> Any:  # noqa: ANN401 (pyarrow has no types)
    """A column of pictures of a row group: neighbours are asked for one after the other, a pair in turn."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        name = image_column(wanted, file.schema_arrow.names, str(path))
        return file.read_row_group(group, [name]).column(name)


def _groups(path: Path) -> list[tuple[int, int]]:
    """Row groups and the rows before each; the first alone of a broken file, so that reading it says so."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        return [(0, 0)]
    rows = [footer.row_group(group).num_rows for group in range(footer.num_row_groups)]
    return list(enumerate(accumulate(rows[:-1], initial=0))) if rows else []
