"""What is missing or wrong in a suite's folder, line by line; and the seal over a suite that lacks nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from omniedit.bench.suites.local import nearest_ratio
from omniedit.bench.suites.making.folder import (
    EDITS,
    PHOTOS,
    SEAL,
    Edit,
    Facts,
    Seal,
    photo_file,
    photo_names,
    read_facts,
    read_lines,
    read_seal,
    write_seal,
)
from omniedit.errors import DataError, ImageError
from omniedit.hashing import hash_pixels
from omniedit.images import load_rgb
from omniedit.types import Task

SHOWN = 5
"""Problems that a message quotes."""


@dataclass(frozen=True)
class Problem:
    """One thing that is missing or wrong."""

    place: str
    """File, and line where it has lines."""
    text: str
    """What, and what to do."""

    def __str__(self) -> str:
        """In one line."""
        return f"{self.place}: {self.text}"


@dataclass(frozen=True)
class Opened:
    """A photograph of a suite, without its pixels."""

    pixels: str
    """Their SHA-256."""
    size: tuple[int, int]
    """``(width, height)``."""
    facts: Facts
    """What is known of it."""


@dataclass
class Read:
    """All that could be read of a suite's folder, and the problems."""

    photos: dict[str, Opened] = field(default_factory=dict)
    """By number."""
    edits: dict[str, Edit] = field(default_factory=dict)
    """By id; of several lines for one edit, the first."""
    lines: dict[str, int] = field(default_factory=dict)
    """The line of each edit."""
    problems: list[Problem] = field(default_factory=list)
    """What is missing or wrong."""

    def blame(self, place: str, text: str) -> None:
        """Take down a problem."""
        self.problems.append(Problem(place, text))


def check(folder: Path) -> list[Problem]:
    """What is missing or wrong in a suite, and in one that was frozen also what has changed since.

    Raises:
        DataError: The folder holds no suite.
    """
    read, seal = _read(folder), _seal(folder)
    problems = list(read.problems)
    if isinstance(seal, Problem):
        problems.append(seal)
    elif seal is not None:
        problems += _changes(read, seal)
    return problems


def freeze(folder: Path) -> Seal:
    """Write the seal of a suite that lacks nothing, anew if it has one.

    Raises:
        DataError: Something is missing or wrong.
        OutputError: The seal cannot be written.
    """
    read = _read(folder)
    _refuse(folder, read.problems, "is not finished")
    photos = {name: _sealed(name, opened) for name, opened in read.photos.items()}
    seal = Seal(photos, {name: edit.digest for name, edit in sorted(read.edits.items())})
    write_seal(folder, seal)
    return seal


def opened(folder: Path) -> tuple[Seal, Mapping[str, Edit]]:
    """The seal and the edits, by id, of a suite that is as it was frozen.

    Raises:
        DataError: It was never frozen, or something has changed since; the message names the files.
    """
    read, seal = _read(folder), read_seal(folder)
    if seal is None:
        _refuse(folder, read.problems, "is not finished")
        raise DataError(f"{folder} is not frozen: omniedit bench suite freeze {folder} does it")
    _refuse(folder, [*read.problems, *_changes(read, seal)], "is not as it was frozen")
    return seal, read.edits


def _seal(folder: Path) -> Seal | Problem | None:
    try:
        return read_seal(folder)
    except DataError as error:
        return Problem(SEAL, str(error))


def _sealed(name: str, opened: Opened) -> dict[str, object]:
    facts = opened.facts
    return {
        "file": photo_file(name),
        "pixels": opened.pixels,
        "size": list(opened.size),
        "ratio": nearest_ratio(opened.size),
        "caption": facts.caption,
        "source": facts.source,
        "licence": facts.licence,
        "original": facts.original,
    }


def _refuse(folder: Path, problems: Sequence[Problem], what: str) -> None:
    """Raise for problems, if there are any."""
    if problems:
        quoted = "".join(f"\n  {problem}" for problem in problems[:SHOWN])
        more = f"\n  and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise DataError(f"the suite in {folder} {what}:{quoted}{more}\nomniedit bench suite check {folder} lists all")


# Reading --------------------------------------------------------------------------------------------------------------


def _read(folder: Path) -> Read:
    """Photographs and edits.

    Raises:
        DataError: There is no suite.
    """
    read = Read()
    names = photo_names(folder)
    for path in sorted((folder / PHOTOS).iterdir()):
        if path.suffix not in (".png", ".json") and not path.name.startswith("."):
            read.blame(f"{PHOTOS}/{path.name}", "is no photograph of the suite, which are PNG files: take it away")
    for name in names:
        _read_photo(folder, name, read)
    for number, line in read_lines(folder):
        _read_line(f"{EDITS}, line {number}", number, line, names, read)
    for name in names:
        missing = [str(task) for task in Task if f"{name}-{task}" not in read.edits]
        if missing:
            read.blame(EDITS, f"photo {name} has no line for {', '.join(missing)}")
    return read


def _read_photo(folder: Path, name: str, read: Read) -> None:
    path = folder / photo_file(name)
    try:
        image, facts = load_rgb(path), read_facts(path)
    except (ImageError, DataError) as error:
        read.blame(photo_file(name), str(error))
        return
    read.photos[name] = Opened(hash_pixels(image), (image.shape[1], image.shape[0]), facts)


def _read_line(place: str, number: int, line: Edit | str, names: Sequence[str], read: Read) -> None:
    if isinstance(line, str):
        read.blame(place, line)
        return
    for text in _faults(line, names, read):
        read.blame(place, text)
    read.edits.setdefault(line.id, line)
    read.lines.setdefault(line.id, number)


def _faults(edit: Edit, names: Sequence[str], read: Read) -> Iterator[str]:
    """What is wrong with a line, given those before it."""
    if edit.photo not in names:
        yield f"there is no photo {edit.photo!r} in {PHOTOS}/"
    if edit.task not in list(map(str, Task)):
        yield f"there is no task {edit.task!r}; there are {', '.join(map(str, Task))}"
    if edit.id in read.edits:
        yield f"photo {edit.photo} has a line for {edit.task} already, line {read.lines[edit.id]}: keep one of them"
    words = " ".join(edit.instruction.split())
    if not words:
        reason = f" ({edit.why})" if edit.why else ""
        yield f"photo {edit.photo} has no instruction for {edit.task} yet{reason}: write one"
    elif words != edit.instruction or not words.isprintable():
        yield "the instruction has a line break, a control character, or a space too many: take it out"
    else:
        for other in read.edits.values():
            if other.photo == edit.photo and other.id != edit.id and _same(other.instruction, words):
                yield f"{other.task} of the same photo has this instruction too, line {read.lines[other.id]}"


def _same(one: str, other: str) -> bool:
    return one.casefold().rstrip(".! ") == other.casefold().rstrip(".! ")


# What has changed -----------------------------------------------------------------------------------------------------


def _changes(read: Read, seal: Seal) -> Iterator[Problem]:
    """Where a suite is not as it was frozen, beyond what its other problems say."""
    advice = "restore it, or freeze the suite anew under another hash"
    broken = {problem.place for problem in read.problems}
    for name in sorted({*read.photos, *seal.photos}):
        place, opened = photo_file(name), read.photos.get(name)
        if name not in seal.photos:
            yield Problem(place, "was not there when the suite was frozen: take it away, or freeze the suite anew")
        elif opened is None:
            if place not in broken:
                yield Problem(place, "is missing: restore it")
        elif opened.pixels != seal.photos[name]["pixels"]:
            yield Problem(place, f"is not the picture that was frozen: {advice}")
        elif opened.facts.caption != seal.photos[name]["caption"]:
            yield Problem(place.replace(".png", ".json"), f"has not the caption that was frozen: {advice}")
    for name, edit in read.edits.items():
        if edit.digest != seal.edits.get(name, edit.digest):
            yield Problem(f"{EDITS}, line {read.lines[name]}", f"is not the edit {name} that was frozen: {advice}")
