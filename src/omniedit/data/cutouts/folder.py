"""Reading a folder of cutouts: pictures with transparency, SVG templates, and what ``cutouts.toml`` says of pictures.

Every file is read before anything is said, so that one message names all that is wrong.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from omniedit.data.cutouts.cutout import Cutout
from omniedit.data.cutouts.drawing import read_template
from omniedit.data.cutouts.picture import read_picture
from omniedit.errors import DataError, InputError
from omniedit.images.formats import EXTENSIONS
from omniedit.settings import read_toml, settings

WORDS = "cutouts.toml"
"""The file, beside the pictures, that says more of them than their names: a table for each, see :class:`Entry`."""
DRAWING = ".svg"


@dataclass(frozen=True)
class Entry:
    """What ``cutouts.toml`` says of one picture."""

    synonyms: tuple[str, ...] = ()
    """Other names."""
    rests: str = "floor"
    """``"floor"``: it stands in the lower part of a photograph; ``"air"``: it flies or hangs in the upper."""


def load_folder(path: str | Path) -> tuple[Cutout, ...]:
    """Cutouts from the pictures and SVG templates in a folder (not below it), in the order of their files' names.

    A cutout's name is its file's stem in lower case, with hyphens and underscores read as spaces.

    Raises:
        DataError: The folder is missing or holds no such file, files in it cannot be used (all are named), or two of
            them have one name.
    """
    folder = Path(path)
    files = _files(folder)
    if not files:
        raise DataError(f"{folder} has no cutouts; put PNG, WebP or TIFF pictures with transparency in it")
    entries = _entries(folder)
    cutouts: list[Cutout] = []
    problems: list[str] = []
    for file in files:
        try:
            cutouts.append(_read(file, entries))
        except InputError as error:
            problems.append(str(error))
    counts = Counter(_spoken(file.stem) for file in files)
    problems += [f"{folder} has {n} cutouts named {name!r}; rename all but one" for name, n in counts.items() if n > 1]
    pictures = {_spoken(file.stem) for file in files if file.suffix.lower() != DRAWING}
    problems += [f"{folder / WORDS}: there is no picture for {name!r}" for name in entries if name not in pictures]
    if problems:
        raise DataError("\n".join(problems))
    return tuple(cutouts)


def digest_of(path: str | Path) -> str:
    """A hash of all in the folder that :func:`load_folder` reads: the names of the files and their bytes.

    Raises:
        DataError: The folder is missing, or a file in it cannot be read.
    """
    folder = Path(path)
    digest = hashlib.sha256()
    words = folder / WORDS
    try:
        for file in (*_files(folder), *([words] if words.is_file() else [])):
            digest.update(f"{file.name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    except (OSError, UnicodeEncodeError) as error:
        raise DataError(f"{folder} cannot be read: {error}") from error
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Its cutouts. JPEGs count: that they cannot be one has to be said."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give a folder of RGBA pictures")
    found = (file for file in folder.iterdir() if file.suffix.lower() in (*EXTENSIONS, DRAWING))
    return sorted((file for file in found if not file.name.startswith(".")), key=lambda file: file.name)


def _read(file: Path, entries: Mapping[str, Entry]) -> Cutout:
    name = _spoken(file.stem)
    if file.suffix.lower() == DRAWING:
        return read_template(file, name)
    entry = entries.get(name, Entry())
    return read_picture(file, name, entry.synonyms, cast(Literal["floor", "air"], entry.rests))


def _spoken(stem: str) -> str:
    return re.sub(r"[\s_-]+", " ", stem).strip().lower()


def _entries(folder: Path) -> dict[str, Entry]:
    """Name -> what the folder's ``cutouts.toml`` says of it; nothing where there is no such file.

    Raises:
        DataError: It says what cannot be understood.
    """
    file = folder / WORDS
    if not file.is_file():
        return {}
    entries: dict[str, Entry] = {}
    try:
        for key, value in read_toml(file).items():
            if _spoken(key) in entries:
                raise DataError(f"{file} has two tables for {_spoken(key)!r}; write one")
            entries[_spoken(key)] = _entry(value, f"{file}, {key!r}")
    except InputError as error:
        raise DataError(str(error)) from error
    return entries


def _entry(value: object, place: str) -> Entry:
    if not isinstance(value, dict):
        raise DataError(f'{place}: write a table for each picture, for example ["tin can"] and synonyms = ["can"]')
    entry = settings(Entry, value, place)
    if not isinstance(entry.synonyms, tuple) or not all(isinstance(word, str) for word in entry.synonyms):
        raise DataError(f'{place}: synonyms are a list of words, for example ["can", "tin"]')
    if entry.rests not in ("floor", "air"):
        raise DataError(f'{place}: rests is to be "floor" or "air", not {entry.rests!r}')
    return entry
