"""In this process, one after the other: the plain loop."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass

from omniedit.data.engine.executors.base import R, T


@dataclass(frozen=True)
class Inline:
    """The plain loop: no process can die but this one."""

    def each(
        self, work: Callable[[T], R], tasks: Iterable[T], again: Callable[[T, str], T]
    ) -> Generator[R, None, None]:
        """The result of every task, in order; see :class:`~omniedit.data.engine.executors.base.Executor`."""
        for task in tasks:
            yield work(task)
