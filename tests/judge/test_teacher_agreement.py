"""Agreement with a teacher: every number against one computed independently, and any judge will do."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from scipy import stats

from omniedit.judge.rubric import OMNIEDIT, Rubric
from omniedit.judge.teacher_agreement import TeacherAgreement, auroc, evaluate, kept_table, table
from omniedit.types import Candidate, Ideal, Pair, Proposal, Task, Verdict

Scores = tuple[float, float, float]


@dataclass
class Recited:
    """A judge that says what it is told for each candidate."""

    said: dict[str, Verdict]
    name: str = "recited"
    version: str = "7"
    rubric: Rubric = OMNIEDIT
    asked: list[str] = field(default_factory=list)

    def score(self, candidate: Candidate, ideal: Ideal | None = None) -> Verdict:
        assert ideal is None
        self.asked.append(candidate.proposal.id)
        return self.said[candidate.proposal.id]


class InBulk(Recited):
    """One that prefers many at a time."""

    def score_many(self, candidates: Iterable[Candidate]) -> Iterator[Verdict]:
        yield from map(self.score, candidates)


def verdict(scores: Scores | None) -> Verdict:
    if scores is None:
        return Verdict(judge="oracle", version="1", unscored="no idea")
    return Verdict(scores[:2], scores[2:], "oracle", "1")


def pair(index: int, scores: Scores | None, task: Task = Task.SWAP, maker: str = "nano") -> Pair:
    blank = np.zeros((4, 4, 3), np.uint8)
    proposal = Proposal(f"p{index}", task, "do it")
    return Pair(f"pair{index}", Candidate("photo", proposal, blank, blank, maker), verdict(scores))


def measured(
    teacher: list[Scores | None], judge: list[Scores | None], kind: type[Recited] = Recited
) -> TeacherAgreement:
    pairs = [pair(index, scores) for index, scores in enumerate(teacher)]
    return evaluate(kind({f"p{index}": verdict(scores) for index, scores in enumerate(judge)}), pairs)


def drawn(seed: int, count: int = 200) -> list[Scores | None]:
    rng = np.random.default_rng(seed)
    return [tuple(row) for row in rng.choice([0.0, 3.0, 8.5, 9.0, 9.5, 10.0], (count, 3)).tolist()]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=30))
def test_auroc_is_the_share_of_pairs_in_order(items: list[tuple[int, bool]]) -> None:
    above = [score for score, good in items if good]
    below = [score for score, good in items if not good]
    won = [(a > b) + 0.5 * (a == b) for a in above for b in below]
    found = auroc(np.array([s for s, _ in items], float), np.array([g for _, g in items], bool))
    assert found == (pytest.approx(sum(won) / len(won)) if won else None)


def test_a_teacher_agrees_with_itself() -> None:
    report = measured(drawn(0), drawn(0))
    assert report.overall.spearman == {side: pytest.approx(1) for side in ("sc", "pq", "o")}
    assert report.overall.mae == {"sc": 0, "pq": 0, "o": 0}
    assert (report.overall.auroc, report.overall.precision, report.overall.recall) == (1, 1, 1)
    assert (report.kept.share, report.kept.share_alike) == (1, pytest.approx(1))
    assert (report.judge, report.teacher) == ("recited 7", "oracle 1")


def test_the_numbers_are_those_of_their_definitions() -> None:
    teacher, judge = drawn(1), drawn(2)
    report = measured(teacher, judge)
    overall = [np.array([math.sqrt(min(s[0], s[1]) * s[2]) for s in side if s]) for side in (teacher, judge)]
    theirs, ours = overall
    assert report.overall.spearman["o"] == pytest.approx(stats.spearmanr(theirs, ours).statistic)
    pq = ([s[2] for s in teacher if s], [s[2] for s in judge if s])
    assert report.overall.spearman["pq"] == pytest.approx(stats.spearmanr(*pq).statistic)
    assert report.overall.mae["o"] == pytest.approx(np.abs(theirs - ours).mean())
    both = ((theirs >= 9) & (ours >= 9)).sum()
    assert report.overall.precision == pytest.approx(both / (ours >= 9).sum())
    assert report.overall.recall == pytest.approx(both / (theirs >= 9).sum())
    assert report.kept.by_judge == pytest.approx(theirs[ours >= 9].mean())
    assert (report.kept.kept_by_judge, report.kept.kept_by_teacher) == ((ours >= 9).sum(), (theirs >= 9).sum())
    gain = theirs[theirs >= 9].mean() - theirs.mean()
    assert report.kept.share == pytest.approx((theirs[ours >= 9].mean() - theirs.mean()) / gain)


def test_the_share_of_the_way_by_hand() -> None:
    teacher: list[Scores | None] = [(10, 10, 10), (10, 10, 10), (4, 4, 4), (0, 0, 0)]
    judge: list[Scores | None] = [(10, 10, 10), (8, 8, 8), (9, 9, 9), (0, 0, 0)]
    kept = measured(teacher, judge).kept
    assert (kept.unfiltered, kept.by_teacher, kept.by_judge) == (6, 10, 7)
    assert kept.share == pytest.approx(0.25)
    assert kept.by_judge_alike == 7


def test_what_has_no_score_is_counted_and_left_out() -> None:
    report = measured([(10, 10, 10), None, (1, 1, 1), (5, 5, 5)], [(10, 10, 10), (1, 1, 1), None, (5, 5, 5)])
    assert (report.unscored, report.overall.items, report.overall.good) == (2, 2, 1)
    assert report.overall.mae["o"] == 0


def test_nothing_to_say_is_none() -> None:
    for report in (measured([], []), measured([None], [(1, 1, 1)]), measured([(5, 5, 5)], [(5, 5, 5)])):
        assert report.overall.auroc is None
        assert report.overall.spearman["o"] is None
        assert report.kept.share is None
        json.dumps(report.to_json(), allow_nan=False)


def test_groups_are_by_task_and_by_maker() -> None:
    pairs = [
        pair(0, (10, 10, 10), Task.STYLE, "nano"),
        pair(1, (2, 2, 2), Task.STYLE, "half"),
        pair(2, (3, 3, 3), Task.SWAP, "nano"),
    ]
    report = evaluate(Recited({one.candidate.proposal.id: one.verdict for one in pairs}), pairs)
    assert {name: numbers.items for name, numbers in report.per_task.items()} == {"style": 2, "swap": 1}
    assert {name: numbers.good for name, numbers in report.per_maker.items()} == {"nano": 1, "half": 0}


def test_a_judge_that_takes_many_is_given_many() -> None:
    assert measured(drawn(3), drawn(4), InBulk) == measured(drawn(3), drawn(4))


def test_pairs_are_asked_once_each_and_ticked() -> None:
    pairs, ticks = [pair(index, (5, 5, 5)) for index in range(150)], list[None]()
    judge = Recited({one.candidate.proposal.id: one.verdict for one in pairs})
    evaluate(judge, iter(pairs), tick=lambda: ticks.append(None))
    assert judge.asked == [one.candidate.proposal.id for one in pairs]
    assert len(ticks) == len(pairs)


def test_the_report_shows_and_saves() -> None:
    report = measured(drawn(5), drawn(6))
    plain = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert plain["kept"]["share"] == report.kept.share
    console = Console(width=160)
    with console.capture() as capture:
        console.print(table(report), kept_table(report))
    assert all(word in capture.get() for word in ("AUROC", "swap", "nano", "by recited", "by its teacher"))
