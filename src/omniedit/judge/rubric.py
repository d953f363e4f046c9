"""What a judge is asked, as data: criteria, range, and a hash that every verdict carries (promise 7).

    SC = min(success, over-editing)    PQ = min(artefacts)    O = sqrt(SC * PQ)

OmniEdit (arXiv 2411.07199, section 3.3, Figures 6 and 7) scores after VIEScore (arXiv 2312.14867). The words are ours.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from omniedit.types import Candidate, Ideal, Verdict


@dataclass(frozen=True)
class Criterion:
    """One question of a rubric, answered by a number from 0 to 10."""

    name: str
    """Short name, for tables."""
    text: str
    """What is asked, and what ``0:`` and ``10:`` mean; where another scale is asked for, ``10:`` is rewritten."""


@dataclass(frozen=True)
class Rubric:
    """The questions for semantic consistency (SC) and perceptual quality (PQ)."""

    name: str
    """Name of the rubric."""
    version: str
    """Changes whenever a criterion changes its meaning."""
    sc: tuple[Criterion, ...]
    """Asked of source, result and instruction."""
    pq: tuple[Criterion, ...]
    """Asked of the result's looks alone, unless `pq_beside_source`."""
    pq_beside_source: bool = False
    """Whether PQ too is asked of source, result and instruction."""

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that change with any word of the rubric."""
        parts = [self.name, self.version]
        for side, criteria in (("sc", self.sc), ("pq", self.pq)):
            parts += [f"{side}\x1f{criterion.name}\x1f{criterion.text}" for criterion in criteria]
        parts += ["pq beside source"] if self.pq_beside_source else []  # nothing else: hashes from before it stay
        return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()[:12]


OMNIEDIT = Rubric(
    name="omniedit",
    version="1",
    sc=(
        Criterion(
            "success",
            "How well does the edited picture show what the instruction asks? 0: nothing of it happened, the pictures "
            "may even be the same, or the object that the instruction names was never there. "
            "10: exactly what was asked.",
        ),
        Criterion(
            "over-editing",
            "How much changed that the instruction did not ask for? 0: the rest became another scene. "
            "10: the smallest change that still does what was asked.",
        ),
    ),
    pq=(
        Criterion(
            "artefacts",
            "How free of technical faults is the edited picture: smears, seams, halos, noise, ghosts, broken shapes? "
            "Whether the content makes sense is not the question. 0: faults everywhere. 10: none to be found.",
        ),
    ),
)
"""The rubric of OmniEdit: two SC criteria and one for PQ, which match the released columns."""

VIESCORE = Rubric(
    name="viescore",
    version="1",
    sc=(
        Criterion(
            "success",
            "How well does the edited picture show what the instruction asks? 0: nothing of it can be seen; the two "
            "pictures may even be the same. 10: all of it is there.",
        ),
        Criterion(
            "over-editing",
            "How much of the source picture is still there, apart from what the instruction asks to change? "
            "0: nothing, it became another picture. 10: everything, no more was changed than had to be.",
        ),
    ),
    pq=(
        Criterion(
            "naturalness",
            "How natural does the picture look: light, shadows, distances, sizes, and how things stand in their "
            "surroundings? 0: it looks plainly wrong. 10: nothing looks out of place.",
        ),
        Criterion(
            "artefacts",
            "How free of visible faults is the picture: distortions, watermarks, scratches, smeared faces, odd hands "
            "or bodies, things that do not blend in? 0: faults everywhere. 10: none to be found.",
        ),
    ),
)
"""The stock rubric of VIEScore for edits (arXiv 2312.14867): PQ has two criteria, and no rule for absent objects."""

IMGEDIT = Rubric(
    name="imgedit",
    version="1",
    sc=(
        Criterion(
            "adherence",
            "How fully does the edited picture show what the instruction asks, in the place, number and manner that it "
            "names? 0: nothing of it happened, or something else was edited. 10: all of it, and nothing against it.",
        ),
    ),
    pq=(
        Criterion(
            "quality",
            "How well made is the edit: do outlines, light, colour, sharpness and bodies hold together, without seams, "
            "smears, halos or noise? 0: the picture is spoilt. 10: no trace of careless work can be found.",
        ),
        Criterion(
            "preservation",
            "How well is kept what the instruction leaves alone: who people are, the details of things, the "
            "surroundings, perspective, contact and shadows? Of a thing to be cut out, only the thing itself counts. "
            "0: little can be recognised. 10: all of it is there, and the scene still makes sense.",
        ),
    ),
    pq_beside_source=True,
)
"""The protocol of ImgEdit-Bench (arXiv 2505.20275): three scores, all with both pictures in sight.

The benchmark has a prompt of its own for each of its nine tasks, scores from 1 to 5, and tells the judge that no score
may be above the first. Here one wording serves all tasks, scores are on 0..10 as in every verdict (see
`bench.suites.imgedit` for the way to 1..5), and the cap is applied where scores are summed up, not left to the judge.
"""

RUBRICS: dict[str, Rubric] = {"omniedit": OMNIEDIT, "viescore": VIESCORE, "imgedit": IMGEDIT}
"""The rubrics by name."""


class Judge(Protocol):
    """Anything that scores candidates by a rubric."""

    @property
    def name(self) -> str:
        """Name of the judge."""
        ...

    @property
    def version(self) -> str:
        """Version of the judge: scores are compared within one only."""
        ...

    @property
    def rubric(self) -> Rubric:
        """What it is asked."""
        ...

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        """The scores, or a verdict that is unscored and says why; never a guess."""
        ...


def unscored(judge: Judge, reason: str, transcript: str = "") -> Verdict:
    """The verdict of a ``judge`` that could not score, with the ``reason`` and what it said, if anything."""
    return Verdict(
        judge=judge.name, version=judge.version, rubric=judge.rubric.hash, unscored=reason, transcript=transcript
    )
