"""The files of a suite's folder, read and written.

    photos/0007.png     a photograph as every contestant gets it: sRGB, upright, at most `LARGEST` megapixels
    photos/0007.json    what is known of it (`Facts`)
    edits.jsonl         a line for each edit (`Edit`), which a person may write
    suite.json          the seal (:mod:`check`): what was frozen, and its hash
    suite.html          all of it to look at
    left-out.txt        the photographs that were not taken, each with the reason

Beside a picture of any folder, a JSON file of the same name is read in the form of `Facts`:

    {"caption": "a cat on a wall", "objects": [{"name": "cat", "colour": "black", "where": "left"}],
     "source": "https://…", "licence": "CC0"}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from omniedit.errors import DataError, RecipeError
from omniedit.settings import settings
from omniedit.types import Proposal, Task
from omniedit.writing import publish

PHOTOS, EDITS, SEAL, PAGE, LEFT_OUT = "photos", "edits.jsonl", "suite.json", "suite.html", "left-out.txt"
"""Names in a suite's folder."""
LARGEST = 1.05
"""Most pixels of a photograph, in millions: 1024 × 1024, the paper's "close to 1 megapixel"; more is reduced."""


@dataclass(frozen=True)
class Thing:
    """An object that is on a photograph."""

    name: str
    """Its noun, without article or colour."""
    colour: str = ""
    """Colour word of its main part."""
    where: str = ""
    """Placement word: left, right, middle …"""


@dataclass(frozen=True)
class Facts:
    """What is known of a photograph; all of it may be missing."""

    caption: str = ""
    """What it shows, in a sentence."""
    objects: tuple[Thing, ...] = ()
    """What can be named on it; what templates can swap, remove and recolour."""
    source: str = ""
    """Where it is from: an address, or the name of its file."""
    licence: str = ""
    """Under which licence."""
    original: str = ""
    """SHA-256 of the pixels of the photograph that was taken, before it was reduced."""

    def of(self, digest: str) -> Facts:
        """These facts, of the photograph with the hash ``digest``."""
        return replace(self, original=digest)


@dataclass(frozen=True)
class Edit:
    """A line of ``edits.jsonl``; what is empty need not stand there."""

    photo: str
    """Number of the photograph, the name of its file: ``"0007"``."""
    task: str
    """One of the seven tasks."""
    instruction: str = ""
    """What a contestant is asked; empty as long as nobody wrote it."""
    object: str = ""
    """This and what follows: as the fields of `Proposal`, as far as known."""
    colour: str = ""
    part: str = ""
    target: str = ""
    target_colour: str = ""
    where: str = ""
    behind: str = ""
    source_caption: str = ""
    target_caption: str = ""
    by: str = ""
    """Who proposed it; empty for a person."""
    why: str = ""
    """Why there is no instruction yet."""

    @property
    def id(self) -> str:
        """``"0007-swap"``."""
        return f"{self.photo}-{self.task}"

    @property
    def compared(self) -> dict[str, str]:
        """All that an item depends on."""
        return {name: value for name, value in asdict(self).items() if value and name not in ("by", "why")}

    @property
    def digest(self) -> str:
        """SHA-256 of `compared`."""
        words = json.dumps(self.compared, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(words.encode()).hexdigest()

    def proposal(self) -> Proposal:
        """The edit as a proposal."""
        told: dict[str, Any] = {name: getattr(self, name) for name in _ARGUMENTS}
        return Proposal(self.id, Task(self.task), self.instruction, **told)


def edit_of(photo: str, proposal: Proposal, by: str) -> Edit:
    """The line of a ``proposal`` for the photograph with the number ``photo``, made ``by`` somebody."""
    told = {name: getattr(proposal, name) for name in _ARGUMENTS}
    return Edit(photo, str(proposal.task), proposal.instruction, by=by, **told)


_ARGUMENTS = frozenset(
    ("object", "colour", "part", "target", "target_colour", "where", "behind", "source_caption", "target_caption")
)


def photo_names(folder: Path) -> list[str]:
    """Numbers of the photographs in a suite's ``folder``, in order.

    Raises:
        DataError: There is none.
    """
    found = sorted(path.stem for path in (folder / PHOTOS).glob("*.png"))
    if not found:
        raise DataError(f"{folder} holds no suite: make one with omniedit bench suite make PHOTOS --out {folder}")
    return found


def photo_file(name: str) -> str:
    """Where the photograph with the number ``name`` is, relative to the suite's folder."""
    return f"{PHOTOS}/{name}.png"


# Facts ----------------------------------------------------------------------------------------------------------------


def read_facts(picture: object, known: Facts = Facts()) -> Facts:
    """What the JSON file beside the file ``picture`` says, and where it says nothing, what is ``known``.

    Raises:
        DataError: The file cannot be read, or says what no such file does.
    """
    path = picture.with_suffix(".json") if isinstance(picture, Path) else None
    if path is None or not path.exists():
        return known
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return replace(known, **_told(said, str(path)))
    except (OSError, ValueError, RecursionError, RecipeError) as error:
        raise DataError(
            f"{path}, beside a photograph, cannot be used ({error}): such a file holds a caption, objects (each with "
            "name, colour, where), source and licence; move it away if it is something else"
        ) from error


def _told(said: object, place: str) -> dict[str, Any]:
    """The entries of a file of facts that say something."""
    if not isinstance(said, Mapping):
        raise ValueError("it is no JSON object")
    things = said.get("objects", [])
    if not isinstance(things, list) or not all(isinstance(thing, Mapping) for thing in things):
        raise ValueError("objects is no list of objects")
    objects = tuple(settings(Thing, thing, "objects") for thing in things)
    facts = settings(Facts, {**said, "objects": objects}, place)
    return {name: value for name in said if (value := getattr(facts, name))}


def write_facts(picture: Path, facts: Facts) -> None:
    """Write the JSON file beside a picture.

    Raises:
        OutputError: It cannot be written.
    """
    told = {name: value for name, value in asdict(facts).items() if value}
    told["objects"] = [{k: v for k, v in asdict(thing).items() if v} for thing in facts.objects]
    publish(picture.with_suffix(".json"), json.dumps(told, indent=1, ensure_ascii=False) + "\n")


# Edits ----------------------------------------------------------------------------------------------------------------


def read_lines(folder: Path) -> Iterator[tuple[int, Edit | str]]:
    """The numbers, from 1 on, and edits of the lines of ``edits.jsonl``, or what is wrong with one.

    Raises:
        DataError: It is there, and cannot be read.
    """
    for number, line in enumerate(_raw_lines(folder), 1):
        if line.strip():
            yield number, _parsed(line)


def _raw_lines(folder: Path) -> list[str]:
    path = folder / EDITS
    try:
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _parsed(line: str) -> Edit | str:
    try:
        values = json.loads(line)
        json.dumps(values, ensure_ascii=False).encode()  # halves of a character are no text
    except (ValueError, RecursionError) as error:
        return f"it is no JSON ({error})"
    if not isinstance(values, dict):
        return "it is no JSON object in braces"
    try:
        return settings(Edit, values, "the line")
    except RecipeError as error:
        return str(error)


def write_edits(folder: Path, edits: Iterable[Edit]) -> None:
    """Write lines of ``edits.jsonl``: where a line of the same edit has no instruction yet, or else at the end.

    All other lines stay as they are, whatever they say.

    Raises:
        DataError: The file is there, and cannot be read.
        OutputError: It cannot be written.
    """
    new = {edit.id: _shown(edit) for edit in edits}
    lines = []
    for line in _raw_lines(folder):
        edit = _parsed(line) if line.strip() else ""
        empty = isinstance(edit, Edit) and not edit.instruction.strip()
        lines.append(new.pop(edit.id, line) if isinstance(edit, Edit) and empty else line)
    publish(folder / EDITS, (f"{line}\n" for line in (*lines, *new.values())))


def _shown(edit: Edit) -> str:
    always = ("photo", "task", "instruction")
    told = {name: value for name, value in asdict(edit).items() if value or name in always}
    return json.dumps(told, ensure_ascii=False)


# The seal -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seal:
    """What ``suite.json`` holds."""

    photos: Mapping[str, Mapping[str, Any]]
    """Number -> ``pixels`` (their SHA-256), ``ratio``, ``caption``, and where it is from."""
    edits: Mapping[str, str]
    """Id of each edit -> `Edit.digest`."""

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits over the pixels and captions of all photographs and over all edits."""
        photos = [[name, told["pixels"], told["caption"]] for name, told in sorted(self.photos.items())]
        words = json.dumps([photos, sorted(self.edits.items())], ensure_ascii=False)
        return hashlib.sha256(words.encode()).hexdigest()[:12]

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the edits, by photograph, then task."""
        order = {str(task): place for place, task in enumerate(Task)}
        placed = {name: name.rpartition("-") for name in self.edits}
        return sorted(placed, key=lambda name: (placed[name][0], order[placed[name][2]]))


FORMAT = 1


def write_seal(folder: Path, seal: Seal) -> None:
    """Write ``suite.json``.

    Raises:
        OutputError: It cannot be written.
    """
    told = {"format": FORMAT, "hash": seal.hash, "photos": seal.photos, "edits": seal.edits}
    publish(folder / SEAL, json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def read_seal(folder: Path) -> Seal | None:
    """The seal of a suite; None where it was not frozen yet.

    Raises:
        DataError: It is broken, was changed, or is of a format that this version does not know.
    """
    path = folder / SEAL
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise DataError(f"{path} has the format {told['format']}; this version of omniedit reads {FORMAT}")
        seal = Seal(told["photos"], told["edits"])
        whole = told["hash"] == seal.hash and bool(seal.ids)
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is no seal of a suite ({error!r}): restore it, or freeze the suite anew") from error
    if not whole:
        raise DataError(f"{path} was changed: its hash is not that of its entries; restore it, or freeze anew")
    return seal
