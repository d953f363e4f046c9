"""A build whose processes are killed ends as if none had been; the long form is scripts/kill_build.py."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from photo_piles import contents

from omniedit.data.engine.recipe import BuildRecipe
from omniedit.testing.kills import harass, rows_of

EXECUTORS = {"local": 3, **({"ray": 1} if find_spec("ray") else {})}
"""Executor -> kills."""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.toml"
    path.write_text('scenes = 34\ntasks = ["attribute", "style"]\n', encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    BuildRecipe.read(recipe).run(out)
    return out


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_build_survives_kills(executor: str, recipe: Path, whole: Path, tmp_path: Path) -> None:
    def command(out: Path) -> list[str]:
        words = ["build", recipe, "--out", out, "--workers", 2, "--executor", executor]
        return [sys.executable, "-m", "omniedit.cli.main", *map(str, words)]

    kills = EXECUTORS[executor]
    result = harass(command, whole=whole, folder=tmp_path, kills=kills, longest=4.0)
    assert result.whole
    assert result.kills == sum(result.victims.values()) == kills
    last = tmp_path / f"{result.builds - 1:03}"
    assert contents(last) == contents(whole)


def test_a_row_that_is_lost_or_changed_is_seen(whole: Path, tmp_path: Path) -> None:
    rows = rows_of(whole)
    assert rows.total() > 100
    (tmp_path / "ledger.jsonl").write_bytes(b"".join((whole / "ledger.jsonl").read_bytes().splitlines(True)[1:]))
    assert (rows - rows_of(tmp_path)).total() > 30
    assert not rows_of(tmp_path) - rows
