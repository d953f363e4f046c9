"""Weights are the paper's threshold, rejects say why, and counts add up."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omniedit.data.importance import pair_of, reject_reason, select, table, tally, weigh
from omniedit.judge import OMNIEDIT
from omniedit.types import Candidate, Proposal, Task, Verdict

PICTURE = np.zeros((4, 4, 3), np.uint8)


def candidate(task: Task = Task.SWAP, seed: int = 0) -> Candidate:
    return Candidate("photo", Proposal(f"photo-{task}", task, "an edit"), PICTURE, PICTURE, "maker", seed)


def verdict(success: float, restraint: float, artefacts: float, rubric: str = OMNIEDIT.hash) -> Verdict:
    return Verdict((success, restraint), (artefacts,), "judge", "1", rubric)


UNSCORED = Verdict(judge="judge", unscored="the reply holds no numbers")
scores = st.floats(0, 10)
verdicts = st.one_of(st.builds(verdict, scores, scores, scores), st.just(UNSCORED))


@pytest.mark.parametrize(("sub", "weight"), [((9, 9, 9), 1), ((10, 9, 9), 1), ((8, 10, 10), 0), ((10, 10, 8), 0)])
def test_whole_scores_pass_only_from_nine_on(sub: tuple[int, int, int], weight: int) -> None:
    assert weigh([verdict(*sub)]) == [weight]


def test_the_threshold_itself_passes() -> None:
    assert weigh([verdict(9, 9, 9)], threshold=9.0) == [1.0]
    assert weigh([verdict(9, 9, 9)], threshold=9.01) == [0.0]


def test_a_reject_names_its_worst_criterion_and_the_threshold() -> None:
    assert reject_reason(verdict(4.16, 10, 10)) == "success 4.1, overall 6.4 < 9"
    assert reject_reason(verdict(10, 10, 8)) == "artefacts 8.0, overall 8.9 < 9"
    assert reject_reason(verdict(10, 2, 8), threshold=5.5) == "over-editing 2.0, overall 4.0 < 5.5"
    assert reject_reason(verdict(1, 2, 3, rubric="another")) == "SC 1 1.0, overall 1.7 < 9"
    assert reject_reason(UNSCORED) == "unscored: the reply holds no numbers"
    assert reject_reason(Verdict()).startswith("unscored: ")
    assert reject_reason(verdict(10, 10, 10)) == ""


@given(scores, scores, scores, st.floats(0, 10))
def test_a_reason_is_given_exactly_to_what_falls_short(a: float, b: float, c: float, threshold: float) -> None:
    it = verdict(a, b, c)
    assert bool(reject_reason(it, threshold)) == (math.sqrt(min(a, b) * c) < threshold)


@given(st.lists(st.tuples(st.sampled_from(list(Task)), verdicts)))
def test_nothing_is_lost_and_counts_add_up(items: list[tuple[Task, Verdict]]) -> None:
    judged = [(candidate(task, seed), it) for seed, (task, it) in enumerate(items)]
    kept, rejected = select(judged)
    assert sorted(pair.candidate.seed for pair in kept + rejected) == list(range(len(items)))
    assert all(pair.weight == 1 and not pair.reason for pair in kept)
    assert all(pair.weight == 0 and pair.reason for pair in rejected)
    *rows, total = tally(kept + rejected)
    assert total.judged + total.unscored == len(items)
    assert total.kept == len(kept)
    assert sum(row.judged + row.unscored for row in rows) == len(items)
    assert all(after <= before for row in rows for before, after in zip(row.before, row.after, strict=True))


def test_every_pair_has_another_id() -> None:
    pairs = [pair_of(candidate(task, seed), verdict(9, 9, 9)) for task in Task for seed in range(3)]
    assert len({pair.id for pair in pairs}) == len(pairs)


def test_the_histogram_puts_a_score_in_its_whole_number() -> None:
    pairs = [pair_of(candidate(), verdict(o, o, o)) for o in (0, 0.9, 7.0, 7.99, 9.5, 10)]
    row = tally(pairs)[0]
    assert row.before == (2, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1)
    assert row.after == (0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1)


def test_the_table_follows_the_paper_and_ends_with_the_total() -> None:
    pairs = [pair_of(candidate(task), it) for task in Task for it in (verdict(9, 9, 9), verdict(1, 9, 9), UNSCORED)]
    lines = table(tally(pairs)).splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [
        "task",
        "swap",
        "removal",
        "addition",
        "background",
        "environment",
        "style",
        "attribute",
        "total",
    ]
    assert lines[-1].split() == ["total", "14", "7", "50.0", "%", "7"]


def test_the_table_of_nothing_has_no_share() -> None:
    assert table(tally([])).splitlines()[-1].split() == ["total", "0", "0", "–", "0"]
