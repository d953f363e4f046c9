"""The command: what it prints, and what it refuses. That it serves is tested with the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from human_study import rate_all, write_run
from typer.testing import CliRunner

from omniedit.cli.human import app
from omniedit.errors import DataError


@pytest.fixture
def study(tmp_path: Path) -> Path:
    runs = [write_run(tmp_path / "a", "nano"), write_run(tmp_path / "b", "rival", declined=(0,))]
    rate_all(runs, tmp_path / "study", "anna", lambda model, item: (1, 0.5))
    rate_all(runs, tmp_path / "study", "ben", lambda model, item: (1, 0.5) if model == "nano" else None)
    return tmp_path / "study"


def test_the_report_has_a_row_for_each_contestant_and_judge(study: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(study)], env={"COLUMNS": "400"})
    assert done.exit_code == 0
    rows = {line.split()[0]: line.split() for line in done.output.splitlines() if line.strip()}
    assert rows["nano"][1:6] == ["4", "4", "0", "0", "2"]
    assert rows["rival"][1:6] == ["3", "3", "1", "3", "1"]
    assert "oracle 1" in done.output


def test_everything_can_be_had_as_json(study: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(study), "--json"])
    found = json.loads(done.stdout)
    assert found == json.loads((study / "report.json").read_text(encoding="utf-8"))
    assert found["raters"]["ben"] == {"ratings": 4, "missing": 3, "changed": 0}
    assert found["contestants"]["rival"]["all"]["accuracy"]["value"] == 0.75


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no study"):
        CliRunner().invoke(app, ["report", str(tmp_path)], catch_exceptions=False)
