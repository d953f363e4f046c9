"""The student that comes with the package: small, there when nobody is named, and no fool on unseen photographs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from omniedit.data.ideals import ideal
from omniedit.data.photos import bundled_photos
from omniedit.data.proposals.lexicon import world
from omniedit.data.proposals.template import propose
from omniedit.data.scenes import SceneMaker
from omniedit.errors import DataError
from omniedit.judge.named import load
from omniedit.judge.student.judge import SHIPPED, StudentJudge
from omniedit.seeding import stream
from omniedit.types import Candidate, Image, Proposal, Task

LIMIT = 15_000_000
"""Most bytes of the files."""


@lru_cache(maxsize=1)
def edits() -> list[tuple[Proposal, Image, Image]]:
    """Proposals on held-out photographs, with the picture before and the ideal one after: two of each task."""
    maker, found = SceneMaker(tuple(bundled_photos("eval")), "eval", 7), list[tuple[Proposal, Image, Image]]()
    for task in Task:
        index, wanted = 0, len(found) + 2
        while len(found) < wanted:
            scene, index = maker(index), index + 1
            proposal = propose(scene.photo, task, stream(7, scene.id, str(task)), known=world())
            try:
                best = ideal(scene, proposal) if proposal else None
            except DataError:
                continue
            if proposal and best:
                found.append((proposal, best.source, best.image))
    return found


def overall(judge: StudentJudge, proposal: Proposal, source: Image, result: Image) -> float:
    return judge.score(Candidate("photo", proposal, source, result, "test")).overall or 0.0


def test_it_is_small_and_judges_when_nobody_is_named() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < LIMIT
    assert load().name == "student"


def test_ideal_edits_are_good_and_nothing_done_is_not() -> None:
    judge = StudentJudge.from_pretrained()
    good = [overall(judge, proposal, source, result) for proposal, source, result in edits()]
    nothing = [overall(judge, proposal, source, source) for proposal, source, _ in edits()]
    assert float(np.mean(good)) > 7
    assert float(np.mean(nothing)) < 1.5
    assert all(better > worse for better, worse in zip(good, nothing, strict=True))


def test_answers_to_other_instructions_are_worse() -> None:
    judge = StudentJudge.from_pretrained()
    own, wrong = [], []
    for (proposal, source, result), (other, _, _) in zip(edits(), edits()[2:], strict=False):
        if proposal.task != other.task:
            own.append(overall(judge, proposal, source, result))
            wrong.append(overall(judge, other, source, result))
    assert float(np.mean(own)) > float(np.mean(wrong)) + 3
