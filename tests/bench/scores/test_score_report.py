"""Scores in numbers and on a page: counts that add up, correlations checked by scipy, a page that is whole."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scored_pairs import TASKS, build_in, pair, row

from omniedit.bench.scores import ScoreRow, score_pairs
from omniedit.bench.scores.against import compare, gap
from omniedit.bench.scores.baselines import baselines
from omniedit.bench.scores.report import Pictures, report
from omniedit.bench.scores.summary import alike, by_task, means, reasons, tallies
from omniedit.bench.scores.summary import histogram as counted
from omniedit.charts import histogram, scatter
from omniedit.data.importance import TASK_ORDER
from omniedit.errors import DataError
from omniedit.judge.metrics import METRICS, l1
from omniedit.judge.oracle import Oracle

RNG = np.random.default_rng(5)
ROWS = [row(index, None if index % 9 == 4 else float(RNG.integers(0, 11))) for index in range(60)]
OTHERS = [
    row(index, None if index == 7 else float(np.clip(index % 11, 0, 10)), judge="teacher") for index in range(10, 70)
]


class Whole(HTMLParser):
    """Checks that every element is closed, in order, and counts pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.pictures = 0
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.pictures += tag == "img"
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("rect", "path", "circle", "line", "polyline")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


# Numbers --------------------------------------------------------------------------------------------------------------


def test_tasks_come_in_the_order_of_the_paper_and_lose_nothing() -> None:
    groups = by_task(ROWS)
    assert list(groups) == list(map(str, TASK_ORDER))
    assert sum(map(len, groups.values())) == len(ROWS)
    *tasks, all_ = means(ROWS)
    assert (all_.rows, all_.scored) == (len(ROWS), sum(one.scored for one in tasks))
    overall = [row.overall for row in ROWS if row.overall is not None]
    assert all_.means is not None
    assert all_.means[2] == pytest.approx(np.mean(overall))
    assert means([row(0, None)])[0].means is None


def test_the_table_of_the_paper_counts_before_and_after() -> None:
    total = tallies(ROWS, 6.0)[-1]
    overall = [row.overall for row in ROWS if row.overall is not None]
    assert (total.judged, total.kept) == (len(overall), sum(value >= 6.0 for value in overall))
    assert total.unscored == len(ROWS) - len(overall)
    assert counted([0.0, 0.99, 9.99, 10.0]) == [2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]


def test_alike_reasons_count_together() -> None:
    said = ["no scores in 'a b'", "budget", "no scores in 'c'", "HTTP 503: busy", "HTTP 500: busy"]
    rows = [row(index, None, reason=reason) for index, reason in enumerate(said)]
    assert [(one.text, one.rows, one.example) for one in reasons([*rows, row(9)])] == [
        ("HTTP 503: busy", 2, "pair-3"),
        ("no scores in 'a b'", 2, "pair-0"),
        ("budget", 1, "pair-1"),
    ]
    assert alike("a 12 'x'") == "a … …"


def test_two_tables_agree_as_scipy_says() -> None:
    found = compare(ROWS, OTHERS, 5.0)
    scored = [(ours.sides, theirs.sides) for ours, theirs in found.both]
    everything = found.groups[-1]
    for side in range(3):
        ours, theirs = ([two[which][side] for two in scored] for which in (0, 1))
        rho = float(stats.spearmanr(ours, theirs).statistic) if len({*ours}) > 1 < len({*theirs}) else None
        assert everything.spearman[side] == (None if rho is None else pytest.approx(rho))
    assert everything.difference == pytest.approx(np.mean([abs(a[2] - b[2]) for a, b in scored]))
    assert sum(everything.kept) == sum(a[2] >= 5 or b[2] >= 5 for a, b in scored)
    assert (found.alone, found.unscored, found.changed) == ((10, 10), 50 - len(scored), 0)
    gaps = [abs(gap(two)) for two in found.disagreements]
    assert gaps == sorted(gaps, reverse=True)


def test_pairs_that_changed_are_not_compared() -> None:
    found = compare(ROWS[:3], [replace(ROWS[0], digest="other"), *ROWS[1:3]])
    assert (found.changed, len(found.both)) == (1, 2)
    with pytest.raises(DataError, match="no pair in common"):
        compare(ROWS[:3], ROWS[3:6])


def test_baselines_are_the_metrics_beside_the_judge(tmp_path: Path) -> None:
    pairs = Pictures(build_in(tmp_path, [pair(index) for index in range(20)]))
    rows = score_pairs(tmp_path, Oracle(), tmp_path / "t.jsonl")
    found = baselines(rows, lambda one: pairs[one.id].candidate)
    scored = [one for one in rows if one.status == "scored"]
    nearness = [-l1(*(getattr(pairs[one.id].candidate, name) for name in ("source", "result"))) for one in scored]
    rho = stats.spearmanr(nearness, [one.overall for one in scored]).statistic
    first = found.found[0]
    assert (first.name, first.pairs) == ("l1_source", len(scored))
    assert first.spearman[2] == pytest.approx(rho)
    assert rho < 0  # these pairs are the better, the more they changed
    assert found.left_out["clip"].startswith("no weights")
    assert {one.name.removesuffix("_source") for one in found.found} == {n for n in METRICS if METRICS[n].available}
    assert baselines([row(0, None)], lambda one: pairs[one.id].candidate).found == ()


# Drawings -------------------------------------------------------------------------------------------------------------


def test_bars_are_as_high_as_their_counts() -> None:
    drawn = histogram("a <b>", [1, 4, *[0] * 9], [1, 2, *[0] * 9], 9.0)
    Whole(drawn)
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"/>', drawn)]
    assert heights[:4] == pytest.approx([24, 24, 96, 48])
    assert "a &lt;b&gt;" in drawn


def test_points_lie_where_their_values_are() -> None:
    drawn = scatter([(0, 0), (10, 10)], "x", "y", 9.0)
    Whole(drawn)
    (x0, y0), (x1, y1) = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert float(x1) - float(x0) == float(y0) - float(y1) == 420


# The page -------------------------------------------------------------------------------------------------------------


def test_the_page_is_whole_and_fetches_nothing(tmp_path: Path) -> None:
    pairs = build_in(tmp_path / "pairs", [pair(index) for index in range(40)])
    rows = score_pairs(pairs, Oracle(), tmp_path / "t.jsonl")
    others = [other(one) for one in rows]
    text = report(rows, pictures=Pictures(pairs), against=others)
    page = Whole(text)
    assert page.pictures >= 2 * 2 * 2 * len(TASKS)  # source and result of at least two worst and best of each task
    assert re.findall(r'(?:src|href)="(?!data:)', text) == []
    assert "<script" not in text
    for words in ("Table 4", "Distributions", "the ideal edit changes nothing", "Simple metrics", "Against teacher"):
        assert words in text
    for words in ("Where they disagree most", "Worst", "Best", "L1 to the source", "Without CLIP"):
        assert words in text
    assert "dog &lt;3&gt;" in text
    assert report(rows, pictures=Pictures(pairs), against=others) == text


def other(one: ScoreRow) -> ScoreRow:
    """The row of a teacher who thinks worse of everything."""
    sc = tuple(score / 2 for score in one.sc)
    overall = math.sqrt(min(sc) * min(one.pq)) if sc else None
    return replace(one, sc=sc, overall=overall, judge="teacher", sc_reasoning="too <bright>")


def test_without_pairs_there_are_no_pictures() -> None:
    text = report(ROWS, against=OTHERS, threshold=5.0)
    assert Whole(text).pictures == 0
    assert "Simple metrics" not in text
    assert "kept from O ≥ 5" in text


def test_a_table_without_scores_still_has_a_page() -> None:
    text = report([row(0, None)])
    Whole(text)
    assert "no scores in it" in text
    assert "Worst" not in text


def test_an_empty_table_and_other_pairs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no rows"):
        report([])
    pairs = build_in(tmp_path, [pair(index) for index in range(2)])
    with pytest.raises(DataError, match="has no pair pair-5"):
        report([row(5)], pictures=Pictures(pairs))
