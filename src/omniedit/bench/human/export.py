"""Ratings as tables: blinded for the rater who looks back, and with names for whoever runs the study."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from omniedit.bench.human.ratings import Ratings
from omniedit.bench.human.study import Study

BLINDED = ("question", "instruction", "sc", "pq")
"""Columns of a rater's own table."""
COLUMNS = ("model", "uid", "rater", "sc", "pq", "task", "ratio", "instruction", "at")
"""Columns of the whole table; the first five are those that ``omniedit judge agree`` reads."""


def blinded_csv(questions: Iterable[Mapping[str, Any]]) -> str:
    """A rater's ratings without what was not rated, as CSV."""
    return _csv(BLINDED, (row for row in questions if row["sc"] is not None))


def rows(study: Study, panel: Mapping[str, Ratings]) -> list[dict[str, Any]]:
    """Every rating that counts, with names: edits in the study's order, raters by name."""
    return [
        {
            "model": edit.contestant,
            "uid": edit.item,
            "rater": rater,
            "sc": rating.sc,
            "pq": rating.pq,
            "task": edit.task,
            "ratio": edit.ratio,
            "instruction": edit.instruction,
            "at": rating.at,
        }
        for edit in study.shown.values()
        for rater, ratings in panel.items()
        if (rating := ratings.latest.get(edit.key))
    ]


def whole_csv(made: Iterable[Mapping[str, Any]]) -> str:
    """`rows` as CSV."""
    return _csv(COLUMNS, made)


def _csv(columns: Sequence[str], made: Iterable[Mapping[str, Any]]) -> str:
    text = io.StringIO(newline="")
    lines = csv.DictWriter(text, columns, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    lines.writeheader()
    lines.writerows({name: row[name] for name in columns} for row in made)
    return text.getvalue()
