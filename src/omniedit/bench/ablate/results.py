"""What the finished jobs of an ablation say, in one file.

results.json     every run: arm, seed, judges, answers to every item
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omniedit.bench.ablate.answers import Answer
from omniedit.bench.ablate.plan import DONE
from omniedit.bench.ablate.studies import ARMS, CONTESTANTS
from omniedit.errors import DataError
from omniedit.writing import publish

FILE = "results.json"


@dataclass(frozen=True)
class Measured:
    """A run that was measured."""

    name: str
    """Of its job."""
    subject: str
    """The arm or contestant."""
    seed: int
    answers: tuple[Answer, ...]
    about: Mapping[str, Any]
    """What else its result says: pairs, their mean O, judges."""
    costs: Mapping[str, Any]
    """What it took; measured, so never the same twice."""


@dataclass(frozen=True)
class Results:
    """All that is finished."""

    pool: Mapping[str, Any]
    """What the pool's job says."""
    runs: Mapping[str, tuple[Measured, ...]]
    """Arm or contestant -> its runs, by seed."""

    @property
    def judges(self) -> tuple[str, ...]:
        """Names of the judges, the first decides."""
        return tuple(next(iter(self.every())).about["judges"])

    def every(self) -> list[Measured]:
        """All runs."""
        return [run for runs in self.runs.values() for run in runs]


def gather(out: Path) -> Results:
    """Read all that is finished in ``out``.

    Raises:
        DataError: Nothing is, or a file makes no sense.
    """
    runs = dict[str, tuple[Measured, ...]]()
    for subject in (*ARMS, *CONTESTANTS):
        found = [path.parent for path in out.glob(f"*/{subject}-*/{DONE}")]
        mine = [folder for folder in found if folder.name.rpartition("-")[0] == subject]
        if mine:
            runs[subject] = tuple(sorted((_measured(folder, subject) for folder in mine), key=lambda run: run.seed))
    if not runs:
        raise DataError(f"nothing is measured in {out} yet")
    return Results(_read(out / "pool" / DONE) if (out / "pool" / DONE).exists() else {}, runs)


def publish_results(out: Path, results: Results) -> None:
    """Write ``results.json``: the same runs give the same bytes."""
    runs = {
        run.name: {"subject": run.subject, "seed": run.seed, **run.about, "answers": [a.plain() for a in run.answers]}
        for run in results.every()
    }
    content = {"pool": results.pool, "runs": runs}
    publish(out / FILE, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _measured(folder: Path, subject: str) -> Measured:
    content, costs = _read(folder / DONE), folder / "costs.json"
    try:
        answers = tuple(map(Answer.of, content.pop("answers")))
        seed = int(folder.name.rpartition("-")[2])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{folder / DONE} makes no sense ({error}): delete it, and run again") from error
    name = f"{folder.parent.name}/{folder.name}"
    return Measured(name, subject, seed, answers, content, _read(costs) if costs.exists() else {})


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}): delete it, and run again") from error
