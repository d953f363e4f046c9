"""What each rater said: one file of JSON lines for each, which only grows. The last rating of an edit counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from omniedit.bench.human.guideline import LEVELS
from omniedit.bench.human.study import Key, Study
from omniedit.bench.journal import Journal
from omniedit.errors import DataError, InputError
from omniedit.writing import telling

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Rating:
    """One rater's word on one edit."""

    sc: float
    """Semantic consistency, one of `LEVELS`."""
    pq: float
    """Perceptual quality, one of `LEVELS`."""
    at: str
    """When, in UTC."""


@dataclass(frozen=True)
class Ratings:
    """All that one rater said."""

    latest: Mapping[Key, Rating]
    """The last rating of each edit."""
    changed: int
    """Ratings that a later one replaced."""


class RatingLog:
    """The file of one rater, open for more."""

    def __init__(self, folder: Path, study: Study, rater: str) -> None:
        """Open the file of ``rater`` in the study's ``folder``.

        Raises:
            DataError: It holds ratings of another study, or what makes no sense.
            InputError: ``rater`` cannot be a name.
            OutputError: It cannot be written.
        """
        check_name(rater)
        path = file_of(folder, rater)
        with telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._journal = Journal(path)
        self._study = study
        self.latest: dict[Key, Rating] = dict(read_ratings(path, study).latest)

    def append(self, key: Key, sc: float, pq: float) -> None:
        """Add a rating; when this returns, it is on disk.

        Raises:
            OutputError: It cannot be written.
        """
        rating = Rating(sc, pq, datetime.now(timezone.utc).isoformat(timespec="seconds"))
        entry = {"study": self._study.id, "contestant": key[0], "item": key[1], **vars(rating)}
        with telling(self._journal.path):
            self._journal.append(entry)
        self.latest[key] = rating


def check_name(rater: str) -> None:
    """Check that ``rater`` can be the name of a person and of a file.

    Raises:
        InputError: It cannot.
    """
    if not _NAME.fullmatch(rater):
        raise InputError(f"a rater's name is 1 to 40 of a-z, 0-9, - and _, a letter or digit first, not {rater!r}")


def file_of(folder: Path, rater: str) -> Path:
    """Where the ratings of ``rater`` are."""
    return folder / "ratings" / f"{rater}.jsonl"


def read_panel(folder: Path, study: Study) -> dict[str, Ratings]:
    """What everyone said, by the raters' names, in their order. It may be read while people rate.

    Raises:
        DataError: A file holds ratings of another study, or what makes no sense.
    """
    paths = sorted(folder.glob("ratings/*.jsonl"))
    return {path.stem: read_ratings(path, study) for path in paths}


def read_ratings(path: Path, study: Study) -> Ratings:
    """What one file says; nothing where there is none.

    Raises:
        DataError: A line is of another study, or makes no sense.
    """
    latest: dict[Key, Rating] = {}
    changed = 0
    for number, line in enumerate(_whole_lines(path), 1):
        try:
            entry = dict(json.loads(line))
            if entry["study"] != study.id:
                raise ValueError(f"it is of the study {entry['study']}, and this one is {study.id}")
            key, rating = (entry["contestant"], entry["item"]), _rating(entry)
            if key not in study.shown:
                raise ValueError(f"nobody was asked about {key}")
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"{path}, line {number} is no rating of this study: {error}") from error
        changed += key in latest
        latest[key] = rating
    return Ratings(latest, changed)


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Lines that were finished: the last may be under way, or be what a kill left."""
    try:
        yield from path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _rating(entry: Mapping[str, Any]) -> Rating:
    sc, pq = level(entry["sc"]), level(entry["pq"])
    if sc is None or pq is None:
        raise ValueError(f"ratings are 0, 0.5 or 1, not {entry['sc']!r} and {entry['pq']!r}")
    return Rating(sc, pq, str(entry["at"]))


def level(value: object) -> float | None:
    """``value`` as one of `LEVELS`; None for anything else, `True` and "1" included."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value not in LEVELS:
        return None
    return float(value)
