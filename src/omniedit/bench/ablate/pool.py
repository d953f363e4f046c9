"""The pool: candidates of every quality, and what each of the judges that are compared thinks of them.

The paper keeps 24 % of its candidates; the usual build of scenes keeps 86 %, since its specialists are too good. So
here grounding errs more often, and beside each specialist's answer stand hard cases of it: edits at half strength or in
the wrong place, answers to another instruction, blur, grain, ghosts, blocks. A candidate's pair has the oracle's
verdict; its details have ``l1``, the mean difference from the ideal edit in levels, ``student``, the student's O, and
``content``, a hash by which the same pair is known again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from omniedit.bench.candidates import SPECIALIST, CandidateChain, CandidateRecipe, Wish, one_thread
from omniedit.bench.hard_cases import CASES
from omniedit.judge import named
from omniedit.judge.rubric import Judge
from omniedit.seeding import stream
from omniedit.types import Candidate, Image

UNFAIR = ("ideal", "unedited")
"""Hard cases that are left out: no specialist is perfect, and no training takes a pair that changes nothing."""


@dataclass(frozen=True, kw_only=True)
class PoolRecipe(CandidateRecipe):
    """Settings of the pool; hard cases are drawn from all but `UNFAIR`."""

    editors: tuple[str, ...] = ()
    """None: whoever trained on the answers of an editor would be compared with it."""

    def chain(self) -> PoolChain:
        """What turns a scene into candidates."""
        plain = super().chain()
        return PoolChain(**{name: getattr(plain, name) for name in plain.__dataclass_fields__})


@dataclass(frozen=True)
class PoolChain(CandidateChain):
    """Candidates with what all judges think of them."""

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the outcome depends on besides the scenes, as plain values."""
        judge = student()
        return super().settings | {"left out": list(UNFAIR), "student": f"{judge.name} {judge.version}"}

    def makers(self, wish: Wish) -> list[str]:
        """Who answers: the specialist, and hard cases of its answer."""
        if wish.made is None:
            return []
        cases = [case for case in CASES if case not in UNFAIR]
        rng = stream(self.seed, wish.scene.id, wish.proposal.id, "cases")
        return [SPECIALIST, *rng.choice(cases, self.hard, replace=False).tolist()]

    def make(self, wish: Wish, maker: str, others: tuple[Candidate, ...]) -> Candidate | None:
        """The candidate of ``maker``, with what the student and L1 think of it; None where it changes nothing."""
        candidate = super().make(wish, maker, others)
        if candidate is None or np.array_equal(candidate.source, candidate.result):
            return None
        with one_thread():
            verdict = student().score(candidate)
        l1 = round(difference(candidate.result, wish.ideal.image), 4)
        found = {"l1": l1, "student": verdict.overall, "content": content(candidate)}
        return replace(candidate, details={**candidate.details, **found})


def content(candidate: Candidate) -> str:
    """Sixteen hexadecimal digits of the pictures and the words."""
    digest = hashlib.sha256(candidate.proposal.instruction.encode())
    for image in (candidate.source, candidate.result):
        digest.update(f"{image.shape}".encode() + image.tobytes())
    return digest.hexdigest()[:16]


def difference(image: Image, other: Image) -> float:
    """Mean absolute difference of two pictures of one size, in levels 0..255."""
    return float(np.abs(image.astype(np.int16) - other).mean())


@lru_cache(maxsize=1)
def student() -> Judge:
    """The student judge, loaded once in each process."""
    return named.load("student")
