"""The report of a study: numbers of each contestant, agreement of the raters, and of every judge with them.

report.json, report.md        the numbers
ratings.csv, ratings.json     every rating that counts, with the contestants' names
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from omniedit.bench.human.export import rows, whole_csv
from omniedit.bench.human.judges import agreements
from omniedit.bench.human.numbers import Group, Mean, measure
from omniedit.bench.human.ratings import read_panel
from omniedit.bench.human.reliability import RESAMPLES, Alpha
from omniedit.bench.human.study import Edit, Study, read_study
from omniedit.errors import DataError
from omniedit.judge.agreement import Agreement
from omniedit.writing import publish

ALL = "all"
"""Name of the group of all tasks."""


@dataclass(frozen=True)
class Rater:
    """One person of the panel."""

    ratings: int
    """Edits that they rated."""
    missing: int
    """Edits that they did not."""
    changed: int
    """Ratings that they gave and took back for another."""


@dataclass(frozen=True)
class Report:
    """All that a study says."""

    study: str
    """Its id."""
    guideline: str
    """Hash of the words by which people rated."""
    seed: int
    """Seed of the orders."""
    raters: Mapping[str, Rater]
    """The panel, by name."""
    contestants: Mapping[str, Mapping[str, Group]]
    """Each contestant's numbers: of `ALL`, and of each task."""
    panel: Group
    """The numbers of all edits of all contestants, and with them alpha of the whole study."""
    judges: Mapping[str, Agreement]
    """Each judge against people, by name."""

    def to_json(self) -> dict[str, Any]:
        """Plain values with the fields as keys."""
        return asdict(self)


def report(folder: Path, tables: Sequence[Path] = ()) -> Report:
    """Sum up the study in ``folder``, and write report and ratings into it. It may run while people rate.

    Args:
        folder: A folder that ``omniedit bench human serve`` made.
        tables: More judges' tables, see `omniedit.bench.human.judges`.

    Raises:
        DataError: There is no study, or nobody rated anything, or a file makes no sense.
        MissingExtraError: The extra ``bench`` is not installed.
        OutputError: The report cannot be written.
    """
    study = read_study(folder)
    panel = read_panel(folder, study)
    if not any(ratings.latest for ratings in panel.values()):
        raise DataError(f"nobody has rated anything in {folder} yet: omniedit bench human serve shows what to rate")
    made = Report(
        study=study.id,
        guideline=study.guideline,
        seed=study.seed,
        raters={
            name: Rater(len(said.latest), len(study.shown) - len(said.latest), said.changed)
            for name, said in panel.items()
        },
        contestants={
            name: {task: measure(edits, panel) for task, edits in _tasks(study, name).items()}
            for name in study.contestants
        },
        panel=measure(study.edits, panel, RESAMPLES),
        judges=agreements(study, panel, tables),
    )
    exported = rows(study, panel)
    publish(folder / "report.json", _json(made.to_json()))
    publish(folder / "report.md", markdown(made))
    publish(folder / "ratings.json", _json(exported))
    publish(folder / "ratings.csv", whole_csv(exported))
    return made


def _tasks(study: Study, contestant: str) -> dict[str, list[Edit]]:
    """The contestant's edits: all, and by task."""
    edits = [edit for edit in study.edits if edit.contestant == contestant]
    names = dict.fromkeys(edit.task for edit in edits)
    return {ALL: edits, **{task: [edit for edit in edits if edit.task == task] for task in names}}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


# In words -------------------------------------------------------------------------------------------------------------

HEAD = ("", "edits", "rated", "declined", "missing", "raters", "PQ", "SC", "O", "accuracy", "α SC", "α PQ")
"""Columns of `cells`, the scores in the order of the paper's Table 3."""
JUDGES = ("judge", "side", "Spearman", "95 %", "people among themselves", "edits", "contestants")
"""Columns of `judge_cells`."""


def cells(name: str, group: Group) -> list[str]:
    """A group as a row of a table."""
    counts = (group.edits, group.rated, group.declined, group.missing, group.raters)
    means = (group.pq, group.sc, group.o, group.accuracy)
    alphas = (group.alpha_sc, group.alpha_pq)
    return [name, *map(str, counts), *map(_mean, means), *map(_alpha, alphas)]


def judge_cells(name: str, found: Agreement) -> list[list[str]]:
    """A judge as three rows of a table."""
    return [
        [
            name,
            side.upper(),
            _number(found.spearman[side]),
            _range(found.intervals["spearman"][side]),
            _number(found.human_human[side]),
            str(found.items),
            str(found.averaged["spearman"][side]),
        ]
        for side in found.spearman
    ]


def markdown(made: Report) -> str:
    """The report as text."""
    overall = [cells(name, groups[ALL]) for name, groups in made.contestants.items()]
    parts = [
        "# What people say",
        f"Study {made.study}, guideline {made.guideline}. SC, PQ, O = √(SC · PQ) and accuracy (share with SC = 1) on "
        "0–1, 95 % bootstrap intervals over edits. Only what was rated enters SC, PQ and O; what was declined counts "
        "as not accurate; `missing` is what the panel still owes.",
        _table(HEAD, [*overall, cells("everyone", made.panel)]),
        "## Raters",
        _table(
            ("", "rated", "missing", "changed"),
            [[name, *map(str, (one.ratings, one.missing, one.changed))] for name, one in made.raters.items()],
        ),
        "## Judges against people",
        "Spearman's ρ of each contestant, averaged through Fisher's z.",
        _table(JUDGES, [row for name, found in made.judges.items() for row in judge_cells(name, found)]),
        "## By task",
    ]
    for name, groups in made.contestants.items():
        parts += [f"### {name}", _table(HEAD, [cells(task, group) for task, group in groups.items() if task != ALL])]
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _mean(mean: Mean | None) -> str:
    return "–" if mean is None else f"{mean.value:.2f} {_range(mean.interval)}".rstrip()


def _alpha(found: Alpha) -> str:
    return f"{_number(found.value)} {_range(found.interval)}".rstrip()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _range(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"({interval[0]:.2f}–{interval[1]:.2f})"
