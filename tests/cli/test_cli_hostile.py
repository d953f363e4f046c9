"""Every hostile or broken file, given to the command line, is a clear error: exit code 2, no traceback, no output."""

from __future__ import annotations

from pathlib import Path

import pytest

from omniedit.cli.main import main
from omniedit.testing import hostile_files


@pytest.mark.parametrize("model", ["specialists", "nano"])
def test_hostile_files_are_clear_errors_and_leave_nothing(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs, outputs = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    outputs.mkdir()
    files = [hostile for hostile in hostile_files(inputs) if not hostile.path.is_dir()]
    assert len(files) >= 30
    for hostile in files:
        output = outputs / "result.png"
        with pytest.raises(SystemExit) as leaving:
            main(["edit", str(hostile.path), "Make it snow.", "--model", model, "--output", str(output)])
        said = capsys.readouterr()
        assert leaving.value.code == 2, hostile.name
        assert said.err.startswith("error: "), hostile.name
        assert hostile.path.name in said.err.replace("\n", ""), hostile.name
        assert "Traceback" not in said.err, hostile.name
        assert list(outputs.iterdir()) == [], hostile.name
