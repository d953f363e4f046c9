"""``omniedit build`` with a recipe of photographs: dry runs, shards, other piles and what is wrong with a recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from leaving import leave

from omniedit.data.engine.ledger import read_summary


def pile(folder: Path, count: int) -> Path:
    """A folder of small photographs."""
    folder.mkdir()
    for number in range(count):
        coarse = np.random.default_rng(number).integers(0, 256, (5, 5, 3), dtype=np.uint8)
        PIL.Image.fromarray(coarse).resize((48, 36), PIL.Image.Resampling.BICUBIC).save(folder / f"{number:02}.png")
    return folder


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    path = folder / "photos.toml"
    path.write_text(
        f'[source]\npath = "{pile(folder / "photos", 20)}"\n'
        "[source.filters]\nmin_megapixels = 0.001\nmin_sharpness = 0.0\n"
        '[specialists]\nstyle = "cpu"\n',
        encoding="utf-8",
    )
    return path


def test_a_dry_run_says_what_is_asked_for_and_writes_nothing(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("build", recipe, "--out", tmp_path / "out", "--dry-run", "--limit", 7) == 0
    shown = capsys.readouterr()
    for words in ("photographs 7", "proposals 7", "questions to the proposer 0", "photographs 7, of which 0"):
        assert words in " ".join(shown.out.split())
    assert "measured on 3 photographs" in shown.err
    assert not (tmp_path / "out").exists()


def test_shards_of_an_array_share_what_was_looked_at_once(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert leave("build", recipe, "--out", out, "--executor", "slurm", "--workers", 2) == 0
    assert (out / "photos" / "photos.parquet").exists()
    assert not (out / "units").exists()
    for shard in ("1/2", "0/2"):
        assert leave("build", recipe, "--out", out, "--shard", shard) == 0
    assert leave("build", "status", out) == 0
    shown = capsys.readouterr()
    assert "2 of 2 units" in shown.out
    assert "merged" in shown.err
    assert read_summary(out).unscored == 20


def test_another_pile_takes_the_place_of_the_recipes(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = pile(tmp_path / "mine", 3)
    (photos / "torn.jpg").write_bytes(b"\xff\xd8torn")
    assert leave("build", recipe, "--photos", photos, "--out", tmp_path / "out", "--limit", 2) == 0
    assert (read_summary(tmp_path / "out").scenes, read_summary(tmp_path / "out").dropped) == (2, 1)
    assert "photographs dropped" in capsys.readouterr().out
    assert leave("build", recipe, "--photos", tmp_path / "nowhere", "--out", tmp_path / "no") == 2
    assert "there is nothing at" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
