"""Source: what img2dataset wrote: of each shard a table, and the pictures in a tar, a folder or the table itself."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniedit.data.sources.columns import IMAGES, caption_column, plain, text_of
from omniedit.data.sources.folder import walk
from omniedit.data.sources.parquet import fetch_cell, file_of, files_of, read_rows
from omniedit.data.sources.source import Content, Item
from omniedit.data.sources.webdataset import BROKEN, members_of, read_at, split_name
from omniedit.errors import DataError
from omniedit.images.formats import EXTENSIONS

SUCCESS = "success"
"""What img2dataset writes into the column ``status`` of a picture that it has downloaded."""


@dataclass(frozen=True)
class Img2datasetSource:
    """The output folder of img2dataset (format ``webdataset``, ``files`` or ``parquet``). A unit is one of its shards.

    Every row of its tables is an item: what could not be downloaded has the reason that img2dataset gave.
    """

    path: str
    """The folder."""
    caption: str = ""
    """Column of captions; a known name if empty, or none."""

    def units(self) -> list[str]:
        """Paths of the tables, relative to the folder, sorted.

        Raises:
            DataError: There is none.
        """
        return files_of(self.path, (".parquet",))

    def read(self, unit: str) -> Iterator[Item]:
        """The rows of a shard."""
        table, number = file_of(self.path, unit), 0
        try:
            pictures = self._pictures(unit)
            for group in range(_row_groups(table)):
                for row, cells in enumerate(read_rows(table, group)):
                    yield self._item(cells, unit, f"{unit}:{group}:{row}", number, pictures)
                    number += 1
        except DataError as error:
            name = f"{unit.removesuffix('.parquet')}/after-{number}"
            yield Item(name, f"{unit}:", problem=str(error))

    def fetch(self, ref: str) -> Content:
        """The picture of a row.

        Raises:
            DataError: It is not there any more.
        """
        name, _, place = ref.partition(":")
        if not place:
            return Path(self.path, name)
        first, second = map(int, place.split(":"))
        path = file_of(self.path, name)
        return read_at(path, first, second) if name.endswith(".tar") else fetch_cell(path, first, second, "")

    def _pictures(self, unit: str) -> Mapping[str, str]:
        """Key -> ref of the pictures of a shard, in its tar or folder; none where they are in the table.

        What is broken off from a tar is missing here, and said so for each row.
        """
        stem = unit.removesuffix(".parquet")
        if (tar := Path(self.path, f"{stem}.tar")).is_file():
            return _in_tar(tar, f"{stem}.tar")
        if (folder := Path(self.path, stem)).is_dir():
            found = sorted(walk(folder, tuple(EXTENSIONS)))
            return {path.stem: path.relative_to(self.path).as_posix() for path in found}
        return {}

    def _item(self, row: dict[str, Any], unit: str, cell: str, number: int, pictures: Mapping[str, str]) -> Item:
        folder = unit.rpartition("/")[0]
        key = str(row.get("key") or f"{Path(unit).stem}-{number}")
        inside = next((name for name in IMAGES if isinstance(row.get(name), bytes)), "")
        caption = caption_column(self.caption, row, unit)
        name, where = f"{folder}/{key}" if folder else key, f"{key} in {Path(self.path, unit)}"
        ref = cell if inside else pictures.get(key, "")
        known: dict[str, Any] = {"caption": text_of(row.get(caption)), "metadata": plain(row, (inside, caption, "key"))}
        if problem := _problem(row, ref, where):
            return Item(name, ref or cell, None, where, **known, problem=problem)
        try:
            return Item(name, ref, row[inside] if inside else self.fetch(ref), where, **known)
        except DataError as error:
            return Item(name, ref, None, where, **known, problem=str(error))


def _problem(row: Mapping[str, Any], ref: str, where: str) -> str:
    """Why a row has no picture; empty if it has one."""
    status = str(row.get("status") or SUCCESS)
    if status != SUCCESS:
        return f"img2dataset could not download it ({status}: {row.get('error_message') or 'no message'})"
    return "" if ref else f"{where} is said to be downloaded, but its picture is not in its shard"


def _in_tar(path: Path, name: str) -> dict[str, str]:
    """Key -> ref of the pictures in a tar, as far as it can be read."""
    found = {}
    try:
        with tarfile.open(path, "r:") as tar:
            for member in members_of(tar, []):
                key, ending = split_name(member.name)
                if f".{ending}" in EXTENSIONS:
                    found[key] = f"{name}:{member.offset_data}:{member.size}"
    except BROKEN:
        pass
    return found


def _row_groups(path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_row_groups)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is no parquet file, or is broken or cut off: copy it again ({error})") from error
