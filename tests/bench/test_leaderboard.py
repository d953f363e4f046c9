"""A leaderboard takes what is comparable, refuses the rest and says why, and can be published as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bench_rows import OTHER, row, rows_of, run_of, with_scores

from omniedit.bench.compare import difference
from omniedit.bench.leaderboard import Board, add, markdown, places, read, to_json
from omniedit.bench.results import Row
from omniedit.bench.significance import holm
from omniedit.errors import DataError

DATE = "2026-01-31"


def scored(mean: float, seed: int, count: int = 30) -> list[Row]:
    values = np.clip(np.random.default_rng(seed).normal(mean, 1.0, count), 0, 10).tolist()
    return rows_of(values, [f"photo {place // 2}" for place in range(count)])


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A board with three contestants."""
    path = tmp_path / "board.jsonl"
    for place, mean in enumerate((5.0, 7.0, 6.8)):
        add(path, run_of(tmp_path / f"run {place}", scored(mean, place), f"model {place}"), date=DATE)
    return path


def test_the_best_stand_first_and_the_others_are_tested_against_them(board: Path) -> None:
    found = places(read(board))
    assert [(place.rank, place.entry.contestant) for place in found] == [
        (1, "model 1"),
        (2, "model 2"),
        (3, "model 0"),
    ]
    tests = [
        difference(f"model {place}", "model 1", scored(mean, place), scored(7.0, 1))
        for place, mean in ((2, 6.8), (0, 5.0))
    ]
    corrected = holm([one.p for one in tests])
    assert [place.behind for place in found[1:]] == [
        replace(one, p_holm=p) for one, p in zip(tests, corrected, strict=True)
    ]
    assert found[0].behind is None


def test_the_order_of_adding_has_no_part_in_the_file(board: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    for place, mean in reversed([*enumerate((5.0, 7.0, 6.8))]):
        add(other, run_of(tmp_path / f"run {place}", scored(mean, place), f"model {place}"), date=DATE)
    assert other.read_bytes() == board.read_bytes()
    assert other.with_suffix(".md").read_bytes() == board.with_suffix(".md").read_bytes()


def test_a_board_can_be_read_again_and_holds_no_path(board: Path, tmp_path: Path) -> None:
    rows = scored(3.0, 9)
    made = add(board, run_of(tmp_path / "mine", rows, str(tmp_path / "weights")), date=DATE)
    assert read(board) == made
    assert made.entries[-1].contestant == "weights"
    assert markdown(made) == board.with_suffix(".md").read_text(encoding="utf-8")
    assert str(tmp_path) not in board.read_text(encoding="utf-8") + markdown(made)
    assert [entry["rank"] for entry in to_json(made)["entries"]] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"suite": "gedit"}, "suite scenes there, gedit here"),
        ({"suite_hash": "ffff"}, "suite hash 0123456789ab there, ffff here"),
    ],
)
def test_another_suite_is_refused(board: Path, tmp_path: Path, settings: dict[str, str], said: str) -> None:
    refused(board, run_of(tmp_path / "x", scored(9.0, 4), "x", **settings), said)


def test_another_judge_rubric_or_number_of_items_is_refused(board: Path, tmp_path: Path) -> None:
    rows = [row(f"{place:04d}", 9.0, judge=OTHER) for place in range(30)]
    refused(
        board,
        run_of(tmp_path / "x", rows, "x"),
        f"no scores of student 1-abc, as the board has; it has those of {OTHER}",
    )
    rows = [row(f"{place:04d}", 9.0, judge="student 2-def") for place in range(30)]
    refused(board, run_of(tmp_path / "x", rows, "x"), "it has those of student 2-def")
    rows = [row(f"{place:04d}", 9.0, rubric="viescore-1") for place in range(30)]
    refused(board, run_of(tmp_path / "x", rows, "x"), "rubric omniedit-1 there, viescore-1 here")
    refused(board, run_of(tmp_path / "x", scored(9.0, 4, 28), "x"), "items 30 there, 28 here")
    rows = [row(f"{place:04d}-other", 9.0) for place in range(30)]
    refused(board, run_of(tmp_path / "x", rows, "x"), "only one has the item 0000")


def refused(board: Path, run: object, said: str) -> None:
    before = board.read_bytes()
    with pytest.raises(DataError, match=said.replace(".", r"\.")):
        add(board, run, date=DATE)  # type: ignore[arg-type]
    assert board.read_bytes() == before


def test_the_boards_judge_counts_even_where_it_is_not_the_first(board: Path, tmp_path: Path) -> None:
    rows = [with_scores(row(f"{place:04d}", 1.0, judge=OTHER), "student 1-abc", [8.0]) for place in range(30)]
    made = add(board, run_of(tmp_path / "x", rows, "x"), date=DATE)
    assert made.entries[0].contestant == "x"
    assert made.entries[0].overall == 8.0


def test_what_lacks_scores_is_refused_or_marked_and_does_not_climb(board: Path, tmp_path: Path) -> None:
    rows = scored(9.5, 5)
    rows = [*rows[:10], *(replace(one, status="refused", sc=(), pq=(), overall=None, scores=()) for one in rows[10:])]
    run = run_of(tmp_path / "x", rows, "x")
    refused(board, run, "20 of 30 items have no score: 20 declined by the contestant")
    made = add(board, run, date=DATE, incomplete=True)
    last = made.entries[-1]
    assert (last.contestant, last.coverage) == ("x", pytest.approx(1 / 3))
    assert last.overall > made.entries[0].overall > last.floor
    assert "| x* |" in markdown(made)
    assert "- x: 20 of 30 items have no score" in markdown(made)


def test_the_same_again_replaces_its_line_and_another_of_its_name_is_refused(board: Path, tmp_path: Path) -> None:
    before = read(board)
    same = add(board, run_of(tmp_path / "run 0", scored(5.0, 0), "model 0"), date="2026-02-01")
    assert [entry.contestant for entry in same.entries] == [entry.contestant for entry in before.entries]
    refused(
        board, run_of(tmp_path / "x", scored(5.0, 0), "model 0", seed=1), "another seed: give this one another name"
    )
    named = add(board, run_of(tmp_path / "x", scored(5.0, 0), "model 0", seed=1), date=DATE, name="model 0, again")
    assert len(named.entries) == 4


def test_a_damaged_or_missing_board_is_told(tmp_path: Path) -> None:
    path = tmp_path / "board.jsonl"
    with pytest.raises(DataError, match="there is no leaderboard"):
        read(path)
    for text in ("", "{}\n", '{"format": 1}\n', "not JSON\n", "[]\n"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="no leaderboard, or is damaged"):
            read(path)
    path.write_text('{"format": 2}\n', encoding="utf-8")
    with pytest.raises(DataError, match="format 2; this version reads 1"):
        read(path)


def test_a_run_without_any_score_has_no_place(tmp_path: Path) -> None:
    run = run_of(tmp_path / "x", [row("a", None), row("b", None)], "x")
    with pytest.raises(DataError, match="no score at all"):
        add(tmp_path / "board.jsonl", run, date=DATE, incomplete=True)
    assert not (tmp_path / "board.jsonl").exists()


def test_ranks_of_one_contestant(tmp_path: Path) -> None:
    made: Board = add(tmp_path / "board.jsonl", run_of(tmp_path / "x", scored(5.0, 1), "x"), date=DATE)
    assert [place.behind for place in places(made)] == [None]
