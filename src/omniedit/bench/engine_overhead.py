"""What the engine costs over the plain loop: ``python -m omniedit.bench.engine_overhead [SCENES [TURNS]]``.

Both do the same units with the same stages and write the same shards, taking turns, so that a busy machine slows them
alike. What is measured lasts from the first finished unit to the last: starting processes costs seconds once, however
long a build is. With two workers the plain loops are two processes as well, each with half of the units.

Each ratio is told by the clock and in processor time, summed over all processes, Ray's own included: on a machine with
other work only the second says much. Every process has one thread, as Ray gives its own by itself.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from omniedit.data.engine.executors import EXECUTORS
from omniedit.data.engine.recipe import BuildRecipe
from omniedit.data.engine.unit import units
from omniedit.data.pairs.shards import write_pairs
from omniedit.errors import InputError, MissingExtraError, OmniEditError

UNIT = 4
"""Scenes of a unit: fewer than usual, so that what a unit costs shows more."""
TARGETS = {("local", 1): 1.05, ("local", 2): 1.05, ("ray", 2): 1.15}
"""Executor and workers -> what the ratio is to stay under."""

Tick = Callable[..., None]
"""Called when a unit is finished."""


@dataclass(frozen=True)
class Span:
    """What lay between the first finished unit and the last."""

    seconds: float
    """By the clock."""
    processor: float
    """Seconds of processor time, of all processes."""


def measurements(scenes: int = 48, turns: int = 3) -> Iterator[tuple[str, str]]:
    """What was measured, and the result, one after the other.

    Args:
        scenes: How many scenes each side does each time; more than ``UNIT``.
        turns: How often each is measured.

    Raises:
        InputError: There are too few scenes.
    """
    if scenes <= UNIT:
        raise InputError(f"the time from the first unit to the last is measured: give more than {UNIT} scenes")
    for (name, workers), target in TARGETS.items():
        label = f"{name}, {workers} worker{'s' * (workers > 1)}"
        try:
            pairs = [_turn(name, workers, scenes, engine_first=bool(turn % 2)) for turn in range(turns)]
        except MissingExtraError as error:
            yield label, f"not measured: {error}"
            continue
        clock = _described([ours.seconds / plain.seconds for plain, ours in pairs])
        processor = _described([ours.processor / plain.processor for plain, ours in pairs])
        yield label, f"{clock} times the plain loop; {processor} times its processor time; to be under {target}"


def _described(ratios: list[float]) -> str:
    return f"{median(ratios):.3f} ({', '.join(f'{ratio:.3f}' for ratio in sorted(ratios))})"


def _turn(name: str, workers: int, scenes: int, *, engine_first: bool) -> tuple[Span, Span]:
    """As many plain loops, and the executor."""
    recipe = BuildRecipe(scenes=scenes)
    with tempfile.TemporaryDirectory() as folder:
        sides: dict[str, Callable[[Tick], None]] = {
            "plain": lambda tick: plain_loops(recipe, Path(folder, "plain"), workers, tick),
            "engine": lambda tick: engine(recipe, Path(folder, "engine"), name, workers, tick),
        }
        order = reversed(sides) if engine_first else iter(sides)
        spans = {side: _span(scenes, sides[side]) for side in order}
    return spans["plain"], spans["engine"]


def _span(scenes: int, work: Callable[[Tick], None]) -> Span:
    """From the first tick of ``work`` to the last; counting processor time takes a moment, which lies outside."""
    ticks, last = 0, -(-scenes // UNIT)
    marks: list[Span] = []

    def tick(*_: object) -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 1:
            used = _processor_time()
            marks.append(Span(time.perf_counter(), used))
        elif ticks == last:
            marks.append(Span(time.perf_counter(), _processor_time()))

    work(tick)
    first, final = marks
    return Span(final.seconds - first.seconds, final.processor - first.processor)


def _processor_time() -> float:
    """Seconds of processor time of this process and all below it, so far.

    Raises:
        MissingExtraError: psutil is not installed.
    """
    try:
        import psutil
    except ImportError as error:
        raise MissingExtraError("psutil", "dev") from error
    this, used = psutil.Process(), 0.0
    for process in (this, *this.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system
    return used


def engine(recipe: BuildRecipe, out: Path, name: str, workers: int, tick: Tick) -> None:
    """The units of ``recipe`` by the engine, with a ``tick`` for each."""
    from omniedit.data.engine.build import run

    run(recipe.chain(), recipe.make_scenes(), out=out, unit=UNIT, executor=EXECUTORS[name](workers), progress=tick)


def plain_loops(recipe: BuildRecipe, out: Path, workers: int, tick: Tick) -> None:
    """The same by so many plain loops at once, each in a process of its own, which stays until its time is counted."""
    context = get_context("spawn")
    done: Any = context.SimpleQueue()
    end = context.Event()
    loops = [context.Process(target=_plain_loop, args=(recipe, out, n, workers, done, end)) for n in range(workers)]
    for loop in loops:
        loop.start()
    for _ in units(recipe.make_scenes(), UNIT):
        done.get()
        tick()
    end.set()
    for loop in loops:
        loop.join()


def _plain_loop(recipe: BuildRecipe, out: Path, index: int, of: int, done: Any, end: Any) -> None:  # noqa: ANN401
    """What anyone would write: for each scene the chain, for each unit its shards."""
    chain, scenes = recipe.chain(), recipe.make_scenes()
    for unit in units(scenes, UNIT):
        if unit.number % of != index:
            continue
        assert isinstance(unit.scenes, range)
        made = [scenes[number] for number in unit.scenes]
        entries = [entry for scene in made for part in chain.parts for entry in chain.part(scene, part)]
        for status in ("kept", "rejected"):
            (out / status).mkdir(parents=True, exist_ok=True)
            pairs = [pair for outcome, pair in entries if pair is not None and outcome.status == status]
            write_pairs(out / status / f"{unit.number:05}.parquet", pairs)
        done.put(unit.number)
    end.wait()


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"  # for the processes that are started: here, nothing is computed
    try:
        for name, result in measurements(*map(int, sys.argv[1:])):
            print(f"{name:20} {result}", flush=True)
    except OmniEditError as error:
        sys.exit(f"error: {error}")
