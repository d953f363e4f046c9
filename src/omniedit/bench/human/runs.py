"""Results folders of ``omniedit bench run``, read for people to rate: the edits, and where their pictures are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from omniedit.bench import results as bench
from omniedit.bench.human.study import Edit, Key
from omniedit.bench.results import Row, Score, load_run
from omniedit.errors import DataError, ImageError
from omniedit.hashing import hash_file

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
    run = load_run(folder)
    contestant = str(run.settings.get("model") or folder.name)
    rows = sorted(run.rows, key=lambda row: row.id)
    return Run(contestant, folder, tuple(_edit(run, contestant, row) for row in rows))


def _edit(run: bench.Run, contestant: str, row: Row) -> Edit:
    edit = Edit(contestant, row.id, row.task, row.ratio, row.instruction, row.status)
    if edit.status not in ANSWERED:
        return edit
    source, result = (_digest(path) for path in _paths(run.folder, edit.item))
    try:
        scores = {judge: _scores(row, judge) for judge in run.judges}
    except (TypeError, ValueError) as error:
        raise DataError(f"{run.folder}: the scores of {edit.item} make no sense: {error}") from error
    return replace(edit, source=source, result=result, scores=scores)


def _scores(row: Row, judge: str) -> tuple[float, float] | None:
    """SC and PQ, 0..10, minima taken, then means over a judge's repeats; None where the judge could not tell."""
    said: Sequence[Row | Score] = [score for score in row.scores if score.judge == judge] if row.scores else [row]
    pairs = [(float(min(one.sc)), float(min(one.pq))) for one in said if one.sc and one.pq]
    if not pairs:
        return None
    sc, pq = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
    return sc, pq


def _paths(folder: Path, item: str) -> tuple[Path, Path]:
    return folder / "pictures" / f"{item}-source.png", folder / "pictures" / f"{item}-result.png"


def _digest(path: Path) -> str:
    try:
        return hash_file(path)
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
