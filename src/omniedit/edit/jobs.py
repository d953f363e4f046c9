"""Jobs: many photos in one run, from a folder or from a list. A bad one is reported, and the others go on.

A list is a JSONL file, one edit a line; relative paths are relative to the list, and only ``output`` may be left out::

    {"image": "a.jpg", "instruction": "Make it snow.", "output": "a-snow.png", "mask": "a-mask.png", "seed": 3}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniedit.edit.result import Editing
from omniedit.errors import DataError, OmniEditError
from omniedit.images import check_destination, open_picture
from omniedit.images.formats import EXTENSIONS

MAX_LINE = 100_000
"""Longest line of a list, in characters."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One edit to make."""

    image: Path
    """The photo."""
    instruction: str
    """What to do."""
    output: Path
    """Where the result goes."""
    mask: Path | None = None
    """Where the edit may act."""
    seed: int = 0
    """Seed of the noise."""
    place: str = ""
    """Where the job was read, for messages."""


@dataclass(frozen=True)
class Bad:
    """A job that could not be read or done."""

    place: str
    """Which: the line of the list, or the photo."""
    reason: str
    """Why."""


@dataclass(frozen=True)
class Tally:
    """How a run went."""

    done: int
    """Results written."""
    bad: tuple[Bad, ...]
    """What was not, and why."""


def folder_jobs(folder: Path, instruction: str, output: Path, *, seed: int = 0) -> Iterator[Job]:
    """One job for every picture of a folder, in the order of names; results are called ``STEM.png`` in ``output``.

    Where two photos have the same stem (``a.jpg``, ``a.png``), both results keep the whole name: ``a.jpg.png``.

    Raises:
        DataError: There is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder")
    photos = sorted(path for path in folder.iterdir() if path.suffix.lower() in EXTENSIONS and path.is_file())
    if not photos:
        raise DataError(f"there is no picture in {folder}")
    stems = [photo.stem for photo in photos]
    for photo in photos:
        name = photo.stem if stems.count(photo.stem) == 1 else photo.name
        target = output / f"{name}.png"
        yield Job(image=photo, instruction=instruction, output=target, seed=seed, place=str(photo))


def listed_jobs(path: Path, output: Path, *, seed: int = 0) -> Iterator[Job | Bad]:
    """The jobs of a JSONL list; a line that is none comes out as ``Bad``. Empty lines are passed over.

    Args:
        path: The list.
        output: Folder of the results whose line does not name an ``output``: ``LINE-STEM.png``. A relative ``output``
            is relative to it.
        seed: Seed of the lines that do not name one.

    Raises:
        DataError: The list cannot be read.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _job(line, f"{path.name}, line {number}", path.parent, output, f"{number:04}", seed)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def run_jobs(
    editor: Editing,
    jobs: Iterable[Job | Bad],
    *,
    overwrite: bool = False,
    tick: Callable[[Job | Bad], None] = lambda job: None,
    **settings: Any,  # noqa: ANN401 (the editor's own)
) -> Tally:
    """Do all jobs.

    Args:
        editor: Who edits.
        jobs: What to do.
        overwrite: Whether a result may replace a file.
        tick: Told of every job, done or bad.
        settings: For the editor's call, for example ``steps``.
    """
    done, bad = 0, []
    for job in jobs:
        outcome = job if isinstance(job, Bad) else _try(editor, job, overwrite, settings)
        done += isinstance(outcome, Job)
        if isinstance(outcome, Bad):
            bad.append(outcome)
        tick(outcome)
    return Tally(done, tuple(bad))


def _try(editor: Editing, job: Job, overwrite: bool, settings: dict[str, Any]) -> Job | Bad:
    try:
        picture = open_picture(job.image)
        check_destination(job.output, like=picture, overwrite=overwrite)
        result = editor(picture, job.instruction, mask=job.mask, seed=job.seed, **settings)
        result.save(job.output, overwrite=overwrite)
    except OmniEditError as error:
        return Bad(job.place, str(error))
    return job


def _job(line: str, place: str, home: Path, output: Path, number: str, seed: int) -> Job | Bad:
    """Read one line."""
    if len(line) > MAX_LINE:
        return Bad(place, f"the line is longer than {MAX_LINE:,} characters")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Bad(place, f"not JSON: {error}")
    fault = _fault(fields)
    if fault:
        return Bad(place, fault)
    image = home / fields["image"]
    return Job(
        image=image,
        instruction=fields["instruction"],
        output=output / fields.get("output", f"{number}-{image.stem}.png"),
        mask=home / fields["mask"] if "mask" in fields else None,
        seed=fields.get("seed", seed),
        place=place,
    )


_FIELDS = {"image": str, "instruction": str, "output": str, "mask": str, "seed": int}
_REQUIRED = ("image", "instruction")


def _fault(fields: object) -> str:
    """What is wrong with the fields of a line; empty if nothing."""
    if not isinstance(fields, dict):
        return 'not an object; write {"image": …, "instruction": …}'
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        return f"{' and '.join(missing)} missing"
    unknown = [name for name in fields if name not in _FIELDS]
    if unknown:
        return f"unknown {', '.join(map(repr, unknown))}; known are {', '.join(_FIELDS)}"
    wrong = [name for name, value in fields.items() if type(value) is not _FIELDS[name]]
    return f"{wrong[0]} is to be {'a number' if _FIELDS[wrong[0]] is int else 'text'}" if wrong else ""
