"""What an executor is: it does tasks somewhere, a few at a time, and says so when a worker died at one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

DEATHS = 3
"""After so many processes that ended at one thing, a photograph or a part of a scene, it is given up."""


class Executor(Protocol):
    """Where units of work are done."""

    def each(
        self, work: Callable[[T], R], tasks: Iterable[T], again: Callable[[T, str], T]
    ) -> Generator[R, None, None]:
        """The result of every task, as they are finished, in any order.

        Args:
            work: What is done with a task. It and the tasks can be pickled; an exception in it ends everything.
            tasks: Taken as workers become free, so that no more are in memory than are worked at.
            again: Called with the task at which a worker died, and how it died; returns what is tried in its place.

        Raises:
            Exception: What ``work`` or ``again`` raised; no worker is left then.
        """
        ...
