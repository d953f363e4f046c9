"""Judged pairs in memory, and the batch of any step.

Of the specialists' candidates six in seven have O >= 9. So a cell, which is a task and a range of O, gives at most
``per_cell`` pairs (those whose hash of seed and id is lowest), and pairs of small cells are drawn more often. Ranges
are those of the network's bins, two by two: narrow near 10, where it is decided what is kept.

A batch is a function of (seed, step): which pairs, which of their wordings, which are mirrored, and by how much their
colours are changed. Resuming needs no state.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from omniedit.data.pairs import PairTable
from omniedit.data.pairs.shards import shard_paths
from omniedit.errors import DataError
from omniedit.judge.rubric import OMNIEDIT
from omniedit.judge.student.judge import SIDES, fitted
from omniedit.model.codec import PixelCodec
from omniedit.model.text import TextEncoder
from omniedit.seeding import derive, stream
from omniedit.train.student.maps import DUE, Maps, best_answers, maps_of, proposal_ids
from omniedit.train.student.recipe import StudentRecipe
from omniedit.types import Image, Pair, Proposal, Task

CELLS = 10
"""Ranges of O."""
FEW = 8
"""Instructions of other scenes among which one is looked for that a result does not follow."""

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[str, int]
"""Name of a task, and a range of O."""


def cell_of(task: str, overall: float) -> Cell:
    """The cell of a pair: ``floor(10 (1 - sqrt(1 - O / 10)))``; ranges begin at 0, 1.9, 3.6 … 8.4, 9.1, 9.6, 9.9."""
    return task, min(CELLS - 1, int(CELLS * (1 - math.sqrt(max(0.0, 1 - overall / 10))) + 1e-9))


def chosen(table: PairTable, per_cell: int, seed: int) -> list[int]:
    """Places of the pairs that are learnt: scored by our rubric, at most ``per_cell`` of each cell; 0 takes all.

    Only columns without pictures are read. The order of the pairs does not matter to which are taken.
    """
    cells: dict[Cell, list[tuple[int, int]]] = {}
    columns = (table.column(name) for name in ("omni_edit_id", "x_task", "o_score", "x_rubric"))
    for index, (name, task, overall, rubric) in enumerate(zip(*columns, strict=True)):
        if overall is not None and rubric == OMNIEDIT.hash:
            cells.setdefault(cell_of(task, overall), []).append((derive(seed, "choice", name), index))
    return sorted(index for cell in cells.values() for _, index in sorted(cell)[: per_cell or None])


def judged_pairs(folders: Sequence[Path | str]) -> PairTable:
    """All pairs of ``folders``.

    Raises:
        DataError: One of them has no shard.
    """
    return PairTable([path for folder in folders for path in shard_paths(folder)])


@dataclass(frozen=True, eq=False)
class Lesson:
    """One candidate to learn from, its pictures as the network sees them."""

    source: Image
    result: Image
    maps: Maps
    """What is due and what is wrong."""
    scene: str
    """Id of the photo."""
    asked: Proposal
    """What was asked."""
    texts: tuple[str, ...]
    """Wordings of the instruction; one is drawn each time."""
    scores: tuple[float, float, float]
    """The teacher's: success, over-editing, artefacts."""
    cell: Cell


class Batch(NamedTuple):
    """What the network and its loss need of a batch."""

    source: Tensor
    """``float32 [B, 3, H, W]``, -1..1."""
    result: Tensor
    """Alike."""
    words: Tensor
    """``float32 [B, L, E]``."""
    scores: Tensor
    """``float32 [B, 3]``, the teacher's, 0..10; NaN where they are not known."""
    maps: Tensor
    """``float32 [B, T, M]``, 0..1; NaN where no ideal edit is known."""


@dataclass(eq=False)
class Lessons:
    """All lessons of a run, and the batch of a step."""

    recipe: StudentRecipe
    text: TextEncoder
    lessons: list[Lesson] = field(default_factory=list)
    teachers: dict[str, None] = field(default_factory=dict)
    """Names and versions of those who gave the verdicts."""

    def add(self, table: PairTable, places: Iterable[int]) -> None:
        """Take in pairs; those whose every wording is too long for the text encoder are passed over."""
        places, names, best = list(places), proposal_ids(table), best_answers(table)
        wanted = {best[names[place]] for place in places if names[place] in best}
        ideals = {names[place]: self._fitted(table[place].candidate.result) for place in sorted(wanted)}
        for place in places:
            pair = table[place]
            texts = tuple(text for text in pair.candidate.proposal.instructions if text and self.text.fits(text))
            if texts:
                self.lessons.append(self._lesson(pair, texts, ideals.get(names[place])))
                self.teachers[f"{pair.verdict.judge} {pair.verdict.version}"] = None

    def _lesson(self, pair: Pair, texts: tuple[str, ...], ideal: Image | None) -> Lesson:
        candidate, verdict = pair.candidate, pair.verdict
        source, result = self._fitted(candidate.source), self._fitted(candidate.result)
        maps = maps_of(source, result, ideal, self.recipe.model.multiple)
        cell = cell_of(str(candidate.proposal.task), verdict.overall or 0.0)
        scene, asked = candidate.photo_id, candidate.proposal
        return Lesson(source, result, maps, scene, asked, texts, (*verdict.sc, *verdict.pq), cell)  # type: ignore[arg-type]

    def _misread(self, lesson: Lesson, rng: np.random.Generator) -> Lesson:
        """``lesson``, or now and then its pictures under another instruction of their scene or task."""
        if rng.random() >= self.recipe.choice.wrong:
            return lesson
        near = self._by_scene[lesson.scene]
        alike = self._by_task[lesson.asked.task]
        few = [alike[index] for index in rng.integers(len(alike), size=FEW)]
        others = [other for other in (near, few)[int(rng.integers(2))] if contrary(lesson.asked, other.asked)]
        if not others:
            return lesson
        other = others[rng.integers(len(others))]
        maps = np.full_like(lesson.maps, np.nan)
        if np.array_equal(lesson.source, other.source):
            maps[..., DUE] = other.maps[..., DUE]  # wherever the result changed: this is what grounds the words
        return replace(lesson, asked=other.asked, texts=other.texts, maps=maps, scores=(0.0, math.nan, math.nan))

    @cached_property
    def _by_scene(self) -> dict[str, list[Lesson]]:
        """The lessons of each scene, one of each proposal."""
        return grouped(self._asked, lambda lesson: lesson.scene)

    @cached_property
    def _by_task(self) -> dict[Task, list[Lesson]]:
        """The lessons of each task, one of each proposal."""
        return grouped(self._asked, lambda lesson: lesson.asked.task)

    @cached_property
    def _asked(self) -> list[Lesson]:
        """A lesson of each proposal."""
        return list({lesson.asked.id: lesson for lesson in self.lessons}.values())

    def _fitted(self, image: Image) -> Image:
        return fitted(image, self.recipe.model)

    def sampler(self) -> Sampler:
        """Draws batches.

        Raises:
            DataError: There is nothing to learn from.
        """
        if not self.lessons:
            raise DataError(f"no pair in {', '.join(self.recipe.pairs)} carries scores of the OmniEdit rubric")
        counts = Counter(lesson.cell for lesson in self.lessons)
        weights = [counts[lesson.cell] ** -self.recipe.choice.balance for lesson in self.lessons]
        sizes = [lesson.source.shape[:2] for lesson in self.lessons]
        return Sampler(sizes, weights, self.recipe.train.batch, self.recipe.seed)

    def batch(self, indices: Sequence[int], step: int) -> Batch:
        """The batch of ``step``."""
        rng = stream(self.recipe.seed, "batch", step)
        drawn = [self._misread(self.lessons[index], rng) for index in indices]
        texts = [lesson.texts[rng.integers(len(lesson.texts))] for lesson in drawn]
        flips = [rng.random() < self.recipe.choice.mirrored and not SIDES.search(text) for text in texts]
        turns = [-1 if flip else 1 for flip in flips]
        source, result = (
            PixelCodec().encode([image[:, ::turn] for image, turn in zip(images, turns, strict=True)])
            for images in ([lesson.source for lesson in drawn], [lesson.result for lesson in drawn])
        )
        maps = np.stack([lesson.maps[:, ::turn] for lesson, turn in zip(drawn, turns, strict=True)])
        source, result = jittered((source, result), self.recipe.choice.jitter, rng)
        scores = torch.tensor([lesson.scores for lesson in drawn])
        return Batch(source, result, self.text(texts).tokens, scores, torch.from_numpy(maps).float().flatten(1, 2))


def contrary(one: Proposal, other: Proposal) -> bool:
    """Whether doing ``one`` is no success at all for ``other``, on whatever picture.

    They are about different things, put different things in their place, or are of other kinds. Two kinds of light may
    look alike, and so may two colours.
    """
    if one.task == other.task and one.task in (Task.SWAP, Task.BACKGROUND, Task.STYLE):
        return one.target != other.target
    if one.task.local and other.task.local:
        return not {one.object, one.target} & {other.object, other.target} - {""}
    return one.task != other.task


def grouped(lessons: Iterable[Lesson], by: Callable[[Lesson], Key]) -> dict[Key, list[Lesson]]:
    """Lessons by what ``by`` says of them."""
    groups: dict[Key, list[Lesson]] = {}
    for lesson in lessons:
        groups.setdefault(by(lesson), []).append(lesson)
    return groups


def jittered(pictures: Sequence[Tensor], amount: float, rng: np.random.Generator) -> list[Tensor]:
    """``pictures [B, C, H, W]`` on -1..1 in other light: each sample with one gamma, and a gain for each channel.

    The same for all of ``pictures``, so that what differs between them still does.
    """
    batch, channels = pictures[0].shape[:2]
    gamma, gain = (
        torch.from_numpy(np.exp(deviation * rng.standard_normal((batch, count, 1, 1)))).float()
        for deviation, count in ((amount, 1), (amount / 2, channels))
    )
    return [(gain * (picture / 2 + 0.5).clamp(0, 1) ** gamma).clamp(0, 1) * 2 - 1 for picture in pictures]


class Sampler:
    """Step -> indices of its batch: pictures of one size, drawn by their weights, none twice."""

    def __init__(self, sizes: Sequence[tuple[int, ...]], weights: Sequence[float], batch: int, seed: int) -> None:
        """Draw among items of these sizes and weights."""
        self._batch, self._seed = batch, seed
        groups: dict[tuple[int, ...], list[int]] = {}
        for index, size in enumerate(sizes):
            groups.setdefault(size, []).append(index)
        self._members = [np.array(groups[size]) for size in sorted(groups)]
        self._weights = [np.array([weights[index] for index in members]) for members in self._members]
        totals = np.array([group.sum() for group in self._weights])
        self._shares = totals / totals.sum()

    def __call__(self, step: int) -> list[int]:
        """The batch of ``step``; smaller where a size has fewer pictures."""
        rng = stream(self._seed, "draw", step)
        group = int(rng.choice(len(self._members), p=self._shares))
        members, weights = self._members[group], self._weights[group]
        count = min(self._batch, len(members))
        return rng.choice(members, count, replace=False, p=weights / weights.sum()).tolist()  # type: ignore[no-any-return]


def spread(table: PairTable, count: int) -> Iterator[Pair]:
    """``count`` pairs at even distances in ``table``, or all where there are fewer."""
    few = min(count, len(table))
    return (table[index * len(table) // few] for index in range(few))
