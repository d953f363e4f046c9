"""A run's folder while the run is going on: whose it is, and its journals. `results` says what each file is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from omniedit.bench.journal import Journal
from omniedit.bench.results import read_settings
from omniedit.errors import DataError
from omniedit.writing import publish, telling

SHOWN = 3
"""Differences between two runs that a message names."""


@dataclass(frozen=True)
class Sitting:
    """How a judge was asked."""

    rubric: str
    """Stamp of what it was asked."""
    repeats: int
    """How often."""


class RunFolder:
    """The folder of one run, which may be stopped anywhere and goes on with the same settings."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Open or make ``folder`` for a run with ``settings`` (plain values).

        Raises:
            DataError: The folder holds another run.
            OutputError: It cannot be written.
        """
        self.folder = folder
        self.settings = dict(settings)
        self.pictures = folder / "pictures"
        self._claim()
        with telling(folder):
            self.pictures.mkdir(exist_ok=True)
            (folder / "verdicts").mkdir(exist_ok=True)
        self.answers = Journal(folder / "answers.jsonl")
        self.costs = Journal(folder / "costs.jsonl", synced=False)

    def picture(self, item: str, kind: str) -> Path:
        """Where the picture ``kind`` of an item is: source, result, ideal or reference."""
        return self.pictures / f"{item}-{kind}.png"

    def verdicts(self, judge: str) -> Journal:
        """What the judge of that name and version said. Two judges never share a file."""
        return Journal(self.folder / "verdicts" / f"{quote(judge, safe=' ').replace(' ', '-')}.jsonl")

    @property
    def judges(self) -> dict[str, Sitting]:
        """Judges that have scored all answers, in the order in which they were asked.

        Raises:
            DataError: The file that says so cannot be read.
        """
        path = self.folder / "judges.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            return {judge: Sitting(**sitting) for judge, sitting in found.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise DataError(f"{path} cannot be read: {error}") from error

    def check_judge(self, judge: str, rubric: str) -> None:
        """Refuse a judge that was asked something else in this run: its scores would be mixed with others.

        Raises:
            DataError: It was.
        """
        known = self.judges.get(judge)
        if known is not None and known.rubric != rubric:
            raise DataError(
                f"{judge} has already scored {self.folder} by another rubric ({known.rubric} there, {rubric} now): "
                "name another folder with --out, or the other rubric"
            )

    def add_judge(self, judge: str, sitting: Sitting) -> None:
        """Note that a judge has scored all answers."""
        known = self.judges
        most = max(sitting.repeats, known[judge].repeats if judge in known else 0)
        judges = {**known, judge: Sitting(sitting.rubric, most)}
        plain = {name: asdict(value) for name, value in judges.items()}
        publish(self.folder / "judges.json", json.dumps(plain, indent=2) + "\n")

    def _claim(self) -> None:
        if not (self.folder / "settings.json").exists():
            _refuse_foreign(self.folder)
            publish(self.folder / "settings.json", json.dumps(self.settings, indent=2) + "\n")
        there = read_settings(self.folder)
        if "omniedit" in there:  # as settings called the version then
            raise DataError(
                f"{self.folder} holds a run of omniedit {there['omniedit']}, which can be read, but not continued: "
                "name another folder with --out"
            )
        other = [key for key in {**self.settings, **there} if there.get(key) != self.settings.get(key)]
        if other:
            told = [f"{key} {_short(there.get(key))} there, {_short(self.settings.get(key))} now" for key in other]
            more = f", and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
            raise DataError(
                f"{self.folder} holds results of another run ({'; '.join(told[:SHOWN])}{more}): "
                "name another folder with --out"
            )


def _short(value: object) -> str:
    """A value for a message; a hash of weights by its beginning."""
    return repr(value[:12] if isinstance(value, str) and len(value) == 64 else value)


def _refuse_foreign(folder: Path) -> None:
    """Check that a folder without settings is free: empty, or not there, but for what a kill may leave behind.

    Raises:
        DataError: It is a file, or holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file: name a folder with --out")
    found = [path.name for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    if found:
        raise DataError(f"{folder} holds something else ({sorted(found)[0]}): name a new folder with --out")
