"""``omniedit lint`` from the outside: exit code, table, JSON, and a repaired set; and training, which asks it first."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from leaving import leave

from omniedit.data.pairs import write_pairs
from omniedit.errors import DataError
from omniedit.train.loop import train
from omniedit.types import Candidate, Pair, Proposal, Task, Verdict

SOURCE, RESULT = np.random.default_rng(0).integers(0, 256, (2, 24, 32, 3), np.uint8)
RECIPE = 'name = "tiny"\nstage = "edit"\npairs = "{pairs}"\nout = "{out}"\n[model]\nlayers = 2\nheads = 2\n'


def write(folder: Path, instruction: str = "paint it", result: np.ndarray = RESULT, judge: str = "judge") -> Path:
    candidate = Candidate("photo", Proposal("p", Task.STYLE, instruction), SOURCE, result, "maker")
    folder.mkdir()
    write_pairs(folder / "a.parquet", [Pair("pair-1", candidate, Verdict((9, 9), (9,), judge, "1", "abc"))])
    return folder


def test_a_clean_set_leaves_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("lint", write(tmp_path / "set")) == 0
    assert capsys.readouterr().out == "no faults found\n"


def test_errors_leave_with_1_and_a_table_with_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("lint", write(tmp_path / "set", result=SOURCE)) == 1
    shown = capsys.readouterr().out
    assert "target-equals-source  error" in shown
    assert "target-equals-source: Drop it" in shown
    assert "a.parquet, row 0 (pair-1): the two pictures are the same" in shown


def test_warnings_alone_leave_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("lint", write(tmp_path / "set", judge="")) == 0
    assert "no-stamp" in capsys.readouterr().out
    assert leave("lint", tmp_path / "set", "--checks", "no-id, unknown-task") == 0
    assert capsys.readouterr().out == "no faults found\n"


def test_json_is_a_finding_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("lint", write(tmp_path / "set", instruction=" paint ", result=SOURCE), "--json") == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["check"], line["row"], line["id"]) for line in lines] == [
        ("untidy-instruction", 0, "pair-1"),
        ("target-equals-source", 0, "pair-1"),
    ]


def test_a_repaired_set_is_written_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "set", instruction=" paint  it ")
    assert leave("lint", folder, "--fix", "--out", tmp_path / "new") == 0
    told = capsys.readouterr().err
    assert "new: 1 pairs" in told
    assert "repaired untidy-instruction: 1" in told
    assert leave("lint", tmp_path / "new") == 0
    assert capsys.readouterr().out == "no faults found\n"


def test_what_cannot_be_asked_leaves_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "set")
    for options, message in (
        (("--fix",), "--fix and --out FOLDER belong together"),
        (("--fix", "--out", tmp_path / "new", "--limit", 1), "--fix wants to see all rows"),
        (("--checks", "nonsense"), "there is no check 'nonsense'"),
    ):
        assert leave("lint", folder, *options) == 2
        assert message in capsys.readouterr().err
    assert leave("lint", tmp_path / "nowhere") == 2


def test_training_refuses_a_faulty_set_before_it_begins(tmp_path: Path) -> None:
    write(tmp_path / "set", result=SOURCE)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(pairs=tmp_path / "set", out=tmp_path / "run"), encoding="utf-8")
    with pytest.raises(DataError, match=r"(?s)the pairs have faults.*target-equals-source.*omniedit lint"):
        train(recipe)
    assert not (tmp_path / "run").exists()
