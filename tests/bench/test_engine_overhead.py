"""Both sides of the comparison do the same work; how long it takes is not tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from omniedit.bench.engine_overhead import UNIT, engine, measurements, plain_loops
from omniedit.data.engine.recipe import BuildRecipe
from omniedit.errors import InputError
from omniedit.hashing import hash_file


def shards(out: Path) -> dict[str, str]:
    paths = [path for status in ("kept", "rejected") for path in (out / status).glob("*.parquet")]
    return {str(path.relative_to(out)): hash_file(path) for path in paths}


def test_the_plain_loops_write_what_the_engine_writes(tmp_path: Path) -> None:
    recipe, ticks = BuildRecipe(scenes=UNIT + 1, tasks=("attribute", "style")), list[str]()
    plain_loops(recipe, tmp_path / "plain", 2, lambda *_: ticks.append("plain"))
    engine(recipe, tmp_path / "engine", "local", 1, lambda *_: ticks.append("engine"))
    assert ticks == ["plain"] * 2 + ["engine"] * 2
    theirs = shards(tmp_path / "plain")
    assert theirs.items() >= shards(tmp_path / "engine").items() > set()


def test_one_unit_is_too_little_to_measure() -> None:
    with pytest.raises(InputError, match="more than"):
        next(measurements(scenes=UNIT))
