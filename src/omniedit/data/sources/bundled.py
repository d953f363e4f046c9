"""Source: the real photographs that scikit-image and scikit-learn ship, the ``photos`` extra.

They are split once and for all: those for evaluation are never seen in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from omniedit.data.sources.source import Content, Item
from omniedit.errors import DataError, MissingExtraError


@dataclass(frozen=True)
class Bundled:
    """A photograph inside an installed package."""

    package: str
    path: str
    split: str
    caption: str
    licence: str


BUNDLED: dict[str, Bundled] = {
    "astronaut": Bundled("skimage", "data/astronaut.png", "eval", "an astronaut", "public domain (NASA)"),
    "chelsea": Bundled("skimage", "data/chelsea.png", "eval", "a cat's face", "CC0 (Stefan van der Walt)"),
    "coffee": Bundled("skimage", "data/coffee.png", "eval", "a cup of coffee on a table", "CC0 (Rachel Michetti)"),
    "rocket": Bundled("skimage", "data/rocket.jpg", "eval", "a rocket on its pad", "public domain (SpaceX)"),
    "china": Bundled("sklearn", "datasets/images/china.jpg", "eval", "a Chinese temple", "CC BY (Chester)"),
    "flower": Bundled("sklearn", "datasets/images/flower.jpg", "eval", "a flower", "CC BY (Deborah Cole)"),
    "motorcycle": Bundled("skimage", "data/motorcycle_right.png", "train", "a garage", "CC0 (Middlebury 2014)"),
    "hubble": Bundled("skimage", "data/hubble_deep_field.jpg", "train", "galaxies", "public domain (NASA)"),
    "grass": Bundled("skimage", "data/grass.png", "train", "grass", "CC0"),
    "gravel": Bundled("skimage", "data/gravel.png", "train", "gravel", "CC0"),
    "brick": Bundled("skimage", "data/brick.png", "train", "a brick wall", "CC0"),
    "moon": Bundled("skimage", "data/moon.png", "train", "the moon's surface", "public domain (NASA)"),
    "camera": Bundled("skimage", "data/camera.png", "train", "a lawn and a camera", "CC0"),
    "tissue": Bundled("skimage", "data/ihc.png", "train", "stained tissue", "CC0"),
}
"""Real photographs that scikit-image and scikit-learn ship (the ``photos`` extra)."""


@dataclass(frozen=True)
class BundledSource:
    """The bundled photographs of a split whose package is installed. A unit is a photograph."""

    path: str = "train"
    """The split: ``train`` or ``eval``."""

    def units(self) -> list[str]:
        """Their names.

        Raises:
            DataError: There is no such split.
            MissingExtraError: Neither package is installed.
        """
        names = [name for name, entry in BUNDLED.items() if entry.split == self.path]
        if not names:
            raise DataError(f"the bundled photographs have no split {self.path!r}; they have train and eval")
        found = [name for name in names if locate(BUNDLED[name])]
        if not found:
            raise MissingExtraError("scikit-image (with the photographs it ships)", "photos")
        return found

    def read(self, unit: str) -> Iterator[Item]:
        """The one item of a photograph."""
        entry = BUNDLED[unit]
        yield Item(unit, unit, self.fetch(unit), f"{entry.package}/{entry.path}", entry.caption)

    def fetch(self, ref: str) -> Content:
        """Where the file is.

        Raises:
            DataError: Its package is no longer installed.
        """
        path = locate(BUNDLED[ref])
        if path is None:
            raise DataError(f"the photograph {ref} is of the package {BUNDLED[ref].package}, which is not installed")
        return path


def locate(entry: Bundled) -> Path | None:
    """The file of a photograph, found without importing its package; None where the package is missing."""
    spec = find_spec(entry.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / entry.path
    return path if path.is_file() else None
