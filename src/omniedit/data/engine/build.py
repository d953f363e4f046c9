"""Scenes or photographs -> judged pairs in shards. A build that was stopped continues when the same is run again.

    for each unit of them:  propose -> specialist -> judge -> weigh,  write its shards,  publish its manifest

Executors decide where a unit is done; its bytes do not depend on that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omniedit.data.engine.chain import Chain, Named
from omniedit.data.engine.executors import DEATHS, Executor, Inline, Local
from omniedit.data.engine.ledger import (
    BuildSummary,
    Outcome,
    conclude,
    explain_full,
    read_manifest,
    summarise,
    unit_path,
)
from omniedit.data.engine.plan import Plan, agree
from omniedit.data.engine.scene_chain import SceneChain
from omniedit.data.engine.sources import Made
from omniedit.data.engine.unit import UNIT, Place, Unit, Work, take_mark, units
from omniedit.data.importance import THRESHOLD
from omniedit.data.scenes import Scene
from omniedit.data.tools.grounding import Grounding, LayerGrounding
from omniedit.errors import DataError, OmniEditError
from omniedit.judge.oracle import Oracle
from omniedit.judge.rubric import Judge
from omniedit.types import Task

Progress = Callable[[Sequence[Outcome]], None]
"""Called with the outcomes of each unit when it is finished, or found finished."""


def build(
    scenes: Iterable[Scene],
    *,
    out: Path | str,
    tasks: Sequence[Task] = tuple(Task),
    grounding: Grounding | None = None,
    judge: Judge | None = None,
    threshold: float = THRESHOLD,
    painted: float = 0.0,
    seed: int = 0,
    unit: int = UNIT,
    workers: int = 1,
    executor: Executor | None = None,
    retry_failed: bool = False,
    progress: Progress | None = None,
) -> BuildSummary:
    """Make judged pairs of ``scenes`` in the folder ``out``; see :mod:`omniedit.data.engine.ledger` for its files.

    Args:
        scenes: Taken as they are needed; their ids must differ. The same ones and more make a build grow.
        out: A new or empty folder, or that of the same build, which then continues.
        tasks: What is asked of every scene.
        grounding: How specialists find things; by the layers, wrong now and then, if None.
        judge: Scores candidates; the oracle if None.
        threshold: Overall score from which a candidate is kept.
        painted: Share of additions whose object is painted in; the others are removals reversed, as in the paper.
        seed: Seed of every draw.
        unit: Scenes of a unit: what is lost, at the most, when a build is stopped.
        workers: Processes that work at the same time.
        executor: Where units are done; in this process if None and there is one worker.
        retry_failed: Whether the failed rows of finished units are done again.
        progress: Called with the outcomes of each unit when it is finished, or found finished.

    Raises:
        DataError: ``out`` holds another build.
        OutputError: Something cannot be written.
        OmniEditError: Workers end before they begin.
    """
    chain = SceneChain(tuple(tasks), grounding or LayerGrounding(), judge or Oracle(), threshold, seed, painted)
    executor = executor or default_executor(workers)
    return run(chain, scenes, out=out, unit=unit, executor=executor, retry_failed=retry_failed, progress=progress)


def default_executor(workers: int) -> Executor:
    """The plain loop in this process for one worker, else as many processes."""
    return Inline() if workers == 1 else Local(workers)


def run(
    chain: Chain,
    scenes: Iterable[Named],
    *,
    out: Path | str,
    unit: int = UNIT,
    executor: Executor | None = None,
    retry_failed: bool = False,
    shard: tuple[int, int] = (0, 1),
    progress: Progress | None = None,
) -> BuildSummary:
    """As :func:`build`, by any chain of what it takes, and of a ``shard`` (i, n) only the units i, i + n and so on.

    A shard writes no ledger, which :func:`omniedit.data.engine.status.merge` does when all are finished: its summary
    counts its own units.
    """
    out = Path(out).resolve()
    settings = prepare(chain, scenes, out, unit)
    made = scenes if isinstance(scenes, Made) else None
    mine = _Mine(units(scenes, unit), *shard)
    work = Work(chain, out, made, retry_failed)
    with closing((executor or Inline()).each(work, mine, Deaths(out))) as finished:
        for number in finished:
            manifest = read_manifest(unit_path(out, number))
            if progress is not None and manifest is not None:
                progress(manifest.outcomes)
    if unit_path(out, mine.seen).exists():
        raise DataError(
            f"{out} holds a longer build ({unit_path(out, mine.seen)} is not of this one): choose another folder"
        )
    with explain_full(out):
        return conclude(out, settings) if shard == (0, 1) else summarise(_outcomes(out, mine), settings)


def prepare(chain: Chain, scenes: Iterable[Named], out: Path, unit: int = UNIT) -> Mapping[str, Any]:
    """Write the plan of a build into its folder, unless the same is there; returns its settings.

    Raises:
        DataError: ``out`` holds another build, or a longer one.
        OutputError: It cannot be written.
    """
    settings = chain.settings  # loads what the chain needs: a wrong name fails here, and not once for each item
    made = scenes if isinstance(scenes, Made) else None
    settings = {**settings, **(made.settings if made is not None else {})}
    agree(out, Plan(settings, None if made is None else len(made), unit))
    return settings


class _Mine:
    """The units of a shard, counting all that there are."""

    def __init__(self, every: Iterator[Unit], index: int, of: int) -> None:
        self._every, self._index, self._of = every, index, of
        self.seen = 0

    def __iter__(self) -> Iterator[Unit]:
        for unit in self._every:
            self.seen += 1
            if unit.number % self._of == self._index:
                yield unit

    @property
    def numbers(self) -> range:
        """Those that were seen."""
        return range(self._index, self.seen, self._of)


def _outcomes(out: Path, mine: _Mine) -> Iterator[Outcome]:
    """The items of a shard's finished units."""
    for number in mine.numbers:
        manifest = read_manifest(unit_path(out, number))
        if manifest is not None:
            yield from manifest.outcomes


@dataclass
class Deaths:
    """What is tried after a worker died: the same unit again, and in the end without what ended its workers."""

    out: Path
    """Folder of the build."""
    counts: Counter[tuple[int, Place | None]] = field(default_factory=Counter)
    """How many workers died at a part of a scene; at None, before or after a unit's items."""

    def __call__(self, unit: Unit, how: str) -> Unit:
        """The unit to do in place of ``unit``, whose worker died as ``how`` says.

        Raises:
            OmniEditError: Its workers die, but not at any of its items.
        """
        place = take_mark(self.out, unit.number)
        self.counts[unit.number, place] += 1
        if self.counts[unit.number, place] < DEATHS:
            return unit
        if place is None:
            raise OmniEditError(
                f"{DEATHS} workers in a row ended before or after the items of unit {unit.number} ({how}): "
                "try fewer workers, or more memory; then the same command goes on"
            )
        reason = f"its process {how}, {DEATHS} times in a row: out of memory, or a fault in a library at this item"
        return replace(unit, lost={**unit.lost, place: reason})
