"""Every judge against the panel: those of the runs, and any other table of scores of the same edits.

The protocol is that of `omniedit.judge.agreement`: Spearman's rho of each contestant, averaged through Fisher's z.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from omniedit.bench.human.numbers import given
from omniedit.bench.human.ratings import Rating, Ratings
from omniedit.bench.human.study import Key, Study
from omniedit.errors import DataError
from omniedit.judge.agreement import Agreement, compare
from omniedit.judge.ratings import Score, read_scores

Table = Mapping[Key, Score | None]
"""What a judge said of each edit; None for what it left unscored."""


def agreements(study: Study, panel: Mapping[str, Ratings], tables: Sequence[Path] = ()) -> dict[str, Agreement]:
    """The agreement of each judge with the panel, by the judge's name.

    Args:
        study: What was rated, with what the runs' judges said.
        panel: What people said.
        tables: More tables, columns ``model, uid, sc, pq``: contestants and items as the study names them. Each judge
            is called by its file's name without the ending.

    Raises:
        DataError: A table cannot be read, two have one name, or one has no edit of the study.
    """
    judges = _of_runs(study)
    for path in tables:
        if path.stem in judges:
            raise DataError(f"two judges are called {path.stem}: give the file {path} another name")
        judges[path.stem] = _of_file(path, study)
    people = {key: _scores(said) for key, edit in study.shown.items() if (said := given(edit, panel))}
    return {name: compare(table, people) for name, table in judges.items()}


def _scores(said: Mapping[str, Rating]) -> dict[str, Score | None]:
    return {rater: Score(rating.sc, rating.pq) for rater, rating in said.items()}


def _of_runs(study: Study) -> dict[str, Table]:
    """What the runs' own judges said."""
    tables: dict[str, dict[Key, Score | None]] = {}
    for key, edit in study.shown.items():
        for judge, pair in edit.scores.items():
            tables.setdefault(judge, {})[key] = pair and Score(*pair)
    return dict(tables)


def _of_file(path: Path, study: Study) -> Table:
    table = read_scores(path)
    if not table.keys() & study.shown.keys():
        examples = " and ".join(", ".join(min(keys)) if keys else "nothing" for keys in (table, study.shown))
        raise DataError(f"{path} scores no edit of the study: model and uid are, for example, {examples}")
    return table
