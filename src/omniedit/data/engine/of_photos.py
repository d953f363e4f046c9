"""What recipes of photographs share: where the photographs are from, which are taken, and how they come in.

[source]            a pile of any kind, as omniedit.data.sources opens it
[source.filters]    which photographs of it are taken
"""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omniedit.data.engine.chain import Chain
from omniedit.data.engine.executors import Executor
from omniedit.data.engine.intake import take_in
from omniedit.data.engine.ledger import PHOTOS
from omniedit.data.engine.plan import Plan, agree
from omniedit.data.engine.runnable import Runnable
from omniedit.data.engine.sources import Pile, reduced
from omniedit.data.engine.unit import UNIT
from omniedit.data.sources.filters import FilterConfig, filters
from omniedit.data.sources.ingest import examine
from omniedit.data.sources.kinds import open_source, spec_of
from omniedit.data.sources.source import numbered_items, photo_of
from omniedit.errors import ImageError, RecipeError
from omniedit.settings import read_toml, settings
from omniedit.types import Photo

if TYPE_CHECKING:
    from typing_extensions import Self

    from omniedit.data.sources.source import Source

COUNTED = 10_000
"""Photographs of a source's first unit that are counted, to tell how many there are in all."""


@dataclass(frozen=True)
class SourceTable:
    """The ``[source]`` of a recipe; in the file, what names the pile stands beside ``largest``."""

    spec: Mapping[str, Any]
    """``path``, ``kind`` and the settings of that kind, as :func:`~omniedit.data.sources.open_source` takes them."""
    filters: FilterConfig = field(default_factory=FilterConfig)
    """Which photographs are taken."""
    largest: float = 0.0
    """Millions of pixels to which a photograph is reduced if it has more; 0: to none."""

    @classmethod
    def read(cls, values: Mapping[str, Any], place: str) -> SourceTable:
        """A recipe's table.

        Raises:
            RecipeError: A setting is unknown or impossible.
        """
        spec = dict(values)
        chosen, largest = spec.pop("filters", {}), spec.pop("largest", 0.0)
        if isinstance(largest, bool) or not isinstance(largest, int | float) or largest < 0:
            raise RecipeError(f"{place}: largest is a number of megapixels, 0 or more, not {largest!r}")
        return cls(spec, settings(FilterConfig, chosen, f"{place} filters"), float(largest))

    def open(self) -> Source:
        """The pile.

        Raises:
            DataError: There is nothing there.
            RecipeError: A setting of its kind is unknown.
        """
        return open_source(self.spec, "[source]")

    def described(self) -> dict[str, Any]:
        """Which photographs there are, and at what size, as plain values. Errors as :meth:`open`."""
        return {**spec_of(self.open()), "filters": asdict(self.filters), "largest": self.largest}


@dataclass(frozen=True)
class Loose:
    """A photograph that no ingest knows yet."""

    photo: Photo

    @property
    def id(self) -> str:
        """Its id."""
        return self.photo.id

    def open(self) -> Photo:
        """The photograph."""
        return self.photo


@dataclass(frozen=True, kw_only=True)
class OfPhotos(Runnable):
    """A recipe whose things are photographs."""

    source: SourceTable
    """Where they are from, and which are taken."""
    photos: int = 0
    """How many of the photographs that pass the filters are taken, from the first on; 0: all."""
    seed: int = 0
    """Seed of every draw."""
    unit: int = UNIT
    """Photographs of a unit: what is done again, at the most, when a worker is stopped, and what it has in memory."""
    workers: int = 1
    """Processes that work at the same time."""

    @abstractmethod
    def chain(self) -> Chain:
        """What turns a photograph into pairs.

        Raises:
            DataError: There is no such pile.
        """

    def given(
        self,
        *,
        photos: Path | None = None,
        cutouts: Path | None = None,
        limit: int | None = None,
        seed: int | None = None,
        workers: int | None = None,
    ) -> Self:
        """The recipe with what a command line gives in its place: a folder or file, and how many photographs of it.

        Raises:
            RecipeError: Cutouts are given, which belong to scenes.
        """
        if cutouts is not None:
            raise RecipeError("--cutouts are the objects of scenes, and a recipe with a [source] builds none: drop one")
        source = self.source if photos is None else replace(self.source, spec={"path": str(photos)})
        values = {"photos": limit, "seed": seed, "workers": workers}
        return replace(self, source=source, **{name: value for name, value in values.items() if value is not None})

    @property
    def rows(self) -> int | None:
        """How many rows there will be: nobody knows before the photographs are looked at and edits proposed."""
        return None

    def ready(self, out: Path, executor: Executor) -> tuple[Chain, Pile]:
        """The chain and the photographs, once all of the source were looked at.

        Raises:
            DataError: There is no such pile, it can only be read in order, or ``out`` holds another build.
            OutputError: Something cannot be written.
        """
        chain = self.chain()
        agree(out, Plan(chain.settings, None, self.unit))  # before hours are spent on photographs
        folder = take_in(self.source.open(), self.source.filters, out, executor)
        pile = Pile(str(folder), self.photos, self.source.largest)
        with contextlib.suppress(ImageError):  # that one may fail; a pile that can only be read in order fails whole
            _ = [photo.open() for photo in pile[:1]]
        return chain, pile

    def sample(self, out: Path, count: int) -> tuple[Chain, Sequence[Any], int]:
        """The chain, a few photographs to try it on, and how many there are: at most, before they are looked at."""
        chain, most = self.chain(), self.photos
        if (out / PHOTOS / "summary.json").exists():
            pile = Pile(str(out / PHOTOS), most, self.source.largest)
            return chain, pile[:count], len(pile)
        source = self.source.open()
        total = _about(source)
        return chain, list(islice(self._passing(source), count)), min(most or total, total)

    def _passing(self, source: Source) -> Iterator[Loose]:
        """Photographs that pass the filters, near-duplicates among them."""
        chosen = filters(self.source.filters)
        for number, item in numbered_items(source):
            if not examine(number, item, chosen).reason:
                yield Loose(reduced(photo_of(item), self.source.largest))


def tables_of(path: Path | str, names: Sequence[str]) -> dict[str, Any]:
    """The settings of a recipe file, in which each of ``names`` that is there is a table.

    Raises:
        RecipeError: It is missing or not TOML, or one of them is no table.
    """
    values = read_toml(path)
    for name in names:
        if not isinstance(values.get(name, {}), dict):
            raise RecipeError(f"{path}: {name} is to be a table: write [{name}], and its settings below")
    return values


def check_counts(recipe: OfPhotos, path: Path | str) -> None:
    """Refuse numbers that cannot be.

    Raises:
        RecipeError: One is.
    """
    if min(recipe.workers, recipe.unit) < 1 or recipe.photos < 0:
        raise RecipeError(f"{path}: workers and unit are to be 1 or more, and photos 0 or more")


def _about(source: Source) -> int:
    """How many photographs a source has: units, times those of the first."""
    units = source.units()
    return len(units) * sum(1 for _ in islice(source.read(units[0]), COUNTED)) if units else 0
