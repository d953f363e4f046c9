"""Results that were made elsewhere: a folder of pictures, each named after the item that it answers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from omniedit.bench.item import Item
from omniedit.errors import DataError, InputError
from omniedit.hashing import hash_file
from omniedit.images import load_rgb
from omniedit.types import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True)
class MadeElsewhere:
    """A contestant that looks its answers up."""

    folder: Path
    """Holds ``ITEM.png``, ``.jpg`` or ``.webp``."""

    here = False
    """Nothing is edited in this process."""

    def __call__(self, item: Item, seed: int) -> Image:
        """The picture of ``item``.

        Raises:
            InputError: There is none.
            ImageError: It cannot be read.
        """
        if item.id not in self.files:
            raise InputError("no result")
        return load_rgb(self.files[item.id])

    @cached_property
    def files(self) -> dict[str, Path]:
        """Item -> its picture.

        Raises:
            DataError: There is no such folder, or two pictures answer the same item.
        """
        if not self.folder.is_dir():
            raise DataError(f"there is no folder {self.folder}: folder: wants one with pictures named after the items")
        found: dict[str, Path] = {}
        for path in sorted(self.folder.iterdir()):
            if path.suffix.lower() in SUFFIXES:
                if path.stem in found:
                    raise DataError(f"{found[path.stem]} and {path.name} both answer {path.stem}: remove one of them")
                found[path.stem] = path
        return found

    @property
    def sha256(self) -> str:
        """Over names and contents of all its pictures."""
        digest = hashlib.sha256()
        for path in self.files.values():
            digest.update(f"{path.name}\0{hash_file(path)}\n".encode())
        return digest.hexdigest()

    def check(self, ids: Sequence[str]) -> None:
        """Refuse a folder that answers none of the items ``ids``.

        Raises:
            DataError: It does not.
        """
        if not self.files.keys() & set(ids):
            named = f"such as {next(iter(self.files.values())).name}" if self.files else "it has none at all"
            raise DataError(
                f"no picture in {self.folder} is named after an item ({named}): they are to be called "
                f"{ids[0]}.png and so on"
            )
