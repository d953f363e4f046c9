"""What is done with one photograph: open -> propose -> ground, edit -> judge -> weigh, for each task.

A part is a photograph and a task. Its proposals, candidates and verdicts are asked for together, so that pipelines get
batches and endpoints several questions at a time; where that fails, one by one, so that a fault costs one item only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from omniedit import __version__
from omniedit.data.diffusion.best import best
from omniedit.data.engine.chain import Entry, facts, said
from omniedit.data.engine.groundings import GroundingTable, Watched, watched
from omniedit.data.engine.judges import UNJUDGED, JudgeTable
from omniedit.data.engine.ledger import Outcome, is_full
from omniedit.data.engine.proposers import Offered, Offers, ProposalsTable
from omniedit.data.engine.sources import KeptPhoto
from omniedit.data.engine.specialists import Made, SpecialistTable, answers, targets
from omniedit.data.engine.times import stage
from omniedit.data.importance import THRESHOLD, SoftWeight, pair_of, soften
from omniedit.data.specialists import CannotEdit
from omniedit.errors import JudgeError, MissingExtraError, ModelError, OutputError, RecipeError
from omniedit.judge.rubric import Judge
from omniedit.types import Candidate, Photo, Task, Verdict

ENDING = (JudgeError, MissingExtraError, ModelError, OutputError, RecipeError)
"""Errors of the recipe or the machine, which every item would have: they end the build."""

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class PhotoChain:
    """All that turns a photograph into judged pairs. It holds settings; models are loaded where it works."""

    source: Mapping[str, Any]
    """Where the photographs are from and which are taken, as plain values."""
    specialists: Mapping[Task, SpecialistTable]
    """Who makes the edits of each task that is asked for."""
    proposals: ProposalsTable = field(default_factory=ProposalsTable)
    grounding: GroundingTable = field(default_factory=GroundingTable)
    judge: JudgeTable = field(default_factory=JudgeTable)
    threshold: float = THRESHOLD
    seed: int = 0
    soft: SoftWeight | None = None
    """How much weight scores below the threshold have; None: none."""

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What is asked of every photograph."""
        return tuple(self.specialists)

    @property
    def asking(self) -> dict[Task, Task]:
        """Task -> what a model is asked for it: an inpainter makes additions of what is there, by removing it."""
        turned = {Task.ADDITION} if self.specialists.get(Task.ADDITION, SpecialistTable()).by == "inpaint" else set()
        return {task: Task.REMOVAL if task in turned else task for task in self.tasks}

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the outcome depends on besides the photographs, as plain values.

        Raises:
            JudgeError, MissingExtraError: There is no such judge.
        """
        return {
            "source": dict(self.source),
            "proposals": self.proposals.described(self.asking),
            "grounding": self.grounding.described(),
            "specialists": {str(task): table.described() for task, table in self.specialists.items()},
            **self.judge.described(),
            **({"soft": asdict(self.soft)} if self.soft else {}),
            "threshold": self.threshold,
            "seed": self.seed,
            "version": __version__,
        }

    @property
    def parts(self) -> tuple[str, ...]:
        """Each task."""
        return tuple(map(str, self.tasks))

    def load(self) -> None:
        """Load everything that it needs, to find out what is missing.

        Raises:
            ModelError, MissingExtraError, JudgeError: Something is.
        """
        self.judge.load()
        self.proposals.load(self.asking, targets(self.specialists))
        self.grounding.load()
        for task, table in self.specialists.items():
            table.load(task)

    def lost(self, scene: str, part: str, reason: str, /) -> list[Entry]:
        """What stands for a part whose work always ends its process: a failed item."""
        return [(Outcome(scene, part, "failed", "proposal", reason), None)]

    def part_of(self, outcome: Outcome, /) -> str:
        """The part to which an item belongs: its task."""
        return outcome.task

    def part(self, scene: KeptPhoto, part: str, /) -> list[Entry]:
        """The items of one task of a photograph.

        Raises:
            ModelError, MissingExtraError, JudgeError: A model, judge or proposer cannot be used at all.
            RecipeError: It has no such setting.
        """
        task, so_far = Task(part), Outcome(scene.id, part, "failed", "source")
        propose = self.proposals.load(self.asking, targets(self.specialists))
        try:
            with stage("source"):
                photo = scene.open()
            so_far = replace(so_far, stage="proposal")
            offers = propose(photo, task, self.seed)
        except ENDING:
            raise
        except Exception as error:  # whatever goes wrong with one part must not lose the others
            if is_full(error):
                raise
            return [(replace(so_far, reason=said(error)), None)]
        return [*_unused(so_far, offers), *self._answered(so_far, photo, offers.offered)]

    def _answered(self, so_far: Outcome, photo: Photo, offered: Sequence[Offered]) -> list[Entry]:
        """How proposals ended that were offered."""
        if not offered:
            return []
        judge, grounding = self.judge.load(), watched(self.grounding.load())
        made = self._made(Task(so_far.task), photo, offered, grounding, judge is not None)
        candidates = [one for each in made if not isinstance(each, Exception) for one in each]
        verdicts = dict(zip(map(id, candidates), _judged(judge, candidates), strict=True))
        return [
            _gave_up(so_far, offer, each, grounding)
            if isinstance(each, Exception)
            else self._weighed(so_far, offer, each, [verdicts[id(one)] for one in each])
            for offer, each in zip(offered, made, strict=True)
        ]

    def _made(
        self, task: Task, photo: Photo, offered: Sequence[Offered], grounding: Watched, judged: bool
    ) -> list[tuple[Candidate, ...] | Exception]:
        """The candidates of each proposal, or why there are none."""
        specialist = self.specialists[task].load(task)
        several = judged and self.grounding.several

        def make(some: Sequence[Offered]) -> list[Made]:
            asked = [(photo, offer.proposal) for offer in some]
            return answers(specialist, asked, grounding=grounding, seed=self.seed, several=several)

        with stage("specialist", items=len(offered)):
            return singly(make, offered)

    def _weighed(
        self, so_far: Outcome, offer: Offered, tries: Sequence[Candidate], verdicts: Sequence[Verdict | Exception]
    ) -> Entry:
        """The best candidate of a proposal as a pair."""
        so_far = replace(so_far, stage="judge", instruction=offer.proposal.instruction)
        good = {n: verdict for n, verdict in enumerate(verdicts) if isinstance(verdict, Verdict)}
        if not good:
            return replace(so_far, reason=said(next(each for each in verdicts if isinstance(each, Exception)))), None
        places = list(good)
        chosen = places[best(list(good.values())) or 0]
        candidate, verdict = tries[chosen], good[chosen]
        more = dict(offer.details)
        if len(tries) > 1:
            more["tried"] = {
                str(one.details.get("form", n)): good[n].overall if n in good else said(verdicts[n])
                for n, one in enumerate(tries)
            }
        pair = pair_of(replace(candidate, details={**candidate.details, **more}), verdict, self.threshold)
        if self.soft is not None:
            (pair,) = soften([pair], self.soft)
        status = "unscored" if verdict.overall is None else "kept" if pair.weight else "rejected"
        return replace(so_far, status=status, stage="importance", **facts(pair)), pair


def _unused(so_far: Outcome, offers: Offers) -> list[Entry]:
    """Rows of proposals that no specialist sees, and of none at all."""
    rows = [replace(so_far, status="rejected", reason=reason) for reason in offers.dropped]
    if not offers.offered and (offers.unanswered or not rows):
        rows.append(replace(so_far, status="failed" if offers.unanswered else "rejected", reason=offers.reason))
    return [(row, None) for row in rows]


def _gave_up(so_far: Outcome, offer: Offered, error: Exception, grounding: Watched) -> Entry:
    """The row of a proposal without a candidate."""
    so_far = replace(so_far, stage="specialist", instruction=offer.proposal.instruction)
    if not isinstance(error, CannotEdit):
        return replace(so_far, reason=said(error)), None
    if offer.proposal.id in grounding.missed:
        return replace(so_far, status="rejected", stage="grounding", reason=f"not found: {error.reason}"), None
    return replace(so_far, status="rejected", reason=f"the specialist gave up: {error.reason}"), None


def _judged(judge: Judge | None, candidates: Sequence[Candidate]) -> list[Verdict | Exception]:
    """A verdict on each candidate, or what went wrong."""
    if judge is None:
        return [UNJUDGED] * len(candidates)
    many: Any = getattr(judge, "score_many", None)

    def score(some: Sequence[Candidate]) -> list[Verdict]:
        return list(many(some)) if many else [judge.score(candidate) for candidate in some]

    with stage("judge", judge, items=len(candidates)):
        return singly(score, candidates)


def singly(work: Callable[[Sequence[A]], Sequence[B]], items: Sequence[A]) -> list[B | Exception]:
    """``work`` of all items together; where that fails of each alone, so that an error is of one item only.

    Raises:
        OmniEditError: One of ``ENDING``; or the disk is full.
    """
    try:
        return list(work(items)) if items else []
    except ENDING:
        raise
    except Exception as error:  # whatever goes wrong with one item must not lose the others
        if is_full(error):
            raise
        if len(items) == 1:
            return [error]
    return [result for item in items for result in singly(work, [item])]
