"""Where the time and the money of a build go: seconds, calls and bills of each stage, noted while units are worked at.

    with measured() as clock:
        with stage("specialist"):
            with stage("grounding"):        # its seconds are its own, and not the specialist's
                ...
    write_times(out, "00003", clock)

What was measured lies in ``times/``, beside the manifests and not in them: no two runs take the same time, and the same
seed is to give the same bytes. Work that was done twice, since it was stopped or had failed, counts twice.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from omniedit.errors import DataError
from omniedit.judge.remote.budget import Spent
from omniedit.writing import publish

OTHER = "other"
"""The stage of what belongs to none."""


@dataclass
class Clock:
    """What was measured."""

    seconds: Counter[str] = field(default_factory=Counter)
    """Stage -> seconds in it, without those of the stages within it."""
    calls: Counter[str] = field(default_factory=Counter)
    """Stage -> how many items it had."""
    bills: dict[str, Spent] = field(default_factory=dict)
    """Stage -> what an endpoint was paid in it."""
    _running: list[str] = field(default_factory=lambda: [OTHER])
    _since: float = field(default_factory=time.perf_counter)

    @property
    def total(self) -> float:
        """Seconds of all stages."""
        return float(sum(self.seconds.values()))

    @contextlib.contextmanager
    def stage(self, name: str, payer: object, items: int) -> Iterator[None]:
        """Count what is done within as ``name``'s; see :func:`stage`."""
        before = spent_by(payer)
        self._tick()
        self._running.append(name)
        try:
            yield
        finally:
            self._tick()
            self._running.pop()
            self.calls[name] += items
            if before is not None:
                paid = added(spent_by(payer) or Spent(), before, -1)
                self.bills[name] = added(self.bills.get(name, Spent()), paid)

    def _tick(self) -> None:
        """Give the seconds since the last tick to the stage under way."""
        now = time.perf_counter()
        self.seconds[self._running[-1]] += now - self._since  # type: ignore[assignment]
        self._since = now

    def add(self, other: Clock) -> None:
        """Count what ``other`` measured as well."""
        self.seconds.update(other.seconds)
        self.calls.update(other.calls)
        for name, bill in other.bills.items():
            self.bills[name] = added(self.bills.get(name, Spent()), bill)


_CLOCK: ContextVar[Clock | None] = ContextVar("clock", default=None)


@contextlib.contextmanager
def measured() -> Iterator[Clock]:
    """A clock for all that is done within."""
    clock = Clock()
    before = _CLOCK.set(clock)
    try:
        yield clock
    finally:
        clock._tick()
        _CLOCK.reset(before)


@contextlib.contextmanager
def stage(name: str, payer: object = None, items: int = 1) -> Iterator[None]:
    """What is done within is part of a stage; without a clock, nothing is noted.

    Args:
        name: Of the stage.
        payer: A judge or proposer; where it says what it ``spent``, that is noted too.
        items: How many things are done.
    """
    clock = _CLOCK.get()
    with clock.stage(name, payer, items) if clock else contextlib.nullcontext():
        yield


def spent_by(payer: object) -> Spent | None:
    """What a judge or proposer paid so far; None where it pays nothing."""
    found = getattr(payer, "spent", None)
    return found if isinstance(found, Spent) else None


def added(one: Spent, other: Spent, sign: int = 1) -> Spent:
    """The sum of two bills, or with ``sign`` −1 their difference."""
    return Spent(**{name: value + sign * getattr(other, name) for name, value in vars(one).items()})


# Files ----------------------------------------------------------------------------------------------------------------


def write_times(out: Path, name: str, clock: Clock) -> None:
    """Add what a piece of work, such as a unit, took to what it took before.

    Raises:
        DataError: What is there makes no sense.
        OutputError: It cannot be written.
    """
    path = out / "times" / f"{name}.json"
    clock.add(_read(path))
    publish(path, json.dumps(_plain(clock), indent=1) + "\n")


def read_times(out: Path) -> Clock:
    """What all took together; nothing where nothing was measured.

    Raises:
        DataError: A file makes no sense.
    """
    whole = Clock()
    for path in sorted((out / "times").glob("[!.]*.json")):
        whole.add(_read(path))
    return whole


def _plain(clock: Clock) -> dict[str, Any]:
    seconds = {name: round(value, 6) for name, value in clock.seconds.items()}
    bills = {name: asdict(bill) for name, bill in clock.bills.items()}
    return {"seconds": seconds, "calls": dict(clock.calls), "bills": bills}


def _read(path: Path) -> Clock:
    """What a file says; nothing where there is none.

    Raises:
        DataError: It makes no sense.
    """
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        bills = {name: Spent(**bill) for name, bill in content["bills"].items()}
        return Clock(Counter(content["seconds"]), Counter(content["calls"]), bills)
    except FileNotFoundError:
        return Clock()
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} holds no times of a build ({error}); delete it") from error
