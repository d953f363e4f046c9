"""A collection: the cutouts that scenes are made of, that proposals name, and that specialists paint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from omniedit.data.cutouts.cutout import Cutout
from omniedit.data.cutouts.folder import digest_of, load_folder
from omniedit.errors import DataError, InputError

WORLD: tuple[str, ...] = (
    *("aeroplane", "apple", "backpack", "ball", "balloon", "banana", "bird", "book", "bucket", "bus", "butterfly"),
    *("cactus", "cake", "candle", "car", "cat", "chair", "clock", "dog", "duck", "elephant", "fish", "flower", "frog"),
    *("guitar", "hat", "horse", "house", "lamp", "mug", "mushroom", "penguin", "pumpkin", "rabbit", "rocket"),
    *("sailboat", "snowman", "teapot", "tent", "train", "tree", "truck", "umbrella", "vase"),
)
"""The cutouts of the embedded world. The others that are drawn are left for what a model was never taught."""

_DRAWN = Path(__file__).parents[1] / "assets" / "cutouts"


@dataclass(frozen=True)
class Collection:
    """Cutouts by name: :data:`BUNDLED`, or a folder's (:meth:`read`).

    It holds no pixels, so it is small in other processes' mail; each process reads the files once, when it first needs
    them, and finds out if they are no longer the same.
    """

    folder: str = ""
    """The folder, as an absolute path; empty for the bundled cutouts."""
    digest: str = ""
    """Hash of the folder's files: other pictures make other pairs. Empty for the bundled ones, which go with the
    package's version."""

    @classmethod
    def read(cls, folder: Path | str) -> Collection:
        """The cutouts of a folder: see :func:`~omniedit.data.cutouts.folder.load_folder`.

        Raises:
            DataError: As ``load_folder``.
        """
        path = str(Path(folder).resolve())
        collection = cls(path, digest_of(folder))
        _read(collection)
        return collection

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of the files."""
        return tuple(_read(self))

    @property
    def world(self) -> tuple[str, ...]:
        """Names of those that scenes are made of: of a folder all, of the bundled ones :data:`WORLD`."""
        return self.names if self.folder else WORLD

    def get(self, name: str) -> Cutout:
        """Look up the cutout of that name.

        Raises:
            InputError: There is none.
        """
        cutouts = _read(self)
        if name not in cutouts:
            raise InputError(f"there is no cutout {name!r}; there are {', '.join(cutouts)}")
        return cutouts[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a cutout of that name."""
        return name in _read(self)


BUNDLED = Collection()
"""The cutouts that come with the package."""


@lru_cache(maxsize=4)
def _read(collection: Collection) -> dict[str, Cutout]:
    """Name -> cutout.

    Raises:
        DataError: The folder cannot be used, or is not what it was.
    """
    if not collection.folder:
        return {cutout.name: cutout for cutout in load_folder(_DRAWN)}
    cutouts = load_folder(collection.folder)
    if digest_of(collection.folder) != collection.digest:
        raise DataError(f"the cutouts in {collection.folder} have changed meanwhile; put them back, or start anew")
    return {cutout.name: cutout for cutout in cutouts}


def names() -> tuple[str, ...]:
    """Names of the bundled cutouts, in alphabetical order."""
    return BUNDLED.names


def get(name: str) -> Cutout:
    """Look up the bundled cutout of that name.

    Raises:
        InputError: There is none.
    """
    return BUNDLED.get(name)
