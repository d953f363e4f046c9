"""The oracle itself: three scores of a case, and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from omniedit.judge.oracle.artefacts import quality
from omniedit.judge.oracle.case import Case, prepare
from omniedit.judge.oracle.restraint import restraint
from omniedit.judge.oracle.success import success
from omniedit.judge.oracle.vision import blur, gap, mean
from omniedit.judge.rubric import OMNIEDIT, Rubric, unscored
from omniedit.types import Candidate, Ideal, Verdict


@dataclass(frozen=True)
class OracleConfig:
    """Settings of the oracle."""

    area: int = 128 * 128
    """Pixels at which pictures are compared; smaller pictures stay as they are."""


@dataclass(frozen=True)
class Oracle:
    """Scores candidates against their ideal edit, by the OmniEdit rubric."""

    config: OracleConfig = OracleConfig()
    name: ClassVar[str] = "oracle"
    version: ClassVar[str] = "1"
    rubric: ClassVar[Rubric] = OMNIEDIT

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        """The verdict on ``candidate``.

        Args:
            candidate: Its pictures must have the ideal's size.
            ideal: What a perfect editor would have made; without it the verdict is unscored.

        Raises:
            ImageError: The pictures differ in size.
        """
        if ideal is None:
            return unscored(self, "no ideal edit is known: the oracle judges only edits of scenes that fit the scene")
        case = prepare(candidate, ideal, self.config.area)
        if _pointless(case):
            return unscored(self, "the ideal edit changes nothing that one could see")
        done, why_done = success(case)
        kept, why_kept = restraint(case)
        clean, why_clean = quality(case)
        return Verdict(
            sc=(_rounded(done), _rounded(kept)),
            pq=(_rounded(clean),),
            judge=self.name,
            version=self.version,
            rubric=self.rubric.hash,
            sc_reasoning=f"{why_done}; {why_kept}",
            pq_reasoning=why_clean,
        )


def _pointless(case: Case) -> bool:
    """Whether source and ideal look the same."""
    return mean(gap(blur(case.empty, 1.0), blur(case.filled, 1.0)), case.hole) < 0.01


def _rounded(score: float) -> float:
    """``score`` within 0..10, to two decimals."""
    return round(min(10.0, max(0.0, score)), 2)
