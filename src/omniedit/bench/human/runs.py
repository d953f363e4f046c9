"""Results folders of ``omniedit bench run``, read for people to rate: the edits, and where their pictures are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omniedit.bench.human.study import Edit, Key
from omniedit.errors import DataError, ImageError

ANSWERED = ("scored", "unscored")
"""Statuses of rows that have pictures; any other says why the contestant gave no answer."""


@dataclass(frozen=True)
class Run:
    """One contestant's results."""

    contestant: str
    """Name of the model."""
    folder: Path
    """The results folder."""
    edits: tuple[Edit, ...]
    """Its rows, in order of their ids."""

    def pictures(self) -> dict[Key, tuple[Path, Path]]:
        """Source and result of each edit that has them."""
        return {edit.key: _paths(self.folder, edit.item) for edit in self.edits if edit.shown}


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """The runs, with names that differ, and the same questions asked of each.

    Raises:
        DataError: A folder is no finished run, two runs cannot be told apart, or they answer different questions.
    """
    runs = _named_apart([read_run(folder) for folder in folders])
    for other in runs[1:]:
        _check_same_questions(runs[0], other)
    return runs


def read_run(folder: Path) -> Run:
    """One run.

    Raises:
        DataError: The folder holds no results, or they make no sense, or a picture is missing.
    """
    settings = _settings(folder / "settings.json")
    rows = {str(row["id"]): row for row in _rows(folder / "results.jsonl")}
    if not rows:
        raise DataError(f"{folder} has no results yet: finish it with omniedit bench run")
    contestant, judge = str(settings.get("model") or folder.name), str(settings.get("judge") or "judge")
    return Run(contestant, folder, tuple(_edit(folder, contestant, judge, rows[name]) for name in sorted(rows)))


def _settings(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return dict(found)
    except FileNotFoundError as error:
        raise DataError(f"{path.parent} is no results folder of omniedit bench run: it has no {path.name}") from error
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a run; a last line without its end was never finished."""
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        try:
            row = dict(json.loads(line))
            missing = [name for name in ("id", "task", "instruction", "status") if not isinstance(row.get(name), str)]
        except (ValueError, TypeError) as error:
            raise DataError(f"{path}, line {number} cannot be read: {error}") from error
        if missing:
            raise DataError(f"{path}, line {number} lacks {', '.join(missing)}")
        yield row


def _edit(folder: Path, contestant: str, judge: str, row: Mapping[str, Any]) -> Edit:
    edit = Edit(contestant, row["id"], row["task"], str(row.get("ratio", "")), row["instruction"], row["status"])
    if edit.status not in ANSWERED:
        return edit
    source, result = (_digest(path) for path in _paths(folder, edit.item))
    try:
        return replace(edit, source=source, result=result, scores={judge: _scores(row)})
    except (TypeError, ValueError) as error:
        raise DataError(f"{folder}: the scores of {edit.item} make no sense: {error}") from error


def _scores(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """SC and PQ, 0..10, minima taken; None where the judge could not tell."""
    if row["status"] != "scored" or not row.get("sc") or not row.get("pq"):
        return None
    return float(min(row["sc"])), float(min(row["pq"]))


def _paths(folder: Path, item: str) -> tuple[Path, Path]:
    if Path(item).name != item or "\0" in item:
        raise DataError(f"{folder}: {item!r} is no id of an item: it cannot be the name of a file")
    return folder / "pictures" / f"{item}-source.png", folder / "pictures" / f"{item}-result.png"


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): the run is not whole") from error


def _named_apart(runs: Sequence[Run]) -> list[Run]:
    """Runs of the same model are told apart by their folders.

    Raises:
        DataError: These are named alike as well.
    """
    names = [run.contestant for run in runs]
    named = [run if names.count(run.contestant) == 1 else _renamed(run) for run in runs]
    again = [run.contestant for run in named]
    twins = sorted({name for name in again if again.count(name) > 1})
    if twins:
        raise DataError(f"two results folders are both of {twins[0]}: name one of them, or give one another name")
    return named


def _renamed(run: Run) -> Run:
    name = f"{run.contestant} ({run.folder.resolve().name})"
    return replace(run, contestant=name, edits=tuple(replace(edit, contestant=name) for edit in run.edits))


def _check_same_questions(first: Run, other: Run) -> None:
    """Check that two runs answer the same items: the same ids, instructions and pictures.

    Raises:
        DataError: They do not.
    """
    ours, theirs = ({edit.item: edit for edit in run.edits} for run in (first, other))
    alone = sorted(ours.keys() ^ theirs.keys())
    if alone:
        raise DataError(
            f"{first.folder} and {other.folder} do not answer the same items: only one has {alone[0]}"
            f"{f' and {len(alone) - 1} more' if len(alone) > 1 else ''}. Finish both, of one suite, seed and limit"
        )
    for name, edit in ours.items():
        twin = theirs[name]
        same = (edit.task, edit.instruction) == (twin.task, twin.instruction)
        if not same or (edit.shown and twin.shown and not _same_source(first, other, edit, twin)):
            raise DataError(f"{first.folder} and {other.folder} ask something else in {name}: they are not one suite")


def _same_source(first: Run, other: Run, edit: Edit, twin: Edit) -> bool:
    """Whether two sources show the same pixels; the files may differ by what wrote them."""
    from omniedit.images import load_rgb

    if edit.source == twin.source:
        return True
    try:
        ours, theirs = (load_rgb(_paths(run.folder, edit.item)[0]) for run in (first, other))
    except ImageError as error:
        raise DataError(str(error)) from error
    return ours.shape == theirs.shape and bool((ours == theirs).all())
