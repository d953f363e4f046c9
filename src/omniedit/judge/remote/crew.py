"""Work done by threads, handed back in order, that Ctrl-C may end anywhere.

    item -> prepare (this thread) -> todo -> work (a thread of the crew) -> done -> result, in the order of the items

Ctrl-C raises KeyboardInterrupt in the main thread between any two instructions, those of the standard library's locks
that are written in Python included: one that was just taken then stays taken, and a program that waits for its own
threads waits for ever (``concurrent.futures`` has such locks). So the crew shares with the main thread only what is
written in C: ``SimpleQueue``, and locks used by ``with`` directly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
Case = TypeVar("Case")
Result = TypeVar("Result")


class StoppedError(Exception):
    """The run was stopped before this was done."""


class Outcome(NamedTuple, Generic[Result]):
    """How one item ended."""

    number: int
    """Its place in the order, from 0."""
    result: Result | None
    error: BaseException | None
    """What was raised in place of a result."""


@dataclass(eq=False)
class Crew(Generic[Item, Case, Result]):
    """Threads for one run over a stream of items."""

    prepare: Callable[[Item], Case]
    """Done in the order of the items, in the thread that asks for results."""
    work: Callable[[Case, threading.Event], Result]
    """Done by the crew; gets what was prepared, and an event that is set when nothing new is to be begun."""
    fatal: type[Exception]
    """What, raised by ``work``, stops the whole run: no other item would fare better."""
    stop: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None
    """The first that was fatal."""
    _todo: SimpleQueue[tuple[int, Case] | None] = field(default_factory=SimpleQueue)
    _done: SimpleQueue[Outcome[Result] | None] = field(default_factory=SimpleQueue)

    def each(self, items: Iterable[Item], hands: int, ahead: int) -> Iterator[Result]:
        """What ``work`` makes of ``items``, in their order; they are taken only as fast as they are worked on.

        Args:
            items: A stream of any length.
            hands: Threads, and most items that are prepared and not done.
            ahead: Most items that are prepared and not handed back.

        Raises:
            Exception: What ``work`` raised, for the first item in order, or the fatal error that stopped the run.
                Nothing new is begun then, nor after Ctrl-C or an abandoned iteration; what is under way is waited for.
        """
        for number in range(hands):  # interrupted in here, nothing is under way yet
            threading.Thread(target=self._live, name=f"crew {number}", daemon=True).start()
        try:
            for outcome in self._ordered(items, hands, ahead):
                yield self._result(outcome)
        finally:
            self.stop.set()
            self._go_home(hands)

    def _ordered(self, items: Iterable[Item], hands: int, ahead: int) -> Iterator[Outcome[Result]]:
        line: _Line[Result] = _Line()
        for item in items:
            self._todo.put((line.given, self.prepare(item)))
            line.given += 1
            while not self._done.empty() or line.busy >= hands or line.given - line.shown > ahead:
                yield from line.after(self._done.get())
        while line.shown < line.given:
            yield from line.after(self._done.get())

    def _result(self, outcome: Outcome[Result]) -> Result:
        """The result that was waited for, or what stopped the run."""
        if isinstance(outcome.error, StoppedError):
            raise self.error or outcome.error
        if outcome.error is not None:
            raise outcome.error
        return outcome.result  # type: ignore[return-value]  # None only where `work` returns it

    def _live(self) -> None:
        """One thread: work until there is no more to do, and say so."""
        while (case := self._todo.get()) is not None:
            number, prepared = case
            try:
                self._done.put(Outcome(number, self.work(prepared, self.stop), None))
            except BaseException as error:
                if isinstance(error, self.fatal):
                    self.error = self.error or error
                    self.stop.set()
                self._done.put(Outcome(number, None, error))
        self._done.put(None)

    def _go_home(self, hands: int) -> None:
        """Wait until every thread has ended."""
        for _ in range(hands):
            self._todo.put(None)
        while hands:
            hands -= self._done.get() is None


@dataclass
class _Line(Generic[Result]):
    """How far a run is."""

    given: int = 0
    """Items that the crew got."""
    shown: int = 0
    """Outcomes that were handed back."""
    early: dict[int, Outcome[Result]] = field(default_factory=dict)
    """Outcomes that wait for one before them."""

    @property
    def busy(self) -> int:
        """Items that are not done."""
        return self.given - self.shown - len(self.early)

    def after(self, outcome: Outcome[Result] | None) -> Iterator[Outcome[Result]]:
        """The outcomes that may be handed back now that ``outcome`` is there."""
        if outcome is not None:
            self.early[outcome.number] = outcome
        while self.shown in self.early:
            self.shown += 1
            yield self.early.pop(self.shown - 1)
