"""What the engine costs over the plain loop, side by side: ``python -m omniedit.bench.engine_overhead``.

Both do the same units with the same stages and write the same shards, taking turns, so that a busy machine slows them
alike. Time counts from the first finished unit to the last: starting processes costs seconds once, however long a build
is. With two workers the plain loops are two processes as well, each with half of the units.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from omniedit.data.engine.executors import EXECUTORS
from omniedit.data.engine.recipe import BuildRecipe
from omniedit.data.engine.unit import units
from omniedit.data.pairs.shards import write_pairs
from omniedit.errors import MissingExtraError, OmniEditError

UNIT = 4
"""Scenes of a unit: fewer than usual, so that what a unit costs shows more."""
TURNS = 3
"""How often each is measured."""


def measurements(scenes: int = 48) -> Iterator[tuple[str, str]]:
    """What was measured, and the result, one after the other."""
    for name, workers in (("local", 1), ("local", 2), ("ray", 2)):
        label = f"{name}, {workers} worker{'s' * (workers > 1)}"
        try:
            ratios = [_ratio(name, workers, scenes) for _ in range(TURNS)]
        except MissingExtraError as error:
            yield label, f"not measured: {error}"
            continue
        yield label, f"{median(ratios):.3f} times the plain loop ({', '.join(f'{r:.3f}' for r in sorted(ratios))})"


def _ratio(name: str, workers: int, scenes: int) -> float:
    """Time of an executor over that of as many plain loops."""
    recipe = BuildRecipe(scenes=scenes)
    with tempfile.TemporaryDirectory() as folder:
        plain = _span(lambda tick: _plain_loops(recipe, Path(folder) / "plain", workers, tick))
        ours = _span(lambda tick: _engine(recipe, Path(folder) / "engine", name, workers, tick))
    return ours / plain


def _span(work: Callable[[Callable[..., None]], object]) -> float:
    """Seconds between the first tick and the last."""
    ticks: list[float] = []
    work(lambda *_: ticks.append(time.perf_counter()))
    return ticks[-1] - ticks[0]


def _engine(recipe: BuildRecipe, out: Path, name: str, workers: int, tick: Callable[..., None]) -> None:
    """The same by the engine."""
    from omniedit.data.engine.build import run

    run(recipe.chain(), recipe.make_scenes(), out=out, unit=UNIT, executor=EXECUTORS[name](workers), progress=tick)


def _plain_loops(recipe: BuildRecipe, out: Path, workers: int, tick: Callable[..., None]) -> None:
    """So many plain loops at once, each in a process of its own."""
    context = get_context("spawn")
    done: Any = context.SimpleQueue()
    loops = [context.Process(target=_plain_loop, args=(recipe, out, n, workers, done)) for n in range(workers)]
    for loop in loops:
        loop.start()
    for _ in units(recipe.make_scenes(), UNIT):
        done.get()
        tick()
    for loop in loops:
        loop.join()


def _plain_loop(recipe: BuildRecipe, out: Path, index: int, of: int, done: Any) -> None:  # noqa: ANN401
    """What anyone would write: for each scene the chain, for each unit its shards."""
    chain, scenes = recipe.chain(), recipe.make_scenes()
    for unit in units(scenes, UNIT):
        if unit.number % of != index:
            continue
        assert isinstance(unit.scenes, range)
        entries = [entry for number in unit.scenes for entry in chain(scenes[number])]
        for status in ("kept", "rejected"):
            (out / status).mkdir(parents=True, exist_ok=True)
            pairs = [pair for outcome, pair in entries if pair is not None and outcome.status == status]
            write_pairs(out / status / f"{unit.number:05}.parquet", pairs)
        done.put(unit.number)


if __name__ == "__main__":
    try:
        for name, result in measurements(*map(int, sys.argv[1:])):
            print(f"{name:20} {result}", flush=True)
    except OmniEditError as error:
        sys.exit(f"error: {error}")
