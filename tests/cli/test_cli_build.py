"""``omniedit build`` from the outside: dry runs, shards, arrays and their status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from leaving import leave

from omniedit.data.engine.recipe import BuildRecipe


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    path.write_text('scenes = 18\ntasks = ["attribute"]\n', encoding="utf-8")
    return path


def test_a_dry_run_says_what_it_takes_and_writes_nothing(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("build", recipe, "--out", tmp_path / "out", "--dry-run") == 0
    shown = capsys.readouterr()
    assert all(word in shown.out for word in ("judge calls", "GPU hours", "18"))
    assert "measured on 3 scenes" in shown.err
    assert not (tmp_path / "out").exists()


def test_other_photographs_are_another_build(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, colour in (("mine", 90), ("yours", 160)):
        (tmp_path / folder).mkdir()
        for name in range(6):
            picture = np.full((160, 200, 3), colour, np.uint8)
            picture[20 * name : 20 * name + 40] += np.uint8(7 * name + 5)
            PIL.Image.fromarray(picture).save(tmp_path / folder / f"{name}.png")
    build = ("build", recipe, "--limit", 1, "--out", tmp_path / "out", "--photos")
    assert leave(*build, tmp_path / "mine") == 0
    assert leave(*build, tmp_path / "mine") == 0
    capsys.readouterr()
    assert leave(*build, tmp_path / "yours") != 0
    assert "another folder" in capsys.readouterr().err


def test_an_array_does_all_shards_and_status_merges_them(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert leave("build", recipe, "--out", out, "--executor", "slurm", "--workers", 2) == 0
    assert "sbatch" in capsys.readouterr().out
    script = out / "slurm" / "array.sh"
    assert "--array=0-1" in script.read_text(encoding="utf-8")
    subprocess.run(["bash", script], env={**os.environ, "SLURM_ARRAY_TASK_ID": "1"}, check=True, capture_output=True)
    assert [path.stem for path in (out / "units").glob("*.json")] == ["00001"]
    assert leave("build", "status", out) == 0
    shown = capsys.readouterr()
    assert "1 of 2 units" in shown.out
    assert "not finished" in shown.err
    BuildRecipe.read(recipe).run(out, shard=(0, 2))
    assert not (out / "ledger.jsonl").exists()
    assert leave("build", "status", out) == 0
    assert "merged" in capsys.readouterr().err
    BuildRecipe.read(recipe).run(tmp_path / "whole")
    for name in ("ledger.jsonl", "summary.json", "kept/00001.parquet"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert (out / "report.html").exists()


def test_an_interrupted_build_says_how_to_go_on(recipe: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "omniedit.cli.main", "build", recipe, "--out", tmp_path, "--limit", "500"]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "units" / "00000.json").exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "the same command goes on" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--executor", "abacus"), "there are local, ray, slurm"),
        (("--shard", "2/2"), "from 0 to n - 1"),
        (("--shard", "half"), "from 0 to n - 1"),
    ],
)
def test_what_cannot_be_is_refused(
    words: tuple[str, ...], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("build", "--out", tmp_path / "out", *words) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_status_of_nothing_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("build", "status", tmp_path) == 2
    assert "no build" in capsys.readouterr().err
