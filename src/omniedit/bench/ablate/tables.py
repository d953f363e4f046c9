"""The tables of a study, in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from omniedit.bench.ablate.estimates import SIDES, Estimate, difference, estimate, scores
from omniedit.bench.ablate.paper import HEAD, PAPER
from omniedit.bench.ablate.results import Measured, Results
from omniedit.bench.ablate.studies import ARMS, CONTESTANTS, REFERENCE, Study
from omniedit.bench.markdown import table
from omniedit.types import Task

NONE = "–"


def present(study: Study, results: Results) -> list[tuple[str, tuple[Measured, ...]]]:
    """Labels and runs of the arms and contestants of a study that are measured."""
    names = [name for name in (*study.arms, *study.contestants) if name in results.runs]
    return [(label_of(name), results.runs[name]) for name in names]


def label_of(name: str) -> str:
    """How tables call an arm or a contestant."""
    return ARMS[name].label if name in ARMS else CONTESTANTS[name]


def main_table(study: Study, results: Results, judge: str) -> str:
    """SC, PQ and O of each arm with spread and interval, and how it differs from the reference."""
    reference = results.runs.get(REFERENCE, ())
    head = ("", "seeds", "SC", "PQ", "O", "± over seeds", "95 %", "Δ O to the reference, 95 %", "seeds agree", "scored")
    return table(head, (_row(label, runs, reference, judge) for label, runs in present(study, results)))


def _row(label: str, runs: Sequence[Measured], reference: Sequence[Measured], judge: str) -> list[str]:
    sc, pq, overall = (estimate(scores(runs, judge, side)) for side in SIDES)
    delta = None if runs is reference else difference(runs, reference, judge)
    return [
        label,
        str(len(runs)),
        _mean(sc),
        _mean(pq),
        f"**{_mean(overall)}**",
        NONE if overall is None or overall.spread is None else f"{overall.spread:.2f}",
        NONE if overall is None else _span(overall),
        NONE if delta is None else f"{signed(delta.mean)} [{_span(delta, sign=True)}]",
        NONE if delta is None else f"{delta.agreeing} of {len(delta.seeds)}",
        NONE if overall is None else f"{overall.scored} of {overall.asked}",
    ]


def task_table(study: Study, results: Results, judge: str) -> str:
    """O by task, and in brackets the difference to the reference, in bold where its interval holds no zero."""
    reference = results.runs.get(REFERENCE, ())
    rows = []
    for label, runs in present(study, results):
        cells = [label]
        for task in map(str, Task):
            mean = estimate(scores(runs, judge, task=task))
            delta = None if runs is reference else difference(runs, reference, judge, task=task)
            cells.append(_mean(mean) + ("" if delta is None else f" ({_told(delta)})"))
        rows.append(cells)
    return table(["O by task", *map(str, Task)], rows)


COSTS: tuple[tuple[str, Callable[[Measured], Any], str], ...] = (
    ("parameters", lambda run: run.about.get("parameters"), "{:,}"),
    ("pairs", lambda run: run.about.get("pairs"), "{:,}"),
    ("their mean O", lambda run: run.about.get("mean O"), "{:.2f}"),
    ("samples a second", lambda run: run.costs.get("samples a second"), "{:.0f}"),
    ("memory in GB", lambda run: run.costs.get("memory in GB"), "{:.1f}"),
    ("seconds an item", lambda run: run.costs.get("seconds an item"), "{:.2f}"),
)
"""Head of a column, what a run has there, and how it is written."""


def cost_table(study: Study, results: Results) -> str:
    """What an arm was trained on, and what training and answering cost: medians over the seeds."""
    rows = ([label, *(_median(runs, *cost[1:]) for cost in COSTS)] for label, runs in present(study, results))
    return table(["", *(cost[0] for cost in COSTS)], rows)


def _median(runs: Sequence[Measured], of: Callable[[Measured], Any], form: str) -> str:
    found = sorted(value for run in runs if (value := of(run)) is not None)
    return form.format(found[len(found) // 2]) if found else NONE


def seed_table(study: Study, results: Results, judge: str) -> str:
    """O of every seed."""
    every = sorted({run.seed for _, runs in present(study, results) for run in runs})
    rows = []
    for label, runs in present(study, results):
        found = {run.seed: estimate(scores([run], judge)) for run in runs}
        rows.append([label, *(_mean(found.get(seed)) for seed in every)])
    return table(["O by seed", *map(str, every)], rows)


def paper_table(study: str) -> str:
    """The paper's numbers, where it has the study."""
    if study not in PAPER:
        return ""
    return table(
        HEAD, ([str(cell) if isinstance(cell, str) else f"{cell:.2f}" for cell in row] for row in PAPER[study][1])
    )


def signed(value: float) -> str:
    """``+0.12`` or ``−0.12``."""
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")  # + 0.0: no negative zero


def _told(delta: Estimate) -> str:
    low, high = delta.interval
    return f"**{signed(delta.mean)}**" if low > 0 or high < 0 else signed(delta.mean)


def _mean(found: Estimate | None) -> str:
    return NONE if found is None else f"{found.mean:.2f}"


def _span(found: Estimate, *, sign: bool = False) -> str:
    low, high = found.interval
    return f"{signed(low)}, {signed(high)}" if sign else f"{low:.2f}–{high:.2f}"
