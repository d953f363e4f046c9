"""Rows and runs for tests of statistics: few words for what matters in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from omniedit.bench.results import Row, Run, Score, Status, load_run, write_rows

STUDENT = "student 1-abc"
OTHER = "openai:gpt 2026"


def row(
    name: str,
    overall: float | None,
    *,
    task: str = "swap",
    photo: str = "",
    status: Status = "unscored",
    judge: str = STUDENT,
    rubric: str = "omniedit-1",
) -> Row:
    """An item with one score; ``status`` is that of an item without."""
    empty = Row(name, task, "1:1", "", f"Do {name}.", status, photo=photo)
    if overall is None:
        scores = (Score(judge, rubric, unscored="no score in the reply"),) if status == "unscored" else ()
        return replace(empty, scores=scores, reason="declined" if status == "refused" else "")
    sides = (overall, overall)
    score = Score(judge, rubric, 0, sides, sides, overall, "looks so")
    return replace(empty, status="scored", sc=sides, pq=sides, overall=overall, scores=(score,), reason="looks so")


def rows_of(overall: Sequence[float | None], photos: Sequence[str] = (), judge: str = STUDENT) -> list[Row]:
    """Items ``0000``, ``0001`` … with these scores; None is a refusal."""
    return [
        row(f"{place:04d}", value, photo=photos[place] if photos else "", status="refused", judge=judge)
        for place, value in enumerate(overall)
    ]


def with_scores(item: Row, judge: str, overall: Sequence[float | None]) -> Row:
    """The item with what another judge said, once for each of ``overall``."""
    told = tuple(
        Score(judge, "omniedit-1", repeat, unscored="no reply")
        if value is None
        else Score(judge, "omniedit-1", repeat, (value, value), (value,), value)
        for repeat, value in enumerate(overall)
    )
    return replace(item, scores=(*item.scores, *told))


def run_of(folder: Path, rows: Sequence[Row], model: str = "nano", **settings: object) -> Run:
    """A finished run on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    told: Mapping[str, object] = {
        "suite": "scenes",
        "suite_hash": "0123456789ab",
        "model": model,
        "model_sha256": f"{Path(model).name}-weights",
        "seed": 0,
        "version": "0.2.0",
        **settings,
    }
    (folder / "settings.json").write_text(json.dumps(told), encoding="utf-8")
    write_rows(folder, rows)
    return load_run(folder)
