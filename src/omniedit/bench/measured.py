"""What was measured beside the judges: drift where nothing was asked for, and what an edit takes (sections of HTML)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from omniedit.bench.compare import ALL
from omniedit.bench.markdown import DRIFT, percent
from omniedit.bench.page import number, section, table
from omniedit.bench.plots import Bar, bars, figure, figures
from omniedit.bench.results import Cost, Run
from omniedit.bench.summary import Summary

_ABOUT_DRIFT = (
    "Where nothing was asked for: outside is the mean difference outside a local edit, in levels of 255, and shift by "
    "how many pixels the picture moved there. A judge may see neither, so they stand beside its scores."
)


def drift(summary: Summary) -> str:
    """Outside differences and shifts beside SC and PQ; nothing where none could be measured."""
    groups = {key: stats for key, stats in summary["task"].items() if (stats.outside, stats.shift) != (None, None)}
    if not groups:
        return ""
    rows = [
        (key, number(one.sc), number(one.pq), number(one.outside), number(one.shift), percent(one.moved))
        for key, one in {**groups, ALL: summary[ALL][ALL]}.items()
    ]
    most = max((one.outside or 0.0 for one in groups.values()), default=0.0) or 1.0
    drawn = bars([Bar(key, one.outside) for key, one in groups.items()], top=most)
    body = table(("task", "SC", "PQ", *DRIFT[1:]), rows) + figures([figure("Mean difference outside, levels", drawn)])
    return section("Drift", body, _ABOUT_DRIFT)


def costs(run: Run) -> str:
    """Time and memory by task; nothing where none was measured."""
    if not run.costs:
        return ""
    groups: dict[str, list[Cost]] = {}
    for row in run.rows:
        if row.id in run.costs:
            groups.setdefault(row.task, []).append(run.costs[row.id])
    groups[ALL] = list(run.costs.values())
    head = ("task", "edits", "median, s", "95 % within, s", "slowest, s", "peak memory, MB", "of")
    body = table(head, [_cost_cells(name, of) for name, of in groups.items()])
    return section("Time and memory", body, "Of one edit, wall-clock time, with the loaded model in the memory.")


def _cost_cells(name: str, costs: Sequence[Cost]) -> list[str]:
    middle, slow, slowest = np.quantile([cost.seconds for cost in costs], (0.5, 0.95, 1.0))
    memory = max((cost.memory for cost in costs if cost.memory is not None), default=None)
    devices = dict.fromkeys(cost.device for cost in costs if cost.device)
    peak = "–" if memory is None else f"{memory:,.0f}"
    times = [f"{value:.3g}" for value in (middle, slow, slowest)]
    return [name, str(len(costs)), *times, peak, ", ".join(devices) or "–"]
