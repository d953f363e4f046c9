"""Ingest beside img2dataset: its photographs, and what is seen of a command. Nothing depends on a machine's speed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from omniedit.bench.ingest import SIDE, cost, make_photos, measurements
from omniedit.errors import OmniEditError
from omniedit.images import open_picture


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_photographs_are_the_same_each_time_and_unlike_each_other(tmp_path: Path) -> None:
    made = files(make_photos(tmp_path / "one", 5))
    assert made == files(make_photos(tmp_path / "two", 5))
    assert len(set(made.values())) == 5
    assert set(made.values()).isdisjoint(files(make_photos(tmp_path / "one", 5, seed=1)).values())


def test_photographs_are_small_jpegs(tmp_path: Path) -> None:
    for path in make_photos(tmp_path, 5).rglob("*.jpg"):
        picture = open_picture(path)
        assert picture.format == "JPEG"
        assert max(picture.size) == SIDE
        assert min(picture.size) >= 0.6 * SIDE


def test_photographs_that_are_there_stay(tmp_path: Path) -> None:
    path = next(make_photos(tmp_path, 2).rglob("*.jpg"))
    before = path.stat().st_mtime_ns
    make_photos(tmp_path, 2)
    assert path.stat().st_mtime_ns == before


def test_ours_is_measured_without_img2dataset_which_is_said_how_to_install(tmp_path: Path) -> None:
    rows = dict(measurements(photos=3, cache=tmp_path, workers=1, turns=1))
    assert "images/s" in rows["ours"]
    assert "pip install img2dataset" in rows["img2dataset"]
    assert "at 3 photographs" in rows["our largest process"]


def test_a_photograph_that_was_lost_spoils_the_measurement(tmp_path: Path) -> None:
    next(make_photos(tmp_path, 3).rglob("*.jpg")).unlink()
    with pytest.raises(OmniEditError, match="2 of 3"):
        dict(measurements(photos=3, cache=tmp_path, workers=1, turns=1))


def test_the_memory_and_the_time_of_what_a_command_starts_are_counted() -> None:
    starts = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'held = b\"1\" * (200 << 20)'])"
    spent = cost([sys.executable], starts, None)
    assert spent.peak > 200 << 20
    assert spent.processor > 0


def test_a_command_that_fails_is_told() -> None:
    with pytest.raises(OmniEditError, match="no such thing"):
        cost([sys.executable], "raise ValueError('no such thing')", None)
    with pytest.raises(OmniEditError, match="check the path"):
        cost(["/nowhere/python"], "pass", None)
