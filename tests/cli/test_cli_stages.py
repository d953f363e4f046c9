"""``omniedit build``, ``bench run``, ``train`` and ``doctor`` from the outside, and what the demo is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from leaving import leave

from omniedit.bench.suites.scenes import SceneSuite
from omniedit.cli.doctor import EXTRAS
from omniedit.cli.miniature import PLAIN, RECIPE
from omniedit.data.photos import bundled_photos
from omniedit.data.proposals.router import route
from omniedit.settings import read_toml
from omniedit.types import Task

ROOT = Path(__file__).parents[2]


def test_build_makes_pairs_and_a_report_and_continues(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("build", "--out", tmp_path, "--limit", 1, "--seed", 3) == 0
    first = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert first["items"] == len(Task)
    assert (tmp_path / "report.html").exists()
    assert "total" in capsys.readouterr().out
    shards = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert leave("build", "--out", tmp_path, "--limit", 1, "--seed", 3) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == shards


def test_build_reads_a_recipe_and_refuses_what_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('scenes = 1\ntasks = ["style"]\n', encoding="utf-8")
    assert leave("build", recipe, "--out", tmp_path / "pairs") == 0
    assert json.loads((tmp_path / "pairs" / "summary.json").read_text(encoding="utf-8"))["items"] == 1
    recipe.write_text("scene = 1\n", encoding="utf-8")
    assert leave("build", recipe, "--out", tmp_path / "other") == 2
    assert "unknown setting 'scene'" in capsys.readouterr().err


def test_bench_writes_rows_numbers_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ("bench", "run", "--model", "ideal", "--limit", 3, "--out", tmp_path)
    assert leave(*command) == 0
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["all"]["all"]["overall"] > 9
    assert len((tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    assert "ideal on scenes" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "removal" in capsys.readouterr().out
    rows = (tmp_path / "results.jsonl").read_bytes()
    assert leave(*command) == 0
    assert (tmp_path / "results.jsonl").read_bytes() == rows
    assert leave("bench", "run", "--model", "unedited", "--limit", 3, "--out", tmp_path) == 2
    assert "another run" in capsys.readouterr().err


def test_bench_names_the_suites_that_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("bench", "run", "--suite", "gedit", "--out", tmp_path) == 2
    assert "there is no suite 'gedit'; there are scenes" in capsys.readouterr().err


def test_train_says_what_is_wrong_with_a_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("train", tmp_path / "none.toml") == 2
    assert "there is no recipe" in capsys.readouterr().err


def test_doctor_names_versions_models_and_photographs(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("doctor") == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("torch", "python", "memory", "nano", "specialists", "photographs", "extra"))


def test_doctor_knows_every_extra() -> None:
    extras = read_toml(ROOT / "pyproject.toml")["project"]["optional-dependencies"]
    assert set(EXTRAS) == set(extras)


def test_the_demo_covers_all_tasks_and_several_ratios() -> None:
    names = [name.split("-") for name in SceneSuite(limit=14).ids]
    assert {task for _, task, _ in names} == set(map(str, Task))
    assert len({ratio for *_, ratio in names}) >= 4
    assert set(PLAIN) <= {photo.id for photo in bundled_photos("eval")}
    assert len({route(words).task for words in PLAIN.values()}) >= 3


def test_the_demo_trains_with_a_recipe_that_can_be_read(tmp_path: Path) -> None:
    from omniedit.train.recipe import Recipe

    path = tmp_path / "train.toml"
    path.write_text(RECIPE.format(pairs="pairs", out="run", steps=10), encoding="utf-8")
    assert Recipe.read(path).train.steps == 10
