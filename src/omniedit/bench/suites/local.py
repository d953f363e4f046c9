"""Suites made of local copies of published benchmarks: what to fetch, the items, their hash.

Each benchmark says in a file of its own what it is, where its entries are and how it sums up scores. Nothing here
downloads: licences are for people to accept, and a run must not depend on a network.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from omniedit.bench.item import Item, SuiteOptions
from omniedit.data.sources.source import Content, open_content
from omniedit.errors import DataError, ImageError
from omniedit.images import RATIOS, Picture, mask_from, read_file, resize_mask
from omniedit.seeding import derive
from omniedit.types import Mask, Photo, Proposal, Task

if TYPE_CHECKING:
    from omniedit.bench.results import Row


@dataclass(frozen=True)
class Download:
    """What a person has to fetch."""

    title: str
    """The benchmark's name, with its address."""
    size: str
    """How much it is, in words."""
    commands: tuple[str, ...]
    """The commands that fetch it, or what to do where there is none."""
    folder: str
    """What to give as the local copy then."""


@dataclass(frozen=True)
class Stored:
    """A picture file of a local copy, not yet read."""

    where: str
    """Where it is, for people."""
    get: Callable[[], Content]
    """Its path or its bytes."""

    def open(self) -> Picture:
        """The decoded picture.

        Raises:
            DataError: It is no longer where it was.
            ImageError: It cannot be opened safely.
        """
        return open_content(self.get(), self.where)

    def digest(self) -> str:
        """SHA-256 of the file. Errors as `open`."""
        content = self.get()
        return hashlib.sha256(read_file(content) if isinstance(content, Path) else content).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One item of a local copy."""

    id: str
    """Its name; what no file name can hold is replaced, and a name that is taken gets a number."""
    group: str
    """The benchmark's own name of its task."""
    task: Task
    """The nearest of ours."""
    instruction: str
    """As published."""
    photo: Stored
    """The picture to edit."""
    mask: Stored | None = None
    """Where the edit is asked for."""
    reference: Stored | None = None
    """An answer made by people."""
    captions: tuple[str, str] = ("", "")
    """What the picture shows before and after the edit."""
    subset: bool = False
    """Whether it belongs to the part that the benchmark also reports by itself."""


@dataclass(frozen=True)
class LocalSuite:
    """A suite over a local copy. Those who derive from it say where its entries are, and how they are summed up."""

    options: SuiteOptions
    """``photos`` is the local copy, a folder or a file."""

    name: ClassVar[str]
    judge: ClassVar[str] = "student"
    rubric: ClassVar[str] = "omniedit"
    download: ClassVar[Download]

    def read(self, copy: Path) -> Iterable[Entry]:
        """All entries of the local ``copy``, in any order.

        Raises:
            DataError: It is broken, or no copy of this benchmark.
        """
        raise NotImplementedError

    def figures(self, rows: Sequence[Row]) -> Mapping[str, float | None]:
        """The benchmark's own aggregation; see each suite."""
        raise NotImplementedError

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the items in the order of the copy; with a limit, as many as it says, spread evenly over the groups.

        Raises:
            DataError: There is no local copy, or it is broken; the message says what to fetch, or which file it is.
        """
        return list(self.entries)

    @cached_property
    def hash(self) -> str:
        """Twelve hexadecimal digits over names, groups, tasks, instructions and the files of all pictures.

        The same for the same items, whatever the files that they came in, and whether they were all or a choice.
        """
        entries = list(self.entries.values())
        # One kind of picture after the other, in the order of the copy: a table's column is then read once.
        kinds = ([e.photo for e in entries], [e.mask for e in entries], [e.reference for e in entries])
        digests = [[stored.digest() if stored else "" for stored in kind] for kind in kinds]
        lines = sorted(_line(entry, pictures) for entry, *pictures in zip(entries, *digests, strict=True))
        return hashlib.sha256("\n".join([self.name, *lines]).encode()).hexdigest()[:12]

    def item(self, name: str) -> Item:
        """Open the pictures of the item ``name``. A mask is brought to the photo's size; a reference keeps its own.

        Raises:
            DataError: A picture is no longer where it was.
            ImageError: A picture cannot be opened.
        """
        entry = self.entries[name]
        photo = Photo(name, entry.photo.open().image.copy(), caption=entry.captions[0], source=entry.photo.where)
        before, after = entry.captions
        return Item(
            name,
            photo,
            Proposal(name, entry.task, entry.instruction, source_caption=before, target_caption=after),
            entry.instruction,
            nearest_ratio(photo.size),
            group=entry.group,
            reference=entry.reference.open().image.copy() if entry.reference else None,
            mask=_mask(entry.mask.open(), photo.size) if entry.mask else None,
        )

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """The chosen entries by id. Errors as `ids`."""
        copy = self.options.photos
        if copy is None or not copy.exists():
            raise DataError(_missing(self.name, copy, self.download))
        found = _named(self.read(copy))
        if not found:
            raise DataError(f"{copy} holds no item of {self.name}: is it a copy of {self.download.title}?")
        groups = {name: entry.group for name, entry in found.items()}
        return {name: found[name] for name in spread(groups, self.options.limit, self.options.seed)}


def _line(entry: Entry, pictures: Sequence[str]) -> str:
    """All that an item depends on, with the digests of its pictures."""
    words = [entry.id, entry.group, str(entry.task), entry.instruction, *entry.captions]
    return json.dumps([*words, *pictures, entry.subset])


def spread(groups: Mapping[str, str], limit: int | None, seed: int) -> list[str]:
    """``limit`` of the ids in ``groups`` (id -> group), in their order, taken from every group in turn.

    Which ones is drawn by ``seed`` and each id alone, so that a smaller limit gives a part of a larger one's. None
    takes all.

    Raises:
        DataError: The limit is below 1.
    """
    if limit is None:
        return list(groups)
    if limit < 1:
        raise DataError(f"a suite has at least 1 item, not {limit}")
    turns: dict[str, int] = {}
    order = []
    for name in sorted(groups, key=lambda name: derive(seed, "suite", name)):
        group = groups[name]
        order.append((turns.get(group, 0), group, name))
        turns[group] = turns.get(group, 0) + 1
    chosen = {name for _, _, name in sorted(order)[:limit]}
    return [name for name in groups if name in chosen]


def nearest_ratio(size: tuple[int, int]) -> str:
    """The key of `RATIOS` nearest to ``size`` = ``(width, height)``, by the logarithm of width / height."""
    ratio = math.log(size[0] / size[1])
    return min(RATIOS, key=lambda name: abs(math.log(RATIOS[name]) - ratio))


def _named(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Entries by names that are file names and differ."""
    found: dict[str, Entry] = {}
    for entry in entries:
        base = name = re.sub(r"[^A-Za-z0-9.-]+", "_", entry.id).strip("._") or "item"
        number = 1
        while name in found:
            number += 1
            name = f"{base}-{number}"
        found[name] = entry
    return found


def _missing(name: str, copy: Path | None, download: Download) -> str:
    there = "no local copy is given" if copy is None else f"{copy} does not exist"
    commands = "".join(f"\n  {command}" for command in download.commands)
    return (
        f"{there}: the suite {name} needs one of {download.title}, {download.size}. Fetch it:{commands}\n"
        f"and give {download.folder} with --photos"
    )


def _mask(picture: Picture, size: tuple[int, int]) -> Mask | None:
    """The mask in ``picture``, brought to ``size``; None where it marks nothing, being opaque and in colour."""
    try:
        return resize_mask(mask_from(picture, picture.size), size)
    except ImageError:
        return None


# Files ----------------------------------------------------------------------------------------------------------------


def read_json(path: Path, what: str) -> Any:  # noqa: ANN401 (JSON)
    """The content of a JSON file.

    Raises:
        DataError: It is missing or no JSON; ``what`` is what it should hold.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}, which should hold {what}, cannot be read: {error}") from error


def text(cells: Mapping[str, Any], name: str, where: str) -> str:
    """The text under ``name``.

    Raises:
        DataError: There is none, or it is empty.
    """
    value = cells.get(name)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where} has no text under {name!r} but {value!r}: fetch the file again")
    return value


def file(path: Path, where: str) -> Stored:
    """The picture file ``path``.

    Raises:
        DataError: It is missing; ``where`` says which item wants it.
    """
    if not path.is_file():
        raise DataError(f"{path}, a picture of {where}, is missing: fetch the benchmark again")
    return Stored(str(path), lambda: path)
