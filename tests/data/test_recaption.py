"""New words are kept only when they pass; what was said before stays in the record, through a shard and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from omniedit.data.importance import pair_of
from omniedit.data.pairs import read_pairs, write_pairs
from omniedit.data.recaption import DETAIL, RecaptionConfig, fits, recaption
from omniedit.judge import OMNIEDIT, Rubric
from omniedit.types import Candidate, Ideal, Pair, Proposal, Task, Verdict

SOURCE, RESULT = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 200, np.uint8)


@dataclass
class Brightness:
    """A judge of one instruction: it knows how bright the result is, and whether the words say so."""

    asked: list[str] = field(default_factory=list)
    name: str = "brightness"
    version: str = "1"
    rubric: Rubric = OMNIEDIT

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        assert ideal is None
        words = candidate.proposal.instruction
        self.asked.append(words)
        if "?" in words:
            return Verdict(judge=self.name, unscored="the reply holds no numbers")
        success = 10.0 if "bright" in words and candidate.result.mean() > 100 else 0.0
        return Verdict((success, 10.0), (9.0,), self.name, self.version, self.rubric.hash)


def reject(success: float = 1.0, quality: float = 9.0, *, unscored: str = "") -> Pair:
    proposal = Proposal("p", Task.ENVIRONMENT, "make it night", target="night", phrasings=("night, please",))
    candidate = Candidate("photo", proposal, SOURCE, RESULT, "maker", 3, details={"tool": "lamp"})
    scores = (
        Verdict(unscored=unscored) if unscored else Verdict((success, 8.0), (quality,), "first", "2", OMNIEDIT.hash)
    )
    return pair_of(candidate, scores)


def test_words_that_pass_make_a_kept_pair_with_its_history(tmp_path: Path) -> None:
    old, judge = reject(), Brightness()
    new = recaption(old, lambda candidate: "  make it\n bright ", judge)
    assert (new.weight, new.reason, new.verdict.judge, judge.asked) == (1, "", "brightness", ["make it bright"])
    assert new.id != old.id
    assert new.candidate.proposal.instructions == ("make it bright",)
    assert new.candidate.proposal.target == ""
    assert new.candidate.details["tool"] == "lamp"
    write_pairs(tmp_path / "a.parquet", [new])
    assert next(read_pairs(tmp_path)).candidate.details[DETAIL] == {
        "instruction": "make it night",
        "sc": [1.0, 8.0],
        "pq": [9.0],
        "judge": "first",
        "judge_version": "2",
        "reason": old.reason,
    }


@pytest.mark.parametrize(
    ("words", "tried"),
    [
        ("make it dark", "; recaptioned as 'make it dark': success 0.0, overall 0.0 < 9"),
        ("what?", "; recaptioned as 'what?': unscored: the reply holds no numbers"),
        ("", "; recaptioning found no other words"),
        ("Make it  night", "; recaptioning found no other words"),
    ],
)
def test_words_that_fail_leave_the_reject_with_what_was_tried(words: str, tried: str) -> None:
    old = reject()
    new = recaption(old, lambda candidate: words, Brightness())
    assert new.reason == old.reason + tried
    assert (new.id, new.weight, new.candidate, new.verdict) == (old.id, 0, old.candidate, old.verdict)


def never(candidate: Candidate) -> str:
    raise AssertionError(f"nobody was to describe {candidate}")


@pytest.mark.parametrize(
    "pair",
    [reject(success=6), reject(quality=7), reject(10, 10), reject(unscored="no reply")],
    ids=["followed", "broken", "kept", "unscored"],
)
def test_other_pairs_come_back_as_they_are(pair: Pair) -> None:
    assert recaption(pair, never, Brightness()) is pair


def test_nothing_is_recaptioned_twice() -> None:
    strict = RecaptionConfig(threshold=0)
    new = recaption(reject(), lambda candidate: "make it dark", Brightness(), strict)
    assert new.weight == 1
    assert not fits(Pair(new.id, new.candidate, new.verdict, 0.0, "later refused"))
