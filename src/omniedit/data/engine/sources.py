"""Photographs and scenes that are made where they are needed: what travels to a worker is a list of names.

A photograph is decoded when a scene needs it, so memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from omniedit.data.photos import bundled_photos, folder_photos
from omniedit.data.scenes import Scene, SceneConfig, SceneMaker
from omniedit.errors import DataError
from omniedit.images import load_rgb
from omniedit.types import Photo

HELD = 32
"""Photographs of a folder that a process keeps decoded."""


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
class MadeScenes(Sequence[Scene]):
    """The first scenes of a maker, each made when it is asked for, the same in every process."""

    photos: Sequence[Photo]
    split: str
    seed: int
    config: SceneConfig
    size: int

    def __len__(self) -> int:
        """How many."""
        return self.size

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 (an index or a slice)
        """A scene, or for a slice several."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self.size))]
        if not -self.size <= index < self.size:
            raise IndexError(index)
        return SceneMaker(self.photos, self.split, self.seed, self.config)(index % self.size)
