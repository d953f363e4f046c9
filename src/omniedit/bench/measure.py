"""The whole of a measurement: suite, contestant, judges, rows, numbers, page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from omniedit import __version__
from omniedit.bench.contestants import PSEUDO, Contestant, ContestantOptions, contestant
from omniedit.bench.item import Suite, SuiteOptions
from omniedit.bench.markdown import summary_markdown
from omniedit.bench.panel import Panelist, judges_of, panelist
from omniedit.bench.report import report
from omniedit.bench.results import Row, load_run
from omniedit.bench.run import Tick, refuse_without_ideals, run
from omniedit.bench.run_folder import RunFolder
from omniedit.bench.suites import SUITES
from omniedit.bench.summary import Summary, summarise, summarise_by_judge
from omniedit.errors import InputError
from omniedit.judge.rubric import Judge
from omniedit.writing import publish


def measure(
    model: str,
    out: Path,
    *,
    suite: str = "scenes",
    options: SuiteOptions | None = None,
    judges: Sequence[Judge | Panelist] | None = None,
    repeats: int = 1,
    seed: int = 0,
    contestant_options: ContestantOptions | None = None,
    retry_crashed: bool = False,
    tick: Tick = lambda step: None,
) -> Summary:
    """Measure ``model`` and write rows, pictures, ``summary.json``, ``.md`` and ``report.html`` to the folder ``out``.

    The same call again continues a run that was stopped; a finished run is only summed up anew. With other judges, they
    score what was answered, and join those that have.

    Args:
        model: A name that `contestants.contestant` knows.
        out: The run's folder.
        suite: A key of `SUITES`.
        options: What the suite is made with; None for what it has itself, all of it, with seed 0.
        judges: Who scores; None for the suite's own judge.
        repeats: How often a judge is asked whose answers vary.
        seed: Seed of the contestant.
        contestant_options: How the contestant is made; None for its own ways.
        retry_crashed: Whether items that the contestant crashed on are asked again.
        tick: Called with every step.

    Returns:
        The numbers, per group.

    Raises:
        InputError: There is no such suite, or it has no ideal results and someone needs them.
        DataError: ``out`` holds another run, or the photographs cannot be used.
        JudgeError: A judge cannot be asked at all.
        ModelError: The model cannot be loaded.
    """
    options, own = options or SuiteOptions(), contestant_options or ContestantOptions()
    items = suite_called(suite, options)
    asked = judges_of(items, ()) if judges is None else judges
    panel = [judge if isinstance(judge, Panelist) else panelist(judge, repeats) for judge in asked]
    refuse_what_needs_ideals(items, model, panel)
    editor = contestant(model, own, ids=items.ids)
    folder = RunFolder(out, settings_of(items, model, editor, options, own, seed))
    rows = run(items, editor, folder, panel, seed=seed, retry_crashed=retry_crashed, tick=tick)
    return _summed_up(items, folder, rows)


def suite_called(name: str, options: SuiteOptions) -> Suite:
    """The suite called ``name``.

    Raises:
        InputError: There is none.
        DataError: What it is made of cannot be used.
    """
    if name not in SUITES:
        raise InputError(f"there is no suite {name!r}; there are {', '.join(SUITES)}")
    return SUITES[name](options)


def settings_of(
    suite: Suite,
    model: str,
    editor: Contestant,
    options: SuiteOptions,
    contestant_options: ContestantOptions,
    seed: int,
) -> dict[str, Any]:
    """All that a run's answers depend on. Where the photographs lie does not matter: their contents are hashed."""
    own = {"limit": options.limit, "suite_seed": options.seed, **contestant_options.given, "concurrency": None}
    return {
        "suite": suite.name,
        "suite_hash": suite.hash,
        "model": model,
        "model_sha256": getattr(editor, "sha256", ""),
        "seed": seed,
        "options": {name: value for name, value in own.items() if value},
        "version": __version__,
    }


def refuse_what_needs_ideals(suite: Suite, model: str, panel: Sequence[Panelist]) -> None:
    """Refuse, before any work, a judge or contestant that needs ideal results where the suite has none.

    Raises:
        InputError: There is one.
    """
    needing = [f"the judge {one.name}" for one in panel if one.needs_ideal]
    if PSEUDO.get(model) is PSEUDO["ideal"]:
        needing.append("the contestant 'ideal'")
    if needing:
        refuse_without_ideals(suite, " and ".join(needing))


def _summed_up(suite: Suite, folder: RunFolder, rows: Sequence[Row]) -> Summary:
    """The numbers, with ``summary.json`` and ``report.html`` written."""
    summary, judges, figures = summarise(rows), summarise_by_judge(rows), dict(suite.figures(rows))
    by_judge = {judge: _plain(by_one) for judge, by_one in judges.items()}
    told = {"settings": folder.settings, "figures": figures, **_plain(summary), "judges": by_judge}
    publish(folder.folder / "summary.json", json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    text = summary_markdown(summary, folder.settings, judges=judges, figures=figures)
    publish(folder.folder / "summary.md", text)
    publish(folder.folder / "report.html", report(load_run(folder.folder), figures))
    return summary


def _plain(summary: Summary) -> dict[str, Any]:
    return {grouping: {key: asdict(stats) for key, stats in groups.items()} for grouping, groups in summary.items()}
