"""``omniedit bench suite``: what its commands print, and how they leave."""

from __future__ import annotations

from pathlib import Path

from suite_folders import folder_of
from typer.testing import CliRunner, Result

from omniedit.cli.suite import app


def said(*args: object) -> Result:
    return CliRunner().invoke(app, [*map(str, args)])


def made(tmp_path: Path, *, known: bool, count: int = 2) -> Result:
    folder = folder_of(tmp_path / "photographs", [(72, 48), (48, 48)], known=known)
    options = ("--photos-count", count, "--min-megapixels", 0)
    return said("make", folder, "--out", tmp_path / "suite", *options)


def test_a_suite_that_lacks_nothing_is_frozen(tmp_path: Path) -> None:
    shown = made(tmp_path, known=True)
    assert shown.exit_code == 0
    assert "2 photographs (1:1 1, 2:3 0, 3:2 1" in shown.stdout
    frozen = shown.stdout.split("frozen: ")[1].strip()
    assert said("check", tmp_path / "suite").stdout == f"complete, and as it was frozen: {frozen}\n"
    assert said("freeze", tmp_path / "suite").stdout == f"frozen: {frozen}, 2 photographs, 14 edits\n"


def test_one_that_lacks_something_says_what(tmp_path: Path) -> None:
    shown = made(tmp_path, known=False, count=62)
    assert shown.exit_code == 0
    assert "frozen" not in shown.stdout
    assert "fewer than 62" in shown.stderr
    assert "6 problems before it can be frozen" in shown.stderr
    checked = said("check", tmp_path / "suite")
    assert checked.exit_code == 1
    assert len(checked.stdout.splitlines()) == 6
    assert "edits.jsonl, line 1: photo 0000 has no instruction for swap yet" in checked.stdout


def test_a_complete_one_can_be_left_open(tmp_path: Path) -> None:
    made(tmp_path, known=True)
    (tmp_path / "suite" / "suite.json").unlink()
    assert said("check", tmp_path / "suite").stdout == "complete, not frozen yet\n"
