"""The rubric is data: its hash names its words, and a verdict that could not be given says so."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from omniedit.judge import OMNIEDIT, Criterion, Judge, Oracle, unscored
from omniedit.judge.rubric import IMGEDIT, RUBRICS, VIESCORE, Rubric
from omniedit.types import Verdict


def test_the_rubric_has_two_criteria_for_sc_and_one_for_pq() -> None:
    assert [criterion.name for criterion in OMNIEDIT.sc] == ["success", "over-editing"]
    assert [criterion.name for criterion in OMNIEDIT.pq] == ["artefacts"]


def test_viescore_asks_for_two_of_each() -> None:
    assert [criterion.name for criterion in VIESCORE.sc] == ["success", "over-editing"]
    assert [criterion.name for criterion in VIESCORE.pq] == ["naturalness", "artefacts"]


def test_imgedit_asks_for_one_and_two_all_with_both_pictures() -> None:
    assert [criterion.name for criterion in IMGEDIT.sc] == ["adherence"]
    assert [criterion.name for criterion in IMGEDIT.pq] == ["quality", "preservation"]
    assert [rubric.name for rubric in RUBRICS.values() if rubric.pq_beside_source] == ["imgedit"]


def test_only_omniedit_has_a_rule_for_absent_objects() -> None:
    assert "was never there" in OMNIEDIT.sc[0].text
    assert "never there" not in VIESCORE.sc[0].text


def test_rubrics_are_known_by_their_names() -> None:
    assert {rubric.name: rubric for rubric in (OMNIEDIT, VIESCORE, IMGEDIT)} == RUBRICS
    assert len({rubric.hash for rubric in RUBRICS.values()}) == len(RUBRICS)


@pytest.mark.parametrize("rubric", RUBRICS.values(), ids=lambda rubric: rubric.name)
def test_every_criterion_says_what_its_ends_mean(rubric: Rubric) -> None:
    for criterion in (*rubric.sc, *rubric.pq):
        assert criterion.text.count(" 0: ") == 1
        assert criterion.text.count(" 10: ") == 1


def test_the_hash_is_stable_and_changes_with_every_word() -> None:
    first = OMNIEDIT.sc[0]
    changes = [
        replace(OMNIEDIT, name="other"),
        replace(OMNIEDIT, version="2"),
        replace(OMNIEDIT, sc=(replace(first, text=first.text + " "), *OMNIEDIT.sc[1:])),
        replace(OMNIEDIT, sc=OMNIEDIT.sc[::-1]),
        replace(OMNIEDIT, sc=OMNIEDIT.sc[:1], pq=(*OMNIEDIT.pq, OMNIEDIT.sc[1])),
        replace(OMNIEDIT, pq=(Criterion("artefacts", ""),)),
        replace(OMNIEDIT, pq_beside_source=True),
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
