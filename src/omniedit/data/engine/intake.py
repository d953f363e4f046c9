"""The photographs of a build: its source is ingested into the folder ``photos``, by the executor that builds.

What the ingest drops has its reason there, and becomes a row of the build's ledger. A photograph whose opening ends the
process, three times in a row, is dropped for that.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from omniedit.data.engine.executors import DEATHS, Executor
from omniedit.data.engine.ledger import PHOTOS, explain_full
from omniedit.data.engine.times import measured, stage, write_times
from omniedit.data.sources.filters import Filter, FilterConfig
from omniedit.data.sources.ingest import BusyError, agree, agreed_shards, give_up, ingest_shard, lines_done, plan
from omniedit.data.sources.ledger import conclude, part_path
from omniedit.errors import OmniEditError

if TYPE_CHECKING:
    from omniedit.data.sources.source import Shard, Source

PATIENCE, PAUSE = 600.0, 0.2
"""Seconds for which another process is waited for that is at the same shard, and between two looks."""
SHARDS = 64
"""Shards of an ingest: more workers would wait. What it finds does not depend on it."""


@dataclass(frozen=True)
class Intake:
    """What a worker does with a shard of the source."""

    source: Source
    out: Path
    """Folder of the ingest."""
    filters: FilterConfig
    shards: int
    """How many there are."""
    extra: tuple[Filter, ...] = ()
    """Filters of your own, asked last."""

    def __call__(self, index: int) -> int:
        """Ingest a shard, unless it is done; returns its number."""
        part = part_path(self.out, (index, self.shards))
        if not part.exists():
            with measured() as clock, stage("intake", items=0):
                self._ingest((index, self.shards))
            clock.calls["intake"] = part.read_bytes().count(b"\n")
            if clock.calls["intake"]:
                write_times(self.out.parent, f"{PHOTOS}-{index:05}", clock)
        return index

    def _ingest(self, shard: Shard) -> None:
        """Ingest a shard; a worker left over from a command that was killed may be at it, and is waited for."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return ingest_shard(self.source, self.out, shard, self.filters, extra=self.extra)
            except BusyError:
                if time.monotonic() > until:
                    raise
                time.sleep(PAUSE)


def take_in(
    source: Source, filters: FilterConfig, out: Path, executor: Executor, *, extra: Sequence[Filter] = ()
) -> Path:
    """Ingest ``source`` for the build in ``out``, unless that is done; returns the folder of the ingest.

    Raises:
        DataError: There is no such pile, it has changed since, or ``out`` holds the ingest of another one.
        OutputError: Something cannot be written.
        OmniEditError: Workers end before they begin.
    """
    folder = out / PHOTOS
    work = Intake(source, folder, filters, agreed_shards(folder) or SHARDS, tuple(extra))
    agree(folder, plan(source, filters, work.shards, extra))
    if not (folder / "summary.json").exists():
        with explain_full(out):
            with closing(executor.each(work, range(work.shards), _Deaths(work))) as finished:
                for _ in finished:
                    pass
            conclude(folder, work.shards, filters.duplicate_bits)
    return folder


@dataclass
class _Deaths:
    """What is tried after a worker died: the same shard again, and in the end without the photograph it died of."""

    work: Intake
    counts: Counter[tuple[int, int]] = field(default_factory=Counter)
    """How many workers died at a shard after so many photographs."""

    def __call__(self, index: int, how: str) -> int:
        """The shard again, whose worker died as ``how`` says.

        Raises:
            OmniEditError: Its workers die, but not at any of its photographs.
        """
        work, shard = self.work, (index, self.work.shards)
        place = index, lines_done(work.out, shard)
        self.counts[place] += 1
        if self.counts[place] < DEATHS:
            return index
        reason = f"its process {how}, {DEATHS} times in a row: out of memory, or a fault in a library at this picture"
        if not give_up(work.source, work.out, shard, reason):
            raise OmniEditError(
                f"{DEATHS} workers in a row ended before they came to a photograph of {work.source.path} ({how}): "
                "try fewer workers, or more memory; then the same command goes on"
            )
        return index
