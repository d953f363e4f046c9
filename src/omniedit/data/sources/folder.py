"""Source: the picture files below a folder; a text file of the same name beside one is its caption."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from omniedit.data.sources.source import Content, Item
from omniedit.errors import DataError
from omniedit.images.formats import EXTENSIONS

CAPTION_BYTES = 100_000
"""Longest caption file that is read."""


@dataclass(frozen=True)
class FolderSource:
    """Files named like pictures, at any depth. Links to folders are not followed. A unit is a file."""

    path: str
    """The folder."""
    captions: str = ".txt"
    """Extension of the caption files."""

    def units(self) -> list[str]:
        """Paths relative to the folder, with ``/``, in the order of their characters.

        Raises:
            DataError: It is no folder, or a folder in it cannot be listed.
        """
        root = Path(self.path)
        if not root.is_dir():
            raise DataError(f"{root} is not a folder: check the path")
        return sorted(path.relative_to(root).as_posix() for path in walk(root, tuple(EXTENSIONS)))

    def read(self, unit: str) -> Iterator[Item]:
        """The one item of a file."""
        path = Path(self.path, unit)
        if not _storable(unit):
            name = os.fsencode(unit).decode(errors="backslashreplace")
            yield Item(name, name, problem=f"the name {name} is not UTF-8: rename the file")
        else:
            yield Item(unit, unit, path, str(path), self._caption(path))

    def fetch(self, ref: str) -> Content:
        """Where the file is."""
        return Path(self.path, ref)

    def _caption(self, path: Path) -> str:
        """What stands in the file beside it; empty where there is none that can be read."""
        try:
            with path.with_suffix(self.captions).open(encoding="utf-8", errors="replace") as file:
                return file.read(CAPTION_BYTES).strip()
        except OSError:
            return ""


def walk(root: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """Files below ``root`` whose names end so, in lower case; hidden ones are none of them.

    Raises:
        DataError: A folder cannot be listed: passing over it would lose what is in it.
    """
    for folder, _, names in os.walk(root, onerror=_refuse):
        yield from (Path(folder, n) for n in names if n.lower().endswith(endings) and not n.startswith("."))


def _refuse(error: OSError) -> None:
    raise DataError(f"{error.filename} cannot be listed ({error.strerror}): check its permissions") from error


def _storable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
