"""Contestants against each other: what is paired, what is counted, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bench_rows import OTHER, STUDENT, row, rows_of, run_of, with_scores
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from omniedit.bench.compare import ALL, compare, difference, turned
from omniedit.bench.comparison_folder import write_comparison
from omniedit.bench.item import SuiteOptions
from omniedit.bench.measure import measure
from omniedit.bench.results import load_run
from omniedit.errors import DataError, InputError

SCORES = st.lists(st.tuples(*[st.none() | st.floats(0, 10)] * 2), min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(SCORES)
def test_a_difference_is_of_what_both_have_scored_and_counts_the_rest(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = (rows_of(side) for side in zip(*pairs, strict=True))
    found = difference("a", "b", ours, theirs)
    gaps = [one - other for one, other in pairs if one is not None and other is not None]
    assert found.count == len(gaps) == found.wins + found.ties + found.losses
    assert found.count + found.only_first + found.only_second + found.neither == len(pairs)
    assert found.only_first == sum(one is not None and other is None for one, other in pairs)
    assert found.mean == (pytest.approx(np.mean(gaps), abs=1e-8) if gaps else None)
    assert (found.p is None) == (not gaps)


@settings(max_examples=40, deadline=None)
@given(SCORES, st.randoms(use_true_random=False))
def test_order_has_no_part_in_it_and_turning_it_round_changes_signs_only(
    pairs: list[tuple[float, float]], random: object
) -> None:
    ours, theirs = (rows_of(side, [f"p{i // 2}" for i in range(len(pairs))]) for side in zip(*pairs, strict=True))
    found, back = difference("a", "b", ours, theirs), difference("b", "a", theirs, ours)
    random.shuffle(ours)  # type: ignore[attr-defined]
    assert difference("a", "b", ours, theirs) == found
    assert turned(turned(found)) == found
    assert replace(turned(found), interval=None) == replace(back, interval=None)
    assert (found.interval is None) == (back.interval is None)
    if found.interval and back.interval:
        assert turned(found).interval == pytest.approx(back.interval, abs=1e-9)


def test_p_is_that_of_flipping_whole_photographs() -> None:
    rng = np.random.default_rng(0)
    gaps = rng.normal(0.5, 1.0, (9, 3))
    photos = [f"photo {photo}" for photo in range(9) for _ in range(3)]
    theirs = [5.0] * 27
    ours = [5.0 + gap for gap in gaps.ravel().tolist()]
    found = difference("a", "b", rows_of(ours, photos), rows_of(theirs, photos))
    expected = stats.permutation_test(
        (gaps.sum(axis=1),), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert found.photos == 9
    assert found.p == pytest.approx(expected.pvalue)


def test_every_two_contestants_on_all_items_and_on_each_task(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    runs = []
    for shift, model in enumerate("abc"):
        scores = np.clip(rng.normal(5 + shift, 1.0, 40), 0, 10)
        rows = [row(f"{i:02d}", float(o), task=("swap", "style")[i % 2]) for i, o in enumerate(scores)]
        runs.append(run_of(tmp_path / model, rows, model))
    found = compare(runs)
    assert [(one.first, one.second, one.group) for one in found.pairs] == [
        (first, second, group) for group in (ALL, "swap", "style") for first, second in ("ab", "ac", "bc")
    ]
    whole = [one for one in found.pairs if one.group == ALL]
    tasks = [one for one in found.pairs if one.group != ALL]
    for family in (whole, tasks):
        least = min(family, key=lambda one: one.p or 0.0)
        assert least.p_holm == pytest.approx(min(1.0, (least.p or 0.0) * len(family)))
    assert found.pair("c", "a").mean == pytest.approx(-(whole[1].mean or 0.0))
    assert (found.pair("c", "a").p_holm or 1.0) < 0.01
    assert [one.summary["all"]["all"].count for one in found.contestants] == [40, 40, 40]
    with pytest.raises(KeyError):
        found.pair("a", "nobody")


def test_runs_of_one_model_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    one, other = (run_of(tmp_path / name, rows_of([5.0, 6.0])) for name in ("one", "other"))
    assert [each.name for each in compare([one, other]).contestants] == ["nano (one)", "nano (other)"]
    with pytest.raises(DataError, match=r"both called nano \(one\)"):
        compare([one, one])


def test_judges_in_common_are_found_and_can_be_chosen(tmp_path: Path) -> None:
    first = run_of(tmp_path / "first", [with_scores(row("a", 8.0), OTHER, [6.0])], "first")
    rows = [with_scores(row("a", 3.0, judge="oracle 1"), OTHER, [2.0])]
    second = run_of(tmp_path / "second", rows, "second")
    found = compare([first, second])
    assert (found.judge, found.pair("first", "second").mean) == (OTHER, 4.0)
    assert compare([first, second], judge=OTHER.split()[0]) == found
    with pytest.raises(DataError, match=f"{STUDENT} has not scored all runs"):
        compare([first, second], judge=STUDENT)
    third = run_of(tmp_path / "third", [row("a", 3.0, rubric="viescore-1")], "third")
    with pytest.raises(DataError, match="no judge has scored all runs by one rubric"):
        compare([run_of(tmp_path / "fourth", [row("a", 8.0)], "fourth"), third])


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path / "a", rows_of([5.0, 6.0]), "a")
    with pytest.raises(InputError, match="two runs at least"):
        compare([run])
    with pytest.raises(DataError, match="suite hash 0123456789ab there, ffff here"):
        compare([run, run_of(tmp_path / "b", rows_of([5.0, 6.0]), "b", suite_hash="ffff")])
    with pytest.raises(DataError, match=r"0001 differs, or only one has it \(1 such"):
        compare([run, run_of(tmp_path / "c", rows_of([5.0]), "c")])


def test_the_folder_of_a_comparison_is_the_same_every_time(tmp_path: Path) -> None:
    for model, scores in {"a": [5.0, 6.0, None, 2.0], "b": [5.0, 7.0, 1.0, None], "c|d": [9.0, 9.0, 9.0, 9.0]}.items():
        run_of(tmp_path / model[0], rows_of(scores), model)
    runs = [tmp_path / name for name in "abc"]
    written = []
    for out in (tmp_path / "x", tmp_path / "y"):
        write_comparison(runs, out, as_json=out / "copy.json")
        assert (out / "copy.json").read_bytes() == (out / "comparison.json").read_bytes()
        written.append([(out / name).read_bytes() for name in ("comparison.json", "comparison.md", "comparison.html")])
    assert written[0] == written[1]
    told = json.loads(written[0][0])
    assert [one["only_first"] for one in told["pairs"][:3]] == [1, 0, 0]
    text = written[0][1].decode()
    assert "- a: 1 of 4 items has no score: 1 declined by the contestant." in text
    assert "c\\|d" in text
    assert str(tmp_path) not in text + written[0][0].decode()


def test_real_runs_know_their_photographs_and_the_ideal_is_better(tmp_path: Path) -> None:
    for model in ("unedited", "ideal"):
        measure(model, tmp_path / model, options=SuiteOptions(limit=2))
    runs = [load_run(tmp_path / model) for model in ("unedited", "ideal")]
    photos = [[each.photo for each in run.rows] for run in runs]
    assert photos[0] == photos[1]
    assert len(set(photos[0]) - {""}) == 2
    found = compare(runs).pair("ideal", "unedited")
    assert (found.wins, found.count, found.photos) == (2, 2, 2)
    assert found.p == pytest.approx(2 / 2**2)
