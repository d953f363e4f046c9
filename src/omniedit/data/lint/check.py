"""What a check is, and what it finds.

A check looks at one of three things: a shard's file and columns, one row at a time, or the rows of the whole set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from omniedit.data.lint.rows import Row

Severity = Literal["error", "warning"]
"""An error makes a pair unfit for training; a warning asks for a look."""


@dataclass(frozen=True)
class Finding:
    """One fault at one place."""

    check: str
    """Name of the check."""
    severity: Severity
    """How bad it is."""
    shard: str
    """The shard's path."""
    row: int | None
    """Row of the shard, from 0; None for the shard as a whole."""
    id: str
    """Id of the pair, as far as it has one."""
    message: str
    """What was found, in words."""

    @property
    def place(self) -> str:
        """Shard, row and id, for messages."""
        row = "" if self.row is None else f", row {self.row}"
        return f"{self.shard}{row}{f' ({self.id})' if self.id else ''}"


@dataclass(frozen=True, eq=False)
class ShardFacts:
    """A shard as a file: what can be said of it before any row is read."""

    path: Path
    """Where it is."""
    trouble: str = ""
    """Why it cannot be opened; empty if it can."""
    types: Mapping[str, Any] = field(default_factory=dict)
    """Column -> Arrow type."""
    rows: int = 0
    """Its pairs."""


Repair = Callable[[Row], Mapping[str, Any] | None]
"""A faulty row -> the columns to replace and their new values; None: the row is to be dropped."""


def dropped(row: Row) -> None:
    """The repair of what cannot be repaired: the row is left out; or the shard, if it is the shard's."""
    del row


@dataclass(frozen=True, kw_only=True)
class Check:
    """What every check says of itself."""

    severity: Severity
    """How bad a finding is."""
    about: str
    """What it finds."""
    advice: str
    """What to do then, in one sentence."""
    limits: str = ""
    """What it cannot tell, where it only guesses."""
    repair: Repair | None = None
    """How ``--fix`` puts it right; None where that is not safe."""


@dataclass(frozen=True, kw_only=True)
class ShardCheck(Check):
    """A check of a shard's file."""

    find: Callable[[ShardFacts], Iterable[str]]
    """What is wrong, a message each."""


@dataclass(frozen=True, kw_only=True)
class RowCheck(Check):
    """A check of one pair by itself."""

    find: Callable[[Row], str]
    """What is wrong, or nothing."""
    needs: tuple[str, ...] = ()
    """Columns that the shard must have, with their types; the check passes over shards without."""
    slow: bool = False
    """Whether it is left out where time counts."""


@dataclass(frozen=True)
class Hit:
    """What a check of the whole set finds."""

    place: int
    """Number of the row in the set."""
    message: str
    """What is wrong."""
    other: int | None = None
    """Number of the row that it is to be held against; its place is added to the message."""


class Memory(Protocol):
    """What a check of the whole set remembers of the rows: a few bytes each, no picture."""

    def see(self, row: Row, place: int) -> None:
        """Take in the row of this number."""

    def finish(self) -> Iterable[Hit]:
        """What is wrong, after the last row."""


@dataclass(frozen=True, kw_only=True)
class SetCheck(Check):
    """A check of the rows against each other."""

    begin: Callable[[], Memory]
    """A new memory."""
    needs: tuple[str, ...] = ()
    """As for a row."""
