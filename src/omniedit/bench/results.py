"""The results of a run on disk: one line per answered item, safe against being killed, continued by the same command.

settings.json    what the folder was made with; another run in the same folder is refused
results.jsonl    one row per item; a row is appended in one write and synced, after its pictures
pictures/        ITEM-source.png, ITEM-result.png, ITEM-ideal.png
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from omniedit.bench.journal import Journal
from omniedit.errors import DataError
from omniedit.writing import publish

Status = Literal["scored", "unscored", "refused"]


@dataclass(frozen=True)
class Row:
    """One answered item."""

    id: str
    task: str
    ratio: str
    phrasing: str
    instruction: str
    status: Status
    """``refused``: the editor declined; ``unscored``: the judge could not tell. Neither enters a mean."""
    sc: tuple[float, ...] = ()
    pq: tuple[float, ...] = ()
    overall: float | None = None
    outside: float | None = None
    """Mean absolute difference outside the edit, in levels 0..255; None for a global edit."""
    reason: str = ""
    """Why it was refused or unscored; otherwise the judge's words."""


class Results:
    """A results folder."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Open or make ``folder`` for a run with ``settings`` (plain values).

        Raises:
            DataError: The folder holds the results of a run with other settings.
        """
        self.folder = folder
        self.pictures = folder / "pictures"
        self.settings = dict(settings)
        self.pictures.mkdir(parents=True, exist_ok=True)
        self._claim(folder / "settings.json")
        self._journal = Journal(folder / "results.jsonl")

    def rows(self) -> list[Row]:
        """All rows, in the order in which they were answered."""
        entries = self._journal.entries()
        return [Row(**{**entry, "sc": tuple(entry["sc"]), "pq": tuple(entry["pq"])}) for entry in entries]

    def append(self, row: Row) -> None:
        """Add ``row``; when this returns, it is on disk."""
        self._journal.append(asdict(row))

    def _claim(self, path: Path) -> None:
        if not path.exists():
            publish(path, json.dumps(self.settings, indent=2) + "\n")
        there = json.loads(path.read_text(encoding="utf-8"))
        other = sorted(key for key in {*there, *self.settings} if there.get(key) != self.settings.get(key))
        if other:
            differences = ", ".join(f"{key} {there.get(key)!r} there, {self.settings.get(key)!r} now" for key in other)
            raise DataError(
                f"{self.folder} holds results of another run ({differences}): name another folder with --out"
            )
