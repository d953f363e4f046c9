"""Photographs -> Photo: a folder of yours, or the real photographs that installed packages ship.

The bundled photographs are split once and for all: those for evaluation are never seen in training. A folder is split
by a hash of the file's content, so that a photograph keeps its side when it is renamed or when others join it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from omniedit.data.sources.bundled import BUNDLED, locate
from omniedit.data.sources.folder import FolderSource
from omniedit.data.sources.source import photos
from omniedit.errors import DataError, MissingExtraError
from omniedit.images import load_rgb
from omniedit.types import Image, Photo

SPLITS = ("train", "eval")
EVAL_SHARE = 0.1
"""Share of a folder's photographs that is kept for evaluation."""


def bundled_photos(split: str) -> list[Photo]:
    """The bundled photographs of ``split`` (``"train"`` or ``"eval"``) whose package is installed.

    Raises:
        MissingExtraError: neither package is installed.
    """
    found = [_read_bundled(name) for name, entry in BUNDLED.items() if entry.split == split and locate(entry)]
    if not found:
        raise MissingExtraError("scikit-image (with the photographs it ships)", "photos")
    return found


@cache
def _read_bundled(name: str) -> Photo:
    """One bundled photograph, decoded once."""
    entry = BUNDLED[name]
    path = locate(entry)
    assert path is not None
    return Photo(name, load_rgb(path), caption=entry.caption, source=f"{entry.package}/{entry.path}")


def folder_photos(folder: Path | str, split: str | None = None) -> Iterator[Photo]:
    """The readable photographs below ``folder``, in the order of their paths; of one split, or all.

    Unreadable files are passed over here: :func:`folder_problems` names them.

    Raises:
        DataError: the folder does not exist, or holds no photograph that can be read.
    """
    found = False
    for photo in photos(FolderSource(str(folder))):
        found = True
        if split is None or split_of(photo.image) == split:
            yield photo
    if not found:
        raise DataError(f"no photograph could be read in {folder}: put JPEG, PNG or WebP files there")


def folder_problems(folder: Path | str) -> list[str]:
    """One line for every picture file below ``folder`` that cannot be read."""
    problems: list[str] = []
    for _ in photos(FolderSource(str(folder)), dropped=lambda _, reason: problems.append(reason)):
        pass
    return problems


def split_of(image: Image) -> str:
    """``"eval"`` for a fixed tenth of all pictures, by their content; ``"train"`` for the others."""
    digest = hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest()
    return "eval" if digest[0] < 256 * EVAL_SHARE else "train"
