"""``omniedit build --cutouts``: pairs whose objects come from a folder of your own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from leaving import leave

from omniedit.data import cutouts
from omniedit.data.engine.ledger import read_ledger
from omniedit.data.engine.plan import read_plan
from omniedit.data.pairs import read_pairs

PICTURES = {"wagon": "car", "oak": "tree", "drake": "duck"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, drawing in PICTURES.items():
        (tmp_path / "cutouts").mkdir(exist_ok=True)
        picture = np.pad(cutouts.get(drawing).render(120).rgba, ((5, 5), (5, 5), (0, 0)))
        PIL.Image.fromarray(picture).save(tmp_path / "cutouts" / f"{name}.png")
    return tmp_path / "cutouts"


def test_pairs_are_made_of_the_folder_in_every_process(folder: Path, tmp_path: Path) -> None:
    (recipe := tmp_path / "small.toml").write_text(f'scenes = 20\ncutouts = "{folder}"\n', encoding="utf-8")
    assert leave("build", "--cutouts", folder, "--limit", 20, "--out", tmp_path / "one") == 0
    assert leave("build", recipe, "--workers", 2, "--out", tmp_path / "two") == 0
    for name in ("ledger.jsonl", "kept/00000.parquet", "kept/00001.parquet", "plan.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    outcomes = list(read_ledger(tmp_path / "one"))
    assert not [it for it in outcomes if it.status == "failed"]
    reasons = {it.reason for it in outcomes if it.task == "attribute"}
    assert reasons == {"the photo offers no such edit"}
    kept = list(read_pairs(tmp_path / "one" / "kept"))
    assert {pair.candidate.proposal.object for pair in kept} - {""} == set(PICTURES)
    tasks = [pair.candidate.proposal.task.value for pair in kept]
    assert {"swap", "removal", "addition", "background"} <= set(tasks)


def test_other_pictures_are_another_build(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = ("build", "--limit", 1, "--out", tmp_path / "out", "--cutouts")
    assert leave(*build, folder) == 0
    plan = read_plan(tmp_path / "out")
    picture = PIL.Image.open(folder / "oak.png").transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT)
    picture.save(folder / "oak.png")
    assert leave("build", "--limit", 2, "--out", tmp_path / "out", "--cutouts", folder) != 0
    assert "another folder" in capsys.readouterr().err
    assert read_plan(tmp_path / "out") == plan
    assert leave("build", "--limit", 1, "--out", tmp_path / "out") != 0


def test_a_folder_that_cannot_be_used_ends_it_at_once(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PIL.Image.new("RGB", (8, 8), "red").save(folder / "ladder.png")
    assert leave("build", "--limit", 1, "--cutouts", folder, "--out", tmp_path / "out") != 0
    assert "ladder.png has no transparent background" in " ".join(capsys.readouterr().err.split())
    (folder / "ladder.png").rename(folder / "IMG_0041.jpg.txt")
    (folder / "oak.png").rename(folder / "IMG_0041.png")
    assert leave("build", "--limit", 1, "--cutouts", folder, "--out", tmp_path / "out") != 0
    assert "img 0041: it is not a name" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()
