"""Pairs in other forms: WebDataset tars, a folder with JSON Lines, a folder that ``datasets`` opens as ImageFolder.

    export("pairs", "webdataset", "tars")

Pictures go over byte for byte, never encoded anew. What is exported appears whole under its name, or not at all.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any

from omniedit.data.pairs import read_rows
from omniedit.errors import DataError, OutputError
from omniedit.images.formats import FORMATS
from omniedit.images.sniffing import sniff
from omniedit.writing import new_folder

PICTURES: Mapping[str, str] = {"src_img": "source", "edited_img": "target", "x_mask": "mask"}
"""Column -> what its picture is called in an export."""
SHARD = 1000
"""Pairs of a tar, and of a folder of pictures."""

Row = Mapping[str, Any]


def export(path: Path | str, form: str, out: Path | str, *, rejected: bool = False) -> int:
    """Export the set at ``path`` into the new folder ``out``; return the number of pairs.

    Args:
        path: A shard or a folder of shards.
        form: A name in `EXPORTERS`.
        out: A folder that does not exist yet.
        rejected: Whether pairs of weight 0 go along.

    Raises:
        DataError: There is no such form, no pair to export, or a pair that cannot be: no picture, or NaN among scores.
        OutputError: ``out`` exists, or cannot be written.
    """
    out = Path(out)
    if form not in EXPORTERS:
        raise DataError(f"there is no form {form!r}; there are {', '.join(EXPORTERS)}")
    if out.exists():
        raise OutputError(f"{out} already exists: choose a new folder")
    wanted = (row for row in read_rows(path) if rejected or row.get("x_weight", 1.0) != 0)
    with new_folder(out) as temporary:
        count = EXPORTERS[form](wanted, temporary)
        if not count:
            raise DataError(f"{path} holds no pair with a weight; to export rejects, ask for them (--rejected)")
    return count


def _write_tars(rows: Iterable[Row], out: Path) -> int:
    """``pairs-000000.tar`` and on: for each pair ``00000000.source.png``, ``.target.png``, ``.mask.png``, ``.json``."""
    stream, count = iter(rows), 0
    while group := list(islice(stream, 1)):
        with tarfile.open(out / f"pairs-{count // SHARD:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for row in chain(group, islice(stream, SHARD - 1)):
                _add(tar, f"{count:08d}", row)
                count += 1
    return count


def _add(tar: tarfile.TarFile, key: str, row: Row) -> None:
    """A pair's files, with no owner and no time, so that the same pairs give the same bytes."""
    files = {f"{name}{suffix}": data for name, (suffix, data) in _pictures(row).items()}
    files["json"] = _json(_words(row)).encode()
    for name, data in files.items():
        entry = tarfile.TarInfo(f"{key}.{name}")
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))


def _write_files(rows: Iterable[Row], out: Path, table: str, column: str) -> int:
    """Pictures in folders of a thousand, and a table of JSON lines with their paths under ``column``."""
    count = 0
    with (out / table).open("w", encoding="utf-8", newline="\n") as lines:
        for row in rows:
            folder = f"pictures/{count // SHARD:06d}"
            (out / folder).mkdir(parents=True, exist_ok=True)
            words = _words(row)
            for name, (suffix, data) in _pictures(row).items():
                file = f"{folder}/{count:08d}.{name}{suffix}"
                (out / file).write_bytes(data)
                words[column.format(name)] = file
            lines.write(_json(words) + "\n")
            count += 1
    return count


def _write_json_lines(rows: Iterable[Row], out: Path) -> int:
    """``pairs.jsonl`` with paths under ``source``, ``target`` and ``mask``."""
    return _write_files(rows, out, "pairs.jsonl", "{}")


def _write_image_folder(rows: Iterable[Row], out: Path) -> int:
    """``metadata.jsonl``, as the ``imagefolder`` of ``datasets`` reads it: columns ``source``, ``target``, ``mask``."""
    return _write_files(rows, out, "metadata.jsonl", "{}_file_name")


EXPORTERS: Mapping[str, Callable[[Iterable[Row], Path], int]] = {
    "webdataset": _write_tars,
    "jsonl": _write_json_lines,
    "imagefolder": _write_image_folder,
}
"""Form -> how it is written into a folder."""


def _words(row: Row) -> dict[str, Any]:
    """All of a row but its pictures."""
    return {name: value for name, value in row.items() if name not in PICTURES}


def _pictures(row: Row) -> dict[str, tuple[str, bytes]]:
    """Name -> suffix and bytes of each picture; a mask only where there is one."""
    found = {}
    for column, name in PICTURES.items():
        data: bytes = (row.get(column) or {}).get("bytes") or b""
        if not data and column == "x_mask":
            continue
        kind = sniff(data)
        if kind not in FORMATS:
            raise DataError(f"pair {row['omni_edit_id']} has no readable {name}: see omniedit lint")
        found[name] = FORMATS[kind].extensions[0], data
    return found


def _json(words: Mapping[str, Any]) -> str:
    """One line of JSON."""
    try:
        return json.dumps(words, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"pair {words['omni_edit_id']} cannot be written as JSON ({error}): see omniedit lint"
        ) from error
