"""The commands: what they print and write, and what they refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from bench_rows import rows_of, run_of
from typer.testing import CliRunner

from omniedit.cli import leaderboard
from omniedit.cli.compare import compare
from omniedit.errors import DataError

WIDE = {"COLUMNS": "400"}


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    scores = {"nano": [5.0, 6.0, 7.0], "rival": [8.0, 8.0, None]}
    return [run_of(tmp_path / model, rows_of(overall), model).folder for model, overall in scores.items()]


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(compare)
    return made


def test_a_comparison_is_printed_and_written(app: typer.Typer, runs: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    done = CliRunner().invoke(app, [*map(str, runs), "--out", str(tmp_path / "out"), "--json", str(copy)], env=WIDE)
    assert done.exit_code == 0
    lines = {tuple(line.split()[:2]): line.split() for line in done.stdout.splitlines() if line.strip()}
    assert lines["nano", "3"][2:7] == ["3", "(100%)", "6.00", "6.00", "6.00"]
    assert lines["nano", "rival"][2] == "-2.50"
    found = json.loads(copy.read_text(encoding="utf-8"))
    assert found == json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert all((tmp_path / "out" / f"comparison.{kind}").is_file() for kind in ("md", "html"))


def test_a_folder_without_a_run_is_refused(app: typer.Typer, runs: list[Path], tmp_path: Path) -> None:
    words = [str(runs[0]), str(tmp_path), "--out", str(tmp_path / "out")]
    with pytest.raises(DataError, match="no results folder"):
        CliRunner().invoke(app, words, catch_exceptions=False)
    assert not (tmp_path / "out").exists()


def test_a_leaderboard_is_filled_and_shown(runs: list[Path], tmp_path: Path) -> None:
    board = ["--file", str(tmp_path / "board.jsonl")]
    done = CliRunner().invoke(leaderboard.app, ["add", str(runs[0]), *board], env=WIDE)
    assert done.exit_code == 0
    with pytest.raises(DataError, match="--incomplete"):
        CliRunner().invoke(leaderboard.app, ["add", str(runs[1]), *board], catch_exceptions=False)
    named = ["add", str(runs[1]), *board, "--incomplete", "--name", "the rival"]
    assert CliRunner().invoke(leaderboard.app, named).exit_code == 0
    done = CliRunner().invoke(leaderboard.app, ["show", *board], env=WIDE)
    assert done.exit_code == 0
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:]] == [["1", "nano"], ["2", "the"]]
    found = json.loads(CliRunner().invoke(leaderboard.app, ["show", *board, "--json"]).stdout)
    assert [entry["contestant"] for entry in found["entries"]] == ["nano", "the rival"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["entries"][0]["date"])
