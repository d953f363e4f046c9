"""The whole of a measurement: suite, contestant, judge, rows, numbers, page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from omniedit import __version__
from omniedit.bench.contestants import contestant
from omniedit.bench.report import report
from omniedit.bench.results import Results, Row
from omniedit.bench.run import run
from omniedit.bench.suites import SUITES
from omniedit.bench.summary import Summary, summarise
from omniedit.errors import InputError
from omniedit.judge.oracle import Oracle
from omniedit.writing import publish


def measure(
    model: str,
    out: Path,
    *,
    suite: str = "scenes",
    photos: Path | None = None,
    seed: int = 0,
    limit: int | None = None,
    tick: Callable[[int, Row], None] = lambda total, row: None,
) -> Summary:
    """Measure ``model`` and write rows, pictures, ``summary.json`` and ``report.html`` to the folder ``out``.

    The same call again continues a run that was stopped; a finished run is only summed up anew.

    Args:
        model: A name that `contestants.contestant` knows.
        out: The run's folder.
        suite: A key of `SUITES`.
        photos: Folder of photographs; None for the suite's own.
        seed: Seed of the items and of the contestant.
        limit: Number of items; None for the suite's own number.
        tick: Called with the number of items and each new row.

    Returns:
        The numbers, per group.

    Raises:
        InputError: There is no such suite.
        DataError: ``out`` holds another run, or the photographs cannot be used.
        ModelError: The model cannot be loaded.
    """
    if suite not in SUITES:
        raise InputError(f"there is no suite {suite!r}; there are: {', '.join(SUITES)}")
    items = SUITES[suite](photos, seed, limit)
    judge, editor = Oracle(), contestant(model)
    results = Results(
        out,
        {
            "suite": suite,
            "model": model,
            "seed": seed,
            "photos": photos and str(photos),
            "judge": f"{judge.name} {judge.version}",
            "rubric": judge.rubric.hash,
            "omniedit": __version__,
        },
    )
    rows = run(items, editor, results, judge, seed=seed, tick=lambda row: tick(len(items.ids), row))
    summary = summarise(rows)
    plain = {grouping: {key: asdict(stats) for key, stats in groups.items()} for grouping, groups in summary.items()}
    publish(out / "summary.json", json.dumps({"settings": results.settings, **plain}, indent=2) + "\n")
    publish(out / "report.html", report(rows, summary, results.settings, results.pictures))
    return summary
