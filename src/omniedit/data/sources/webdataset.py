"""Source: tars in the layout of WebDataset: neighbouring files of one key are a sample.

They are read by ``tarfile``, and nothing is extracted: the ``webdataset`` library decodes and skips by itself, and does
not tell where in a tar a picture is, by which one can be fetched later.
"""

from __future__ import annotations

import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from lzma import LZMAError
from pathlib import Path
from typing import Any

from omniedit.data.sources.columns import CAPTIONS, PLAIN, text_of
from omniedit.data.sources.parquet import file_of, files_of
from omniedit.data.sources.source import Content, Item
from omniedit.errors import DataError
from omniedit.images import MAX_BYTES
from omniedit.images.formats import EXTENSIONS

ENDINGS = (".tar", ".tar.gz", ".tgz")
TEXTS = ("txt", "caption", "text")
"""Endings of captions."""
TEXT_BYTES = 1_000_000
"""Longest caption or metadata that is read."""
BROKEN = (tarfile.TarError, OSError, EOFError, zlib.error, LZMAError)
"""What reading a broken tar raises."""

Sample = Mapping[str, tarfile.TarInfo]
"""Ending (all after the first dot of the file's name, in lower case) -> member."""


@dataclass(frozen=True)
class WebdatasetSource:
    """A tar, or all (``*.tar``, ``*.tar.gz``, ``*.tgz``) below a folder. A unit is a tar."""

    path: str
    """The tar or folder."""
    image: str = ""
    """Ending of the pictures, for example ``"jpg"``; the first that is a picture's if empty."""
    caption: str = ""
    """Ending of the captions; ``txt``, ``caption`` or ``text`` if empty, or what the metadata (``json``) has."""

    def units(self) -> list[str]:
        """Paths of the tars, relative to the folder, sorted.

        Raises:
            DataError: There is none.
        """
        return files_of(self.path, ENDINGS)

    def read(self, unit: str) -> Iterator[Item]:
        """The samples of a tar; if it is broken, the last item says so."""
        place, faults = unit.split(".tar")[0].removesuffix(".tgz"), list[str]()
        last = ""
        for tar, key, sample in _samples(file_of(self.path, unit), faults):
            last = f"{place}/{key}"
            yield self._item(tar, unit, last, sample)
        if faults:
            after = f"after {last}" if last else "from its beginning"
            yield Item(
                f"{place}/", f"{unit}:", problem=f"{unit} is no tar, or is cut off or broken {after}: {faults[0]}"
            )

    def fetch(self, ref: str) -> Content:
        """The bytes of a member.

        Raises:
            DataError: They are not there any more.
        """
        name, offset, size = ref.rsplit(":", 2)
        return read_at(file_of(self.path, name), int(offset), int(size))

    def _item(self, tar: tarfile.TarFile, unit: str, name: str, sample: Sample) -> Item:
        try:
            caption, metadata = self._texts(tar, sample)
            picture = next((sample[ending] for ending in sample if self._is_picture(ending)), None)
            if picture is None:
                return Item(name, f"{unit}:", problem=f"{name} in {unit} has no picture, only {', '.join(sample)}")
            ref = f"{unit}:{picture.offset_data}:{picture.size}"
            where = f"{picture.name} in {file_of(self.path, unit)}"
            if picture.size > MAX_BYTES:
                return Item(name, ref, problem=f"{where} has {picture.size:,} bytes; the limit is {MAX_BYTES:,}")
            return Item(name, ref, _bytes(tar, picture), where, caption, metadata)
        except BROKEN as error:
            return Item(name, f"{unit}:", problem=f"{name} in {unit} cannot be read: {error}")

    def _is_picture(self, ending: str) -> bool:
        return ending == self.image if self.image else f".{ending.rsplit('.', 1)[-1]}" in EXTENSIONS

    def _texts(self, tar: tarfile.TarFile, sample: Sample) -> tuple[str, Mapping[str, Any]]:
        """Caption and metadata."""
        metadata = _mapping(_text(tar, sample.get("json")))
        endings = (self.caption,) if self.caption else TEXTS
        written = next((_text(tar, sample[ending]) for ending in endings if ending in sample), "")
        caption = written.strip() or next((text_of(metadata[name]) for name in CAPTIONS if name in metadata), "")
        return caption, {name: value for name, value in metadata.items() if isinstance(value, PLAIN)}


def _samples(path: Path, faults: list[str]) -> Iterator[tuple[tarfile.TarFile, str, Sample]]:
    """Tar, key and members of each sample; what breaks the tar off is added to ``faults``."""
    try:
        tar = tarfile.open(path)  # noqa: SIM115 (what is yielded must stay open)
    except BROKEN as error:
        faults.append(str(error))
        return
    with tar:
        for key, members in groupby(members_of(tar, faults), lambda member: split_name(member.name)[0]):
            yield tar, key, {split_name(member.name)[1]: member for member in members}


def members_of(tar: tarfile.TarFile, faults: list[str]) -> Iterator[tarfile.TarInfo]:
    """The regular files of a tar that are not hidden; what breaks it off is added to ``faults``."""
    try:
        for member in tar:
            if member.isreg() and not member.name.rsplit("/", 1)[-1].startswith("."):
                yield member
    except BROKEN as error:
        faults.append(str(error))


def split_name(name: str) -> tuple[str, str]:
    """``"a/b.x.jpg"`` -> ``("a/b", "x.jpg")``: WebDataset's key and ending."""
    name = name.removeprefix("./").encode(errors="backslashreplace").decode()
    folder, slash, file = name.rpartition("/")
    stem, _, ending = file.partition(".")
    return f"{folder}{slash}{stem}", ending.lower()


def read_at(path: Path, offset: int, size: int) -> bytes:
    """Bytes from within a tar, compressed or not.

    Raises:
        DataError: They are not there.
    """
    try:
        with tarfile.open(path) as tar:
            assert tar.fileobj is not None
            tar.fileobj.seek(offset)
            data = tar.fileobj.read(size)
    except BROKEN as error:
        raise DataError(f"{path} can no longer be read: {error}") from error
    if len(data) != size:
        raise DataError(f"{path} no longer has {size:,} bytes at {offset:,}: has it been written anew?")
    return data


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file else b""


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> str:
    """The text of a member; empty where there is none or it is absurdly long."""
    if member is None or member.size > TEXT_BYTES:
        return ""
    return _bytes(tar, member).decode("utf-8", "replace")


def _mapping(text: str) -> Mapping[str, Any]:
    """The JSON object in ``text``; empty where there is none."""
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
