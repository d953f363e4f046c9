"""What a panel rates. It is fixed when the first rater begins, and everyone rates the same.

    FOLDER/study.json           edits, their pictures' hashes, seed, hash of the guideline; what judges said of them
    FOLDER/ratings/NAME.jsonl   what NAME said

The folder can be copied: raters on several machines each take one, and the files in ``ratings`` are brought together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from omniedit.errors import DataError
from omniedit.seeding import stream
from omniedit.writing import publish

Key = tuple[str, str]
"""``(contestant, item)``: whose edit of what."""
FILE = "study.json"


@dataclass(frozen=True)
class Edit:
    """One contestant's answer to one item."""

    contestant: str
    """Who made it."""
    item: str
    """Id of the item."""
    task: str
    """Name of the task."""
    ratio: str
    """Aspect ratio, such as ``3:2``."""
    instruction: str
    """What was asked."""
    status: str
    """The row's own: ``scored``, ``unscored``, ``refused`` …"""
    source: str = ""
    """SHA-256 of the picture before; empty where there was no answer."""
    result: str = ""
    """SHA-256 of the picture after; empty where there was no answer."""
    scores: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    """What judges said: SC and PQ on 0..10 by the judge's name, None for what it left unscored."""

    @property
    def key(self) -> Key:
        """Whose edit of what."""
        return self.contestant, self.item

    @property
    def shown(self) -> bool:
        """Whether there is a picture to rate. What was declined is counted, and shown to nobody."""
        return bool(self.result)


@dataclass(frozen=True)
class Study:
    """What is rated, and by which words."""

    seed: int
    """Seed of every rater's order."""
    guideline: str
    """Hash of the guideline."""
    edits: tuple[Edit, ...]
    """All edits, contestant by contestant."""

    @cached_property
    def id(self) -> str:
        """Sixteen hexadecimal digits of all that raters see; what judges said has no part in them."""
        edits = [{**asdict(edit), "scores": None} for edit in self.edits]
        text = json.dumps([self.seed, self.guideline, edits], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def shown(self) -> dict[Key, Edit]:
        """The edits that are rated."""
        return {edit.key: edit for edit in self.edits if edit.shown}

    @property
    def contestants(self) -> list[str]:
        """Their names, in order."""
        return list(dict.fromkeys(edit.contestant for edit in self.edits))

    def order(self, rater: str) -> list[Edit]:
        """All edits in the order in which ``rater`` sees them: their own, and the same whenever they come back."""
        edits = list(self.shown.values())
        return [edits[place] for place in stream(self.seed, "human", rater).permutation(len(edits))]


def claim(folder: Path, study: Study) -> None:
    """Make ``folder`` that of ``study``, or check that it is; what judges say is brought up to date.

    Raises:
        DataError: It holds another study.
        OutputError: It cannot be written.
    """
    if (folder / FILE).exists():
        there = read_study(folder)
        if there.id != study.id:
            raise DataError(f"{folder} holds another study ({_difference(there, study)}): name another folder")
        if there == study:
            return
    record = {"id": study.id, **asdict(study)}
    publish(folder / FILE, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def _difference(there: Study, now: Study) -> str:
    for name in ("seed", "guideline", "contestants"):
        old, new = getattr(there, name), getattr(now, name)
        if old != new:
            return f"{name} {_listed(old)} there, {_listed(new)} now"
    return "its edits or their pictures have changed since it began"


def _listed(value: object) -> str:
    return ", ".join(value) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


def read_study(folder: Path) -> Study:
    """The study of a folder.

    Raises:
        DataError: There is none, or it cannot be read, or it was changed by hand.
    """
    path = folder / FILE
    try:
        record = dict(json.loads(path.read_text(encoding="utf-8")))
        study = Study(record["seed"], record["guideline"], tuple(map(_edit, record["edits"])))
    except FileNotFoundError as error:
        raise DataError(f"{folder} is no study: it has no {FILE}; begin one with omniedit bench human serve") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} cannot be read: {type(error).__name__}: {error}") from error
    if study.id != record.get("id"):
        raise DataError(f"{path} was changed since it was made: what was rated is no longer known. Restore it")
    return study


def _edit(record: Mapping[str, Any]) -> Edit:
    scores = {judge: None if pair is None else (pair[0], pair[1]) for judge, pair in record["scores"].items()}
    return Edit(**{**record, "scores": scores})
