"""What is done with one scene: propose -> specialist -> judge -> weigh, for each task, and how each of them ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from omniedit import __version__
from omniedit.data.engine.chain import WHOLE, Entry, facts, said
from omniedit.data.engine.ledger import Outcome, is_full
from omniedit.data.engine.times import stage
from omniedit.data.ideals import ideal
from omniedit.data.importance import pair_of
from omniedit.data.proposals.lexicon import world
from omniedit.data.proposals.template import propose, propose_addition
from omniedit.data.scenes import Scene
from omniedit.data.specialists import CannotEdit, ensemble
from omniedit.data.tools.grounding import Grounding
from omniedit.errors import DataError
from omniedit.judge.rubric import Judge
from omniedit.seeding import stream
from omniedit.types import Ideal, Photo, Proposal, Task

PLACES = 8
"""Additions that are proposed before a scene counts as full."""


@dataclass(frozen=True)
class SceneChain:
    """All that turns a scene into judged pairs."""

    tasks: tuple[Task, ...]
    grounding: Grounding
    judge: Judge
    threshold: float
    seed: int
    painted: float = 0.0

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the outcome depends on besides the scenes, as plain values."""
        return {
            "tasks": [str(task) for task in self.tasks],
            "grounding": repr(self.grounding),
            "judge": f"{self.judge.name} {self.judge.version} {self.judge!r}",
            "rubric": self.judge.rubric.hash,
            "threshold": self.threshold,
            "seed": self.seed,
            "painted": self.painted,
            "version": __version__,
        }

    @property
    def parts(self) -> tuple[str, ...]:
        """What of a scene can be done without the rest of it: each task; or ``WHOLE`` alone."""
        return tuple(map(str, self.tasks))

    def __call__(self, scene: Scene) -> list[Entry]:
        """Every item of ``scene``, in the order of its parts."""
        return [entry for part in self.parts for entry in self.part(scene, part)]

    def part(self, scene: Scene, part: str) -> Sequence[Entry]:
        """The items of one part of ``scene``."""
        return [self.item(scene, Task(part))]

    def lost(self, scene: str, part: str, reason: str) -> list[Entry]:
        """What stands for a part whose work always ends its process: failed items."""
        tasks = self.tasks if part == WHOLE else (Task(part),)
        return [(Outcome(scene, str(task), "failed", "proposal", reason), None) for task in tasks]

    def part_of(self, outcome: Outcome) -> str:
        """The part to which an item belongs."""
        return WHOLE if self.parts == (WHOLE,) else outcome.task

    def item(self, scene: Scene, task: Task) -> Entry:
        """One task asked of one scene; an error in it ends this item only, unless the disk is full."""
        so_far = Outcome(scene.id, str(task), "failed", "proposal")
        try:
            with stage("source"):
                photo = _photo(scene)
            with stage("proposal"):
                proposal = self.propose(scene, photo, task, stream(self.seed, scene.id, "proposal", str(task)))
            if proposal is None:
                return replace(so_far, status="rejected", reason="the photo offers no such edit"), None
            so_far = replace(so_far, stage="specialist", instruction=proposal.instruction)
            with stage("specialist"):
                candidate = ensemble(scene.cutouts)[task](photo, proposal, grounding=self.grounding, seed=self.seed)
            so_far = replace(so_far, stage="judge")
            with stage("judge", self.judge):
                verdict = self.judge.score(candidate, _ideal(scene, proposal))
        except CannotEdit as answer:
            return replace(so_far, status="rejected", reason=f"the specialist gave up: {answer.reason}"), None
        except Exception as error:  # whatever goes wrong with one item must not lose the others
            if is_full(error):
                raise
            return replace(so_far, reason=said(error)), None
        pair = pair_of(candidate, verdict, self.threshold)
        status = "kept" if pair.weight else "rejected"
        return replace(so_far, status=status, stage="importance", **facts(pair)), pair

    def propose(self, scene: Scene, photo: Photo, task: Task, rng: np.random.Generator) -> Proposal | None:
        """An edit in the embedded world's words; now and then an addition of what the photo does not have."""
        if task is not Task.ADDITION or rng.random() >= self.painted:
            return propose(photo, task, rng, known=world(scene.cutouts))
        wishes = (propose_addition(photo, rng, known=world(scene.cutouts)) for _ in range(PLACES))
        return next((wish for wish in wishes if wish and _ideal(scene, wish)), None)


@lru_cache(maxsize=1)
def _photo(scene: Scene) -> Photo:
    """The photo of a scene, rendered once for all its tasks."""
    return scene.photo


def _ideal(scene: Scene, proposal: Proposal) -> Ideal | None:
    """The ideal edit; None where the proposal does not fit the scene, which a judge must not guess about."""
    try:
        return ideal(scene, proposal)
    except DataError:
        return None
