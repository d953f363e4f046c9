"""A recipe that can be run: what all have in common, whatever goes through their chain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from omniedit.data.engine.build import Progress, default_executor, prepare, run
from omniedit.data.engine.chain import Chain
from omniedit.data.engine.executors import Executor
from omniedit.data.engine.ledger import BuildSummary
from omniedit.data.engine.loaded import release
from omniedit.data.engine.report import write_report
from omniedit.data.engine.sources import Made, forget


class Runnable(ABC):
    """A recipe of scenes or of photographs."""

    workers: int
    """Processes that work at the same time."""

    @property
    @abstractmethod
    def unit(self) -> int:
        """Scenes or photographs of a unit."""

    @abstractmethod
    def ready(self, out: Path, executor: Executor) -> tuple[Chain, Made[Any]]:
        """The chain, and all that goes through it.

        Raises:
            DataError: There are no photographs, or the folder ``out`` holds another build.
            OutputError: Something cannot be written.
        """

    def prepare(self, out: Path | str, executor: Executor) -> tuple[Chain, Made[Any]]:
        """What is `ready`, once the plan is written into the folder of the build; errors as there."""
        out = Path(out).resolve()
        chain, things = self.ready(out, executor)
        prepare(chain, things, out, self.unit)
        return chain, things

    def run(
        self,
        out: Path | str,
        *,
        progress: Progress | None = None,
        executor: Executor | None = None,
        retry_failed: bool = False,
        shard: tuple[int, int] = (0, 1),
    ) -> BuildSummary:
        """Build into the folder ``out``, and write the report there.

        Args:
            out: A new or empty folder, or that of the same recipe, which then continues.
            progress: Called with the outcomes of each unit when it is finished, or found finished.
            executor: Where units are done; by ``workers`` processes if None.
            retry_failed: Whether the failed rows of finished units are done again.
            shard: (i, n) for the units i, i + n, i + 2 n … only, without ledger and report.

        Raises:
            DataError: There are no photographs, they can only be read in order, or ``out`` holds another build.
            OutputError: Something cannot be written.
            ModelError, MissingExtraError, JudgeError: A model, judge or proposer cannot be used at all.
        """
        executor = executor or default_executor(self.workers)
        how: dict[str, Any] = {"executor": executor, "retry_failed": retry_failed, "progress": progress}
        try:
            chain, things = self.ready(Path(out).resolve(), executor)
            summary = run(chain, things, out=out, unit=self.unit, shard=shard, **how)
        finally:
            release()
            forget()
        if shard == (0, 1):
            write_report(out)
        return summary
