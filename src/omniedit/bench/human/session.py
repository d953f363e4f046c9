"""What one rater sees: edits without their makers' names, under keys that say nothing, in an order of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from omniedit.bench.human.guideline import fingerprint
from omniedit.bench.human.ratings import RatingLog, level
from omniedit.bench.human.runs import read_runs
from omniedit.bench.human.study import Edit, Key, Study, claim
from omniedit.errors import InputError
from omniedit.seeding import derive

Side = Literal["source", "result"]


def begin(results: Sequence[Path], out: Path, rater: str, seed: int = 0) -> Session:
    """Begin a study of the runs in ``results``, or go on with it.

    Args:
        results: Results folders of ``omniedit bench run``, one for each contestant, of the same items.
        out: The study's folder.
        rater: Name of the person.
        seed: Seed of the order; each rater has another order.

    Raises:
        DataError: The runs cannot be compared, or ``out`` holds another study.
        InputError: ``rater`` cannot be a name.
        OutputError: ``out`` cannot be written.
    """
    runs = read_runs(results)
    study = Study(seed, fingerprint(), tuple(edit for run in runs for edit in run.edits))
    claim(out, study)
    pictures = {key: paths for run in runs for key, paths in run.pictures().items()}
    return Session(study, RatingLog(out, study, rater), pictures, rater)


class Session:
    """One rater at work. Safe to use from several threads."""

    def __init__(self, study: Study, log: RatingLog, pictures: Mapping[Key, tuple[Path, Path]], rater: str) -> None:
        """See `begin`."""
        self.rater = rater
        self._log, self._pictures, self._lock = log, pictures, threading.Lock()
        self._questions = {_blind(study, rater, edit): edit for edit in study.order(rater)}

    @property
    def rated(self) -> int:
        """How many edits have a rating."""
        return len(self._log.latest)

    @property
    def total(self) -> int:
        """How many edits there are."""
        return len(self._questions)

    def questions(self) -> list[dict[str, Any]]:
        """All edits in the rater's order: ``question`` (its key), ``instruction``, ``sc``, ``pq`` (None if unrated)."""
        with self._lock:
            return list(self._rows())

    def rate(self, question: str, sc: object, pq: object) -> None:
        """Write down a rating; when this returns, it is on disk.

        Raises:
            InputError: A rating is not 0, 0.5 or 1.
            LookupError: There is no such question.
            OutputError: It cannot be written.
        """
        key = self._questions[question].key
        levels = level(sc), level(pq)
        if levels[0] is None or levels[1] is None:
            raise InputError(f"ratings are 0, 0.5 or 1: sc is {sc!r:.40}, pq is {pq!r:.40}")
        with self._lock:
            self._log.append(key, levels[0], levels[1])

    def picture(self, question: str, side: Side) -> Path:
        """Where the picture of a question is.

        Raises:
            LookupError: There is no such question.
        """
        return self._pictures[self._questions[question].key][side == "result"]

    def _rows(self) -> Iterator[dict[str, Any]]:
        for question, edit in self._questions.items():
            rating = self._log.latest.get(edit.key)
            yield {
                "question": question,
                "instruction": edit.instruction,
                "sc": rating and rating.sc,
                "pq": rating and rating.pq,
            }


def _blind(study: Study, rater: str, edit: Edit) -> str:
    """The key of a question: the same whenever the rater comes back, another for every rater."""
    return f"{derive(study.seed, 'question', study.id, rater, *edit.key):016x}"
