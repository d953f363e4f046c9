"""Latents and texts of a batch, from a cache: what a run trains on that needs neither pictures nor encoders.

    cached = Cached("runs/cache")
    cached.index                                     columns of its pairs: it is a set of items, but for their pictures
    cached.latents(7), cached.text(7, 0)             of one pair; cached.empty_text() is for guidance
    CachedExamples(cached, select(cached).rows)      the examples of a run (omniedit.train.examples)

Nothing of diffusers or transformers is loaded. The condition that stands for "no source picture" is zeros, and is not
stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from omniedit.errors import DataError, RecipeError
from omniedit.train.buckets import Size
from omniedit.train.cache.index import read_about, read_column
from omniedit.train.cache.shards import faults, unpack
from omniedit.train.items import Index, Item
from omniedit.types import Pair

if TYPE_CHECKING:
    pass

OPEN = 256
"""Files that a process keeps open."""
REPAIR = "run omniedit cache again, which makes anew what is missing or broken"


class Words(NamedTuple):
    """An embedded text."""

    tokens: Tensor
    """``[L, E]``, in the cache's number format."""
    pooled: Tensor
    """``[P]``, in the cache's number format."""


class Cached:
    """The pairs of a cache: a set of items without their pictures. A worker process that gets it opens it again."""

    def __init__(self, folder: Path | str, *, check: bool = True) -> None:
        """Open the cache in ``folder``.

        Args:
            folder: As ``omniedit cache`` made it.
            check: Whether to look if all files are whole: each is hashed once, where it is new here, and afterwards
                known by size and time of change. Of several processes, one is enough.

        Raises:
            DataError: There is no cache, or a file of it is missing or broken.
        """
        self.folder = Path(folder)
        self.about = read_about(self.folder)
        """What the cache is of."""
        if check:
            self._check()
        self._files = [shard.path for shards in self.about.units.values() for shard in shards]
        self._open = lru_cache(maxsize=OPEN)(self._uncached_open)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (self.folder,)

    def __len__(self) -> int:
        """Number of pairs."""
        return self.about.pairs

    def __getitem__(self, number: int) -> Item:
        """What is known of a pair."""
        return self.index.item(number)

    def read(self, number: int) -> Pair:
        """Raises DataError: there are no pictures."""
        raise DataError(f"{self.folder} is a cache of latents: the pictures of pair {number} are not in it")

    def wordings(self, number: int) -> list[str]:
        """The wordings of a pair that are in the cache, the main one first."""
        return list(self._wordings[number].as_py())

    def ratio(self, number: int) -> str:
        """The name of a pair's ratio, such as ``3:2``."""
        return str(self._ratios[number])

    def demand_sizes(self, sizes: Iterable[Size]) -> None:
        """Make sure that all pairs are of these sizes.

        Raises:
            RecipeError: One is of another, so the cache was made for another area.
        """
        if others := set(map(tuple, self.buckets.tolist())) - set(sizes):
            named = ", ".join(f"{width} × {height}" for width, height in sorted(others))
            raise RecipeError(
                f"the cache {self.folder} has pictures of {named}, which are no buckets of this recipe: give the area "
                "that it was made for, or run omniedit cache with this recipe into another folder"
            )

    # What a network reads ---------------------------------------------------------------------------------------------

    def latents(self, number: int) -> tuple[Tensor, Tensor]:
        """Source and target of a pair, ``[C, h, w]`` each, in the cache's number format."""
        return self._latent(*self._sources[number]), self._latent(*self._targets[number])

    def text(self, number: int, wording: int) -> Words:
        """A wording of a pair, embedded."""
        starts, places = self._texts
        return self._text(*places[starts[number] : starts[number + 1]][wording])

    def empty_text(self) -> Words:
        """The empty text, embedded."""
        return self._text(*self.about.empty_text)

    def _latent(self, file: int, row: int) -> Tensor:
        latent: Tensor = self._open(int(file)).get_slice("latents")[int(row)]
        return latent

    def _text(self, file: int, row: int) -> Words:
        return Words(*unpack(self._open(int(file)), int(row), self.about.token_width))

    def _uncached_open(self, file: int) -> Any:  # noqa: ANN401 (safetensors has no types)
        from safetensors import SafetensorError, safe_open

        path = self.folder / self._files[file]
        try:
            return safe_open(path, framework="pt")
        except (OSError, SafetensorError) as error:
            raise DataError(f"{path} cannot be read ({error}): {REPAIR}") from error

    def _check(self) -> None:
        found = [fault for name, shards in self.about.units.items() for fault in faults(self.folder, name, shards)]
        if found:
            more = f", and {len(found) - 1:,} more files are missing or broken" * (len(found) > 1)
            raise DataError(f"{found[0]}{more}: {REPAIR}")

    # Columns, read when first needed ----------------------------------------------------------------------------------

    @cached_property
    def index(self) -> Index:
        """The columns of all pairs, for selection and order."""
        columns = {name: self._column(name) for name in ("task", "width", "height", "score", "weight")}
        counts = np.diff(self._texts[0]).astype(np.uint16)
        return Index(self._ids, **columns, wordings=counts, group=np.zeros(len(self), np.int64))

    @cached_property
    def buckets(self) -> NDArray[np.int32]:
        """``[N, 2]``: width and height of every pair's pictures."""
        return self._pairs("bucket")

    @cached_property
    def _sources(self) -> NDArray[np.int32]:
        return self._pairs("source")

    @cached_property
    def _targets(self) -> NDArray[np.int32]:
        return self._pairs("target")

    @cached_property
    def _texts(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Where the places of a pair's texts begin ``[N + 1]``, and the places of all ``[m, 2]``."""
        column = read_column(self.folder, "texts")
        return column.offsets.to_numpy().astype(np.int64) // 2, column.flatten().to_numpy().reshape(-1, 2)

    @cached_property
    def _ids(self) -> Any:  # noqa: ANN401 (pyarrow has no types)
        return read_column(self.folder, "id")

    @cached_property
    def _ratios(self) -> Any:  # noqa: ANN401 (pyarrow has no types)
        return read_column(self.folder, "ratio")

    @cached_property
    def _wordings(self) -> Any:  # noqa: ANN401 (pyarrow has no types)
        return read_column(self.folder, "wordings")

    def _column(self, name: str) -> Any:  # noqa: ANN401 (an array of the column's kind)
        return read_column(self.folder, name).to_numpy(zero_copy_only=False)

    def _pairs(self, name: str) -> NDArray[np.int32]:
        pairs: NDArray[np.int32] = read_column(self.folder, name).flatten().to_numpy().reshape(-1, 2)
        return pairs


def _reopened(folder: Path) -> Cached:
    """A cache that another process has checked."""
    return Cached(folder, check=False)
