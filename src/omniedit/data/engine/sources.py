"""Photographs and scenes that are made where they are needed: what travels to a worker is a list of names.

A photograph is decoded when it is needed, so memory does not grow with their number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from omniedit.data.cutouts import BUNDLED, Collection
from omniedit.data.photos import bundled_photos, folder_photos
from omniedit.data.scenes import Scene, SceneConfig, SceneMaker
from omniedit.data.sources.table import KeptPhotos
from omniedit.errors import DataError
from omniedit.images import load_rgb, resize
from omniedit.types import Photo

HELD = 32
"""Photographs of a folder that a process keeps decoded."""

T = TypeVar("T")


class Made(Sequence[T]):
    """A sequence whose items any process makes by their index, so that indices are all that travels."""

    @property
    def settings(self) -> dict[str, str]:
        """What tells it from another whose items have the same ids; part of a build's plan."""
        return {}


@dataclass(frozen=True)
class BundledPhotos(Sequence[Photo]):
    """The bundled photographs of a split."""

    split: str

    def __len__(self) -> int:
        """How many."""
        return len(_bundled(self.split))

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 (an index or a slice)
        """A photograph, or for a slice several."""
        return _bundled(self.split)[index]


@dataclass(frozen=True)
class FolderPhotos(Sequence[Photo]):
    """Photographs in files; all were found readable."""

    files: tuple[tuple[str, str], ...]
    """Id and path of each."""

    @property
    def digest(self) -> str:
        """Hash of their ids and sizes in bytes: other photographs make other scenes."""
        known = [(name, Path(path).stat().st_size) for name, path in self.files]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    def __len__(self) -> int:
        """How many."""
        return len(self.files)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 (an index or a slice)
        """A photograph, or for a slice several."""
        if isinstance(index, slice):
            return [_read(*file) for file in self.files[index]]
        return _read(*self.files[index])


@lru_cache(maxsize=2)
def _bundled(split: str) -> tuple[Photo, ...]:
    return tuple(bundled_photos(split))


@lru_cache(maxsize=HELD)
def _read(name: str, path: str) -> Photo:
    return Photo(name, load_rgb(path), source=path)


def find_photos(folder: str, split: str) -> BundledPhotos | FolderPhotos:
    """The photographs of ``split`` in a folder, or the bundled ones if its name is empty.

    Raises:
        DataError: There are none.
        MissingExtraError: The bundled ones are not installed.
    """
    if not folder:
        _bundled(split)
        return BundledPhotos(split)
    files = tuple((photo.id, str(Path(photo.source).resolve())) for photo in folder_photos(folder, split))
    if not files:
        raise DataError(f"none of the photographs in {folder} is of the {split} split; add more")
    return FolderPhotos(files)


@dataclass(frozen=True)
class MadeScenes(Made[Scene]):
    """The first scenes of a maker, each made when it is asked for, the same in every process."""

    photos: Sequence[Photo]
    split: str
    seed: int
    config: SceneConfig
    size: int
    cutouts: Collection = BUNDLED

    @property
    def settings(self) -> dict[str, str]:
        """Photographs and cutouts, unless they are those that go with the package's version."""
        photos = {"photos": self.photos.digest} if isinstance(self.photos, FolderPhotos) else {}
        return photos | ({"cutouts": self.cutouts.digest} if self.cutouts.digest else {})

    def __len__(self) -> int:
        """How many."""
        return self.size

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 (an index or a slice)
        """A scene, or for a slice several."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self.size))]
        if not -self.size <= index < self.size:
            raise IndexError(index)
        return SceneMaker(self.photos, self.split, self.seed, self.config, cutouts=self.cutouts)(index % self.size)


# Photographs of a source ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeptPhoto:
    """A photograph that an ingest kept, opened when it is needed."""

    id: str
    """Its id."""
    index: int
    """Its place among those that were kept."""
    folder: str
    """Folder of the ingest."""
    largest: float
    """Millions of pixels to which it is reduced if it has more; 0: to none."""

    def open(self) -> Photo:
        """The photograph; the last that was opened is still there.

        Raises:
            DataError: It is no longer where it was.
            ImageError: It can no longer be opened.
        """
        return _opened(self)


@dataclass(frozen=True)
class Pile(Made[KeptPhoto]):
    """The photographs that the ingest in a folder kept."""

    folder: str
    """Folder of the ingest, concluded."""
    most: int = 0
    """How many are taken, from the first on; 0: all."""
    largest: float = 0.0
    """As :attr:`KeptPhoto.largest`."""

    def __len__(self) -> int:
        """How many."""
        return min(self.most or len(_kept(self.folder)), len(_kept(self.folder)))

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 (an index or a slice)
        """A photograph, or for a slice several."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        return KeptPhoto(_kept(self.folder).id(place), place, self.folder, self.largest)


@lru_cache(maxsize=2)
def _kept(folder: str) -> KeptPhotos:
    return KeptPhotos(folder)


@lru_cache(maxsize=1)
def _opened(kept: KeptPhoto) -> Photo:
    photo: Photo = _kept(kept.folder)[kept.index]
    return reduced(photo, kept.largest)


def forget() -> None:
    """Let go of what is held of the ingests of this process: another may come to be in the same folder."""
    _kept.cache_clear()
    _opened.cache_clear()


def reduced(photo: Photo, largest: float) -> Photo:
    """``photo`` with at most so many millions of pixels, its ratio kept; as it is for 0."""
    width, height = photo.size
    scale = (largest * 1e6 / (width * height)) ** 0.5 if largest else 1.0
    if scale >= 1:
        return photo
    return replace(photo, image=resize(photo.image, (max(1, round(width * scale)), max(1, round(height * scale)))))
