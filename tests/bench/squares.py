"""A small suite, grey pictures with a red square that is to become blue; an editor and a judge for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from omniedit.bench.item import Item
from omniedit.bench.results import Row
from omniedit.judge.metrics import l1
from omniedit.judge.rubric import OMNIEDIT, Rubric
from omniedit.types import Candidate, Ideal, Image, Photo, Proposal, Task, Verdict


def square_item(name: str, task: Task = Task.ATTRIBUTE) -> Item:
    """One picture; its shade depends on its name."""
    before = np.full((48, 64, 3), 100 + ord(name[0]) % 32, np.uint8)
    before[12:36, 20:44] = (200, 30, 30)
    after = before.copy()
    after[12:36, 20:44] = (30, 30, 200)
    mask = np.zeros((48, 64), np.float32)
    mask[12:36, 20:44] = 1
    proposal = Proposal(name, task, "Make the square blue.", object="square", target="blue")
    return Item(name, Photo(name, before), proposal, proposal.instruction, "4:3", "seen", Ideal(after, mask, before))


@dataclass
class Squares:
    """The suite; it counts what is asked of it."""

    ids: Sequence[str] = ("a", "b", "c")
    ideals: bool = True
    """Without, it is a suite of photographs: there are no ideal results."""
    made: list[str] = field(default_factory=list)
    name: str = "squares"
    hash: str = "0123456789ab"
    judge: str = "oracle"
    rubric: str = "omniedit"

    def item(self, name: str) -> Item:
        self.made.append(name)
        item = square_item(name)
        return item if self.ideals else replace(item, ideal=None)

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        return {"share scored": sum(row.status == "scored" for row in rows) / len(rows)}


def painted(item: Item, seed: int) -> Image:
    """An editor whose answer depends on its seed: a blue square, and noise all over."""
    noise = np.random.default_rng(seed).integers(-20, 20, item.photo.image.shape)
    result = item.photo.image.copy()
    result[12:36, 20:44] = (30, 30, 200)
    return np.clip(result + noise, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Closeness:
    """A judge without a model and without ideals: the less changed, the better."""

    name: ClassVar[str] = "closeness"
    version: ClassVar[str] = "1"
    rubric: ClassVar[Rubric] = OMNIEDIT

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        kept = round(10 - 10 * l1(candidate.source, candidate.result), 2)
        return Verdict(sc=(kept, 8.0), pq=(9.0,), sc_reasoning="kept", pq_reasoning="clean")
