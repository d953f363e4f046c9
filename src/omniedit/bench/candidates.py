"""Judged candidates for a student judge: scenes -> answers of specialists and editors, and hard cases -> the oracle.

CandidateRecipe.read("recipes/student_candidates.toml").run("runs/student/candidates")

The folder is that of a build (:mod:`omniedit.data.engine.ledger`): pairs from the threshold on in ``kept``, the others
in ``rejected``. A run that was stopped continues when it is run again, and the same recipe gives the same bytes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from omniedit import presets
from omniedit.bench.hard_cases import CASES, Answered
from omniedit.data.engine.chain import WHOLE, Entry, said
from omniedit.data.engine.ledger import Outcome
from omniedit.data.engine.recipe import BuildRecipe
from omniedit.data.engine.scene_chain import SceneChain
from omniedit.data.ideals import ideal
from omniedit.data.importance import pair_of
from omniedit.data.scenes import Scene
from omniedit.data.specialists import CannotEdit, ensemble
from omniedit.data.tools.grounding import LayerGrounding
from omniedit.edit.pipeline import OmniEditPipeline
from omniedit.edit.result import Editing
from omniedit.errors import DataError, OmniEditError, RecipeError
from omniedit.judge.oracle import Oracle
from omniedit.seeding import derive, stream
from omniedit.types import Candidate, Ideal, Proposal, Task

SPECIALIST = "specialist"
"""Stands for the specialist of the task among those who answer."""


@dataclass(frozen=True, kw_only=True)
class CandidateRecipe(BuildRecipe):
    """All that the candidates depend on: a build's settings, and who else answers each proposal."""

    painted: float = 1.0
    """Share of additions whose object is painted in; only these are asked as a user asks an editor."""
    rounds: int = 2
    """Proposals of each task for each scene."""
    hard: int = 2
    """Hard cases of each proposal that a specialist answered, drawn from all that there are."""
    editors: tuple[str, ...] = ("nano",)
    """Editors that answer each proposal: names, folders or Hub ids, as for ``--model``."""
    steps: tuple[int, ...] = (2, 4, 10)
    """Steps of their samplers, one of which is drawn each time."""

    @classmethod
    def read(cls, path: Path | str) -> CandidateRecipe:
        """Read a recipe file.

        Raises:
            RecipeError: It is missing, is not TOML, or has unknown or impossible settings.
        """
        recipe = super().read(path)
        assert isinstance(recipe, cls)
        if recipe.rounds < 1 or not 0 <= recipe.hard <= len(CASES) or min(recipe.steps, default=0) < 1:
            raise RecipeError(f"{path}: rounds and steps are to be 1 or more, and hard from 0 to {len(CASES)}")
        return recipe

    def chain(self) -> CandidateChain:
        """What turns a scene into candidates."""
        return CandidateChain(
            tasks=tuple(map(Task, self.tasks)),
            grounding=LayerGrounding(self.error_rate),
            judge=Oracle(),
            threshold=self.threshold,
            seed=self.seed,
            painted=self.painted,
            rounds=self.rounds,
            hard=self.hard,
            editors=self.editors,
            steps=self.steps,
        )


@dataclass(frozen=True, eq=False)
class Wish:
    """One proposal for a scene."""

    scene: Scene
    proposal: Proposal
    ideal: Ideal
    """What a perfect editor would make of it."""
    made: Candidate | None
    """The specialist's answer, unless it gave up."""


@dataclass(frozen=True)
class CandidateChain(SceneChain):
    """All that turns a scene into judged candidates of several makers; fields as in :class:`CandidateRecipe`."""

    rounds: int = 1
    hard: int = 0
    editors: tuple[str, ...] = ()
    steps: tuple[int, ...] = (4,)

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the outcome depends on besides the scenes, as plain values."""
        own = {"rounds": self.rounds, "hard": self.hard, "cases": list(CASES), "steps": list(self.steps)}
        return super().settings | own | {"editors": {name: fingerprint(name) for name in self.editors}}

    @property
    def parts(self) -> tuple[str, ...]:
        """All of a scene at once: its hard cases are made of its other candidates."""
        return (WHOLE,)

    def part(self, scene: Scene, part: str) -> list[Entry]:
        """The outcome of everyone who was asked for an edit of ``scene``, and the pair where there is one."""
        entries, wishes = list[Entry](), list[Wish]()
        for task in self.tasks:
            for turn in range(self.rounds):
                found = self.wish(scene, task, turn, {wish.proposal.id for wish in wishes})
                if isinstance(found, Outcome):
                    entries.append((found, None))
                else:
                    wishes.append(found)
        others = tuple(wish.made for wish in wishes if wish.made is not None)
        return entries + [self.answer(wish, maker, others) for wish in wishes for maker in self.makers(wish)]

    def wish(self, scene: Scene, task: Task, turn: int, known: set[str]) -> Wish | Outcome:
        """A proposal of that task with what the specialist made of it, or why there is none."""
        so_far = Outcome(scene.id, str(task), "failed", "proposal")
        try:
            photo = scene.photo
            proposal = self.propose(scene, photo, task, stream(self.seed, scene.id, "proposal", str(task), turn))
            if proposal is None or proposal.id in known:
                return replace(so_far, status="rejected", reason="the photo offers no such edit, or no other one")
            so_far = replace(so_far, stage="specialist", instruction=proposal.instruction)
            best, made = ideal(scene, proposal), None
            with contextlib.suppress(CannotEdit):
                made = ensemble(scene.cutouts)[task](photo, proposal, grounding=self.grounding, seed=self.seed)
            return Wish(scene, proposal, best, made)
        except DataError as error:
            return replace(so_far, status="rejected", reason=f"there is no ideal edit: {error}")
        except Exception as error:  # whatever goes wrong with one item must not lose the others
            return replace(so_far, reason=said(error))

    def makers(self, wish: Wish) -> list[str]:
        """Who answers: the specialist, hard cases, editors."""
        if wish.made is None:
            return list(self.editors)
        rng = stream(self.seed, wish.scene.id, wish.proposal.id, "cases")
        return [SPECIALIST, *rng.choice(list(CASES), self.hard, replace=False).tolist(), *self.editors]

    def answer(self, wish: Wish, maker: str, others: tuple[Candidate, ...]) -> Entry:
        """What ``maker`` makes of a wish, with the teacher's verdict; an error ends this one only."""
        proposal = wish.proposal
        so_far = Outcome(wish.scene.id, str(proposal.task), "failed", "specialist", instruction=proposal.instruction)
        try:
            candidate = self.make(wish, maker, others)
            if candidate is None:
                return replace(so_far, status="rejected", reason=f"{maker}: does not apply here"), None
            so_far = replace(so_far, stage="judge")
            pair = pair_of(candidate, self.judge.score(candidate, wish.ideal), self.threshold)
        except OmniEditError as answer:
            return replace(so_far, status="rejected", reason=f"{maker}: {answer}"), None
        except Exception as error:  # as above
            return replace(so_far, reason=f"{maker}: {said(error)}"), None
        so_far = replace(so_far, status="kept" if pair.weight else "rejected", stage="importance", reason=pair.reason)
        return replace(so_far, pair=pair.id, overall=pair.verdict.overall), pair

    def make(self, wish: Wish, maker: str, others: tuple[Candidate, ...]) -> Candidate | None:
        """The candidate of ``maker``; None where that hard case does not apply.

        Raises:
            OmniEditError: An editor declines.
        """
        if maker not in CASES and maker != SPECIALIST:
            return self.edited(wish, maker)
        assert wish.made is not None
        if maker == SPECIALIST:
            return wish.made
        rng = stream(self.seed, wish.scene.id, wish.proposal.id, maker)
        result = CASES[maker](Answered(wish.made, wish.ideal, others), rng)
        if result is None:
            return None
        return replace(wish.made, result=result, maker=maker, mask=None, details={"specialist": wish.made.maker})

    def edited(self, wish: Wish, name: str) -> Candidate:
        """The answer of an editor, which starts from the ideal's source."""
        proposal, source = wish.proposal, wish.ideal.source
        seed = derive(self.seed, wish.scene.id, proposal.id, name) % 2**31
        steps = int(stream(seed, "steps").choice(self.steps))
        with one_thread():
            result = editor(name)(source, proposal.instruction, seed=seed, steps=steps).images[0]
        return Candidate(wish.scene.id, proposal, source, result, name, seed, details={"steps": steps})


@lru_cache(maxsize=4)
def editor(name: str) -> Editing:
    """The editor called ``name``, loaded once in each process.

    Raises:
        ModelError: There is none.
    """
    return presets.load(name)


def fingerprint(name: str) -> str:
    """What tells an editor from another of the same name: the hash of its weights, where it has any."""
    found = editor(name)
    return found.editor.sha256 if isinstance(found, OmniEditPipeline) else found.name


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: workers share the cores, and results are those of any number of workers."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
