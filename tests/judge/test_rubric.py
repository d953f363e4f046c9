"""The rubric is data: its hash names its words, and a verdict that could not be given says so."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from omniedit.judge import OMNIEDIT, Criterion, Judge, Oracle, unscored
from omniedit.types import Verdict


def test_the_rubric_has_two_criteria_for_sc_and_one_for_pq() -> None:
    assert [criterion.name for criterion in OMNIEDIT.sc] == ["success", "over-editing"]
    assert [criterion.name for criterion in OMNIEDIT.pq] == ["artefacts"]


def test_the_hash_is_stable_and_changes_with_every_word() -> None:
    first = OMNIEDIT.sc[0]
    changes = [
        replace(OMNIEDIT, name="other"),
        replace(OMNIEDIT, version="2"),
        replace(OMNIEDIT, sc=(replace(first, text=first.text + " "), *OMNIEDIT.sc[1:])),
        replace(OMNIEDIT, sc=OMNIEDIT.sc[::-1]),
        replace(OMNIEDIT, sc=OMNIEDIT.sc[:1], pq=(*OMNIEDIT.pq, OMNIEDIT.sc[1])),
        replace(OMNIEDIT, pq=(Criterion("artefacts", ""),)),
    ]
    hashes = {rubric.hash for rubric in changes}
    assert len(hashes) == len(changes)
    assert OMNIEDIT.hash not in hashes
    assert replace(OMNIEDIT).hash == OMNIEDIT.hash
    assert len(OMNIEDIT.hash) == 12


def test_overall_is_the_root_of_the_least_scores() -> None:
    verdict = Verdict(sc=(9.0, 10.0), pq=(4.0,))
    assert verdict.overall == pytest.approx(math.sqrt(36))


def test_unscored_keeps_the_reason_the_transcript_and_where_it_came_from() -> None:
    judge: Judge = Oracle()
    verdict = unscored(judge, "the reply holds no numbers", "I would rather not say")
    assert not verdict.scored
    assert verdict.overall is None
    assert (verdict.judge, verdict.version, verdict.rubric) == (judge.name, judge.version, OMNIEDIT.hash)
    assert (verdict.unscored, verdict.transcript) == ("the reply holds no numbers", "I would rather not say")
