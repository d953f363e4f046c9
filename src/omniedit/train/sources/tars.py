"""WebDataset tars as ``omniedit export`` writes them: ``key.source.png``, ``.target.png``, ``.mask.png``, ``.json``.

Opening reads the tars' headers and their JSON, and notes where each picture lies; a pair is then read by itself,
wherever it is. So no order is slow, which makes tars the form for shuffling large pictures freely.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omniedit.data.pairs import schema
from omniedit.data.sources.webdataset import members_of, split_name
from omniedit.errors import DataError
from omniedit.train.items import Index
from omniedit.train.sources.files import opened, over, reading
from omniedit.train.sources.rows import LIGHT, RowItems, demand_columns, index_of

PARTS = ("json", "source", "target", "mask")
"""Files of a pair, by the first word of their endings; a mask may be missing."""
PICTURES = {"src_img": 1, "edited_img": 2, "x_mask": 3}
"""Column -> the place of its picture in :data:`PARTS`."""


@dataclass(frozen=True, eq=False)
class _Tar:
    """What opening a tar learns."""

    index: Index
    """All rows in group 0."""
    places: NDArray[np.int64]
    """``[N, 4, 2]``: offset and bytes of every part; 0 bytes if it is missing."""


class TarItems(RowItems):
    """Samples of tars, in the order of the tars. The places of their files take 64 bytes a row beside the index."""

    def __init__(self, files: Sequence[str]) -> None:
        """Read headers and JSON.

        Args:
            files: Addresses of tars that are not compressed.

        Raises:
            DataError: A tar is broken, or a sample lacks a file, an id, a task or a size.
        """
        self.files = list(files)
        found = over(self.files, _look_into)
        for number, tar in enumerate(found):
            tar.index.group[:] = number
        self.index = Index.join(tar.index for tar in found)
        self._places = np.concatenate([tar.places for tar in found])
        self._starts = np.cumsum([0, *(len(tar.places) for tar in found)])

    def row(self, number: int) -> dict[str, Any]:
        """A row as in a shard: pictures stay bytes.

        Raises:
            DataError: The tar cannot be read any more.
        """
        with opened(self.files[self.index.group[number]]) as file:
            parts = [
                _read_at(file, int(offset), int(size), self.where(number)) for offset, size in self._places[number]
            ]
        pictures = {
            column: {"bytes": parts[part], "path": None} if parts[part] else None for column, part in PICTURES.items()
        }
        return _mapping(parts[0], self.where(number)) | pictures

    def where(self, number: int) -> str:
        """Tar and sample, from 0."""
        file = int(self.index.group[number])
        return f"{self.files[file]}, sample {number - int(self._starts[file])}"


def _look_into(address: str) -> _Tar:
    """Read a tar's headers and its JSON."""
    import pyarrow as pa

    faults, words, places = list[str](), list[dict[str, Any]](), list[list[tuple[int, int]]]()
    with opened(address, "readahead") as file, tarfile.open(fileobj=file, mode="r:") as tar:
        for key, parts in _samples(tar, faults):
            where = f"{address}, {key}"
            if faults:  # which cut this sample short
                break
            if missing := [part for part in PARTS[:3] if part not in parts]:
                raise DataError(f"{where} has no {' and no '.join(missing)}: export the set again")
            member = parts["json"]
            words.append(_mapping(_read_at(file, member.offset_data, member.size, where), where))
            demand_columns({*words[-1], *PICTURES}, where)
            places.append([(parts[part].offset_data, parts[part].size) if part in parts else (0, 0) for part in PARTS])
    if faults or not words:
        raise DataError(f"{address} is cut off or broken, or holds no pairs ({'; '.join(faults)}): copy it again")
    layout = pa.schema([schema().field(name) for name in LIGHT])
    with reading(address):
        table = pa.Table.from_pylist([{name: row.get(name) for name in LIGHT} for row in words], layout)
        index = index_of(table, np.zeros(len(words), np.int64), lambda row: f"{address}, sample {row}")
    return _Tar(index, np.array(places, np.int64))


def _samples(tar: tarfile.TarFile, faults: list[str]) -> Iterator[tuple[str, dict[str, tarfile.TarInfo]]]:
    """Key and files of each sample, the files by the first word of their endings."""
    for key, members in groupby(members_of(tar, faults), lambda member: split_name(member.name)[0]):
        yield key, {split_name(member.name)[1].split(".")[0]: member for member in members}


def _read_at(file: Any, offset: int, size: int, where: str) -> bytes:  # noqa: ANN401 (a file of any file system)
    file.seek(offset)
    data: bytes = file.read(size)
    if len(data) != size:
        raise DataError(f"{where} is cut off, or was written anew: start again")
    return data


def _mapping(data: bytes, where: str) -> dict[str, Any]:
    try:
        words = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} has JSON that cannot be read ({error}): export the set again") from error
    if not isinstance(words, dict):
        raise DataError(f"{where} has JSON that is no object: export the set again")
    return words
