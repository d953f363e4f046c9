"""The results of a run on disk, and how to read them: what everybody reads who makes tables and pages of runs.

A run's folder:

settings.json         what it was made with; another run in the same folder is refused
answers.jsonl         what the contestant answered; a line is appended when its pictures are on disk
costs.jsonl           what each answer took; measured, so never the same twice, and never in the results
verdicts/JUDGE.jsonl  what each judge said
judges.json           the judges that have scored all answers, in the order in which they were asked
pictures/             ITEM-source.png, -result.png, -ideal.png, -reference.png
results.jsonl         a row for each item, in the suite's order, written whole: the same run gives the same bytes
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from omniedit.errors import DataError
from omniedit.writing import publish

Status = Literal["scored", "unscored", "refused", "crashed"]
T = TypeVar("T")


@dataclass(frozen=True)
class Score:
    """What one judge said of one item, once."""

    judge: str
    """Name and version of the judge, such as ``"student 1-a9162d7af3ba"``."""
    rubric: str
    """Stamp of what it was asked."""
    repeat: int = 0
    """Which time, from 0."""
    sc: tuple[float, ...] = ()
    """Scores for semantic consistency, 0..10; empty when unscored."""
    pq: tuple[float, ...] = ()
    """Scores for perceptual quality, 0..10; empty when unscored."""
    overall: float | None = None
    """O, 0..10; None when unscored."""
    reason: str = ""
    """Why, in the judge's words."""
    unscored: str = ""
    """Why no score could be read; empty when scored."""


@dataclass(frozen=True)
class Row:
    """One item and what came of it."""

    id: str
    task: str
    """The suite's own name of its task, or ours."""
    ratio: str
    phrasing: str
    instruction: str
    status: Status
    """``refused``: the editor declined; ``crashed``: it broke down; ``unscored``: the first judge could not tell.

    None of these enters a mean.
    """
    sc: tuple[float, ...] = ()
    """The first judge's scores, each the mean over the repeats that could be read."""
    pq: tuple[float, ...] = ()
    """Likewise."""
    overall: float | None = None
    """Mean of the first judge's O over the repeats that could be read."""
    outside: float | None = None
    """Mean absolute difference outside the edit, in levels 0..255; None where no outside is known."""
    shift: float | None = None
    """By how many pixels the picture moved outside a local edit (`edit.fidelity.shift_px`); None if it cannot be told.
    """
    reason: str = ""
    """Why there is no answer or no score; otherwise the judge's words."""
    scores: tuple[Score, ...] = ()
    """What every judge said, every time."""
    photo: str = ""
    """Hash of the picture that was to be edited: edits of one photograph are not independent. Empty: not known."""


@dataclass(frozen=True)
class Cost:
    """What one answer took."""

    id: str
    seconds: float
    """Wall-clock time."""
    memory: float | None
    """Peak memory in MB (10^6 bytes); None where it cannot be told."""
    device: str
    """Whose memory: ``"cpu"`` for the resident memory of the process, ``"cuda"`` for the GPU's; empty for nobody's."""


@dataclass(frozen=True)
class Run:
    """A finished run."""

    folder: Path
    settings: Mapping[str, Any]
    """What it was made with: suite, its hash, model, seed …"""
    judges: tuple[str, ...]
    """Names and versions of its judges, the one that the rows' own scores are from first."""
    rows: tuple[Row, ...]
    """In the suite's order."""
    costs: Mapping[str, Cost]
    """Item -> what its answer took; an item that nothing was measured for is missing."""

    @property
    def pictures(self) -> Path:
        """The folder of ``ITEM-source.png``, ``ITEM-result.png`` and so on."""
        return self.folder / "pictures"


def load_run(folder: Path) -> Run:
    """Read a finished run.

    Raises:
        DataError: The folder holds no finished run, or its files make no sense.
    """
    settings, path = read_settings(folder), folder / "results.jsonl"
    rows = tuple(_row(entry, place) for place, entry in _lines(path))
    if not rows:
        raise DataError(f"{folder} has no {path.name} yet: finish it with omniedit bench run")
    judges = dict.fromkeys(score.judge for row in rows for score in row.scores)
    one = settings.get("judge")  # of a run made by version 0.1, whose only judge it was
    costs = (_made(Cost, entry, place) for place, entry in _lines(folder / "costs.jsonl"))
    return Run(folder, settings, tuple(judges) or ((str(one),) if one else ()), rows, {cost.id: cost for cost in costs})


def read_settings(folder: Path) -> dict[str, Any]:
    """What the run in ``folder`` was made with.

    Raises:
        DataError: It is no run's folder.
    """
    path = folder / "settings.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise DataError(f"{folder} is no results folder of omniedit bench run: it has no {path.name}") from error
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def write_rows(folder: Path, rows: Sequence[Row]) -> None:
    """Write ``results.jsonl``, whole."""
    publish(folder / "results.jsonl", (json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows))


def _row(entry: Mapping[str, Any], place: str) -> Row:
    missing = [name for name in ("id", "task", "instruction", "status") if not isinstance(entry.get(name), str)]
    if missing:
        raise DataError(f"{place} lacks {', '.join(missing)}")
    if Path(entry["id"]).name != entry["id"] or "\0" in entry["id"]:
        raise DataError(f"{place}: {entry['id']!r} is no id of an item: it cannot be the name of a file")
    scores = tuple(_made(Score, score, place) for score in entry.get("scores", ()))
    return _made(Row, {**entry, "scores": scores}, place)


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place, for messages, and what it says; a last line without its end was never finished."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        place = f"{path}, line {number}"
        try:
            yield place, dict(json.loads(line))
        except (ValueError, TypeError) as error:
            raise DataError(f"{place} cannot be read: {error}") from error


def _made(kind: type[T], entry: Mapping[str, Any], place: str) -> T:
    """A record from a line; lists become tuples.

    Raises:
        DataError: It lacks something, or has something unknown.
    """
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    try:
        return kind(**{name: value for name, value in values.items() if name in known})
    except TypeError as error:
        raise DataError(f"{place} makes no sense: {error}") from error
