"""Where a run's examples are: in memory, in files, or in a cache of latents. Pairs are chosen the same way for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from omniedit.data.lint import demand_sound, quick_lint
from omniedit.errors import DataError
from omniedit.model.text import TextEncoder
from omniedit.train.buckets import (
    BatchOrder,
    Size,
    bucket_counts,
    bucket_sizes,
    bucket_table,
    nearest_bucket,
    nearest_sizes,
)
from omniedit.train.draws import Draw
from omniedit.train.examples import Encoders, Example, Examples, Pictures, Reader, Wording, gather
from omniedit.train.items import Items
from omniedit.train.recipe import Recipe
from omniedit.train.selection import Selected, SelectionConfig, select
from omniedit.train.sources import open_items
from omniedit.train.wording import Rewording

OF_INPAINTING = ("target-equals-source", "duplicate-pair", "unscored-weight")
"""Checks that pairs of photographs and holes in them fail by their nature: they are no edits."""
SHOWN_FROM = 2000
"""Pairs from which reading them shows a bar."""


@dataclass(frozen=True, eq=False)
class InMemory:
    """Examples that are decoded already."""

    examples: Sequence[Example]
    wording: Wording
    masks: bool = False

    @property
    def buckets(self) -> Sequence[Size]:
        """The size of every example."""
        return [example.bucket for example in self.examples]

    def collect(self, indices: Sequence[int], draws: Sequence[Draw]) -> Pictures:
        """The examples at ``indices``."""
        return gather([self.examples[i] for i in indices], draws, self.wording, masks=self.masks)


@dataclass(frozen=True, eq=False)
class OnDemand:
    """Examples that are read from their files when their turn comes: one of each item."""

    items: Items
    buckets: Sequence[Size]
    wording: Wording
    read: Reader
    masks: bool = False

    def collect(self, indices: Sequence[int], draws: Sequence[Draw]) -> Pictures:
        """Read the items at ``indices``, those of one group one after the other."""
        group = self.items.index.group
        read = {i: self._example(i) for i in sorted(set(indices), key=lambda i: (group[i], i))}
        return gather([read[i] for i in indices], draws, self.wording, masks=self.masks)

    def _example(self, index: int) -> Example:
        """Read one. Raises DataError where it has no words that can be read."""
        (example,) = self.read(self.items.read(index), self.buckets[index])
        if not (fitting := self.wording.fitting(example)):
            raise DataError(
                f"pair {example.id} has no words that the text encoder can read; omniedit lint finds all such"
            )
        return fitting


@dataclass(frozen=True, eq=False)
class Holding:
    """The examples of a run."""

    examples: Examples
    order: BatchOrder
    about: str
    """What was taken of the pairs, what was left out and why, and what falls into which bucket."""


def hold(recipe: Recipe, read: Reader, encoders: Encoders | None) -> Holding:
    """Open the recipe's pairs, or the cache that was made of them.

    Raises:
        DataError: they cannot be read, or nothing is left of them to train on.
    """
    kind = _cached if recipe.data.cache else _in_memory if recipe.data.memory else _on_demand
    return kind(recipe, read, encoders)


def look_over(recipe: Recipe) -> None:
    """Refuse shards with faults, by a quick look at each. What lies afar or in tars is checked as it is read.

    Raises:
        DataError: with the first faults, and what to do.
    """
    path = Path(recipe.pairs)
    if path.suffix != ".parquet" and not any(path.glob("*.parquet")):
        return
    passed = OF_INPAINTING if recipe.model.network == "inpaint" else ()
    demand_sound(finding for finding in quick_lint(path) if finding.check not in passed)


def _chosen(recipe: Recipe, items: Items) -> Selected:
    """What the recipe wants of a set."""
    data = recipe.data
    config = SelectionConfig(threshold=data.threshold, mix=vars(recipe.mix), quotas=data.quotas)
    return select(items, config, recipe.seed)


def _in_memory(recipe: Recipe, read: Reader, encoders: Encoders | None) -> Holding:
    """Decode all pairs."""
    chosen, wording = _chosen(recipe, open_items(recipe.pairs)), _wording(recipe, encoders)
    sizes = _sizes(recipe)
    decoded = dict[int, list[Example]]()
    examples = list[Example]()
    few = len(chosen) < SHOWN_FROM
    for number, row in enumerate(track(chosen.rows.tolist(), "reading pairs", transient=True, disable=few)):
        if row not in decoded:
            item = chosen[number]
            pair = chosen.read(number)
            decoded[row] = read(pair, nearest_bucket(item.width, item.height, sizes.values()))
        examples += decoded[row]
    kept = [fitting for example in examples if (fitting := wording.fitting(example))]
    order = BatchOrder([example.bucket for example in kept], recipe.train.batch, recipe.seed)
    lost = len(examples) - len(kept)
    about = _about(chosen, recipe) + (f"\n{lost} left out: no words that the text encoder can read" if lost else "")
    return Holding(InMemory(kept, wording, _masks(recipe)), order, about)


def _on_demand(recipe: Recipe, read: Reader, encoders: Encoders | None) -> Holding:
    """Read pairs when their turn comes, those of one group of rows together."""
    window = recipe.data.window
    chosen = _chosen(recipe, open_items(recipe.pairs, held=max(1, 2 * window)))
    index = chosen.index
    buckets = nearest_sizes(index.width, index.height, _sizes(recipe).values())
    examples = OnDemand(chosen, buckets, _wording(recipe, encoders), read, _masks(recipe))
    order = BatchOrder(buckets, recipe.train.batch, recipe.seed, groups=index.group, window=window)
    return Holding(examples, order, _about(chosen, recipe))


def _cached(recipe: Recipe, read: Reader, encoders: Encoders | None) -> Holding:
    """Latents and embedded texts, which need no encoders."""
    from omniedit.train.cache.examples import CachedExamples
    from omniedit.train.cache.reader import Cached

    cached = Cached(recipe.data.cache)
    cached.demand_sizes(_sizes(recipe).values())
    chosen = _chosen(recipe, cached)
    examples = CachedExamples(cached, chosen.rows)
    return Holding(examples, BatchOrder(examples.buckets, recipe.train.batch, recipe.seed), _about(chosen, recipe))


def _wording(recipe: Recipe, encoders: Encoders | None) -> Wording:
    """How examples are worded. It goes to worker processes: not SD3's text encoders, which cut what is too long."""
    train, text = recipe.train, encoders.text if encoders else None
    if not isinstance(text, TextEncoder):
        return Wording()
    return Wording(text, Rewording(text, train.reword, train.strange) if train.reword else None)


def _sizes(recipe: Recipe) -> dict[str, Size]:
    """The buckets of a recipe."""
    return bucket_sizes(recipe.model.area, recipe.model.multiple)


def _masks(recipe: Recipe) -> bool:
    """Whether its network is told where to paint."""
    return recipe.model.network == "inpaint"


def _about(chosen: Selected, recipe: Recipe) -> str:
    """What is trained on, and what falls into which bucket."""
    counts = bucket_counts(chosen.index.width, chosen.index.height, _sizes(recipe))
    return f"{chosen.report()}\n{bucket_table(counts)}"
