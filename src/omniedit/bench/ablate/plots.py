"""The plots of an ablation, as SVG: O of every arm with its interval and its seeds, and differences by task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omniedit.bench.ablate.estimates import difference, estimate, scores
from omniedit.bench.ablate.results import Measured, Results
from omniedit.bench.ablate.studies import REFERENCE, Study
from omniedit.bench.ablate.tables import label_of, present
from omniedit.errors import MissingExtraError
from omniedit.types import Task
from omniedit.writing import beside, telling

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#3b6fb6", "#c98a2b", "#4f9468", "#9a5fb0", "#b4543a", "#6b7885", "#2f8f9d")
SCALE = {"font.size": 9, "svg.hashsalt": "omniedit", "svg.fonttype": "path", "axes.spines.top": False}


def plot_study(name: str, study: Study, results: Results, folder: Path) -> list[Path]:
    """Draw a study's plots into ``folder``; returns their paths.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OutputError: They cannot be written.
    """
    drawn = [_saved(_means(study, results), folder / f"{name}.svg")]
    others = [runs for label, runs in present(study, results) if label != label_of(REFERENCE)]
    if others and REFERENCE in results.runs:
        drawn.append(_saved(_by_task(study, results), folder / f"{name}-tasks.svg"))
    return drawn


def _means(study: Study, results: Results) -> Figure:
    """A row for each arm: a bar to its mean O, a whisker for the interval, a dot for every seed."""
    found = present(study, results)[::-1]
    figure, axes = _figure(0.45 * len(found) + 0.9)
    for place, (_, runs) in enumerate(found):
        mean = estimate(scores(runs, results.judges[0]))
        if mean is None:
            continue
        axes.barh(place, mean.mean, height=0.6, color=COLOURS[0], alpha=0.35)
        axes.plot(mean.interval, [place, place], color="#222222", linewidth=1.6)
        axes.plot(mean.seeds, [place] * len(mean.seeds), "o", color=COLOURS[0], markersize=4)
    axes.set_yticks(range(len(found)), [label for label, _ in found])
    axes.set_xlabel(f"O by the {results.judges[0]}, 0..10; dots: seeds; lines: 95 %")
    axes.set_xlim(left=0)
    return figure


def _by_task(study: Study, results: Results) -> Figure:
    """For each task the differences of all arms to the reference, with their intervals."""
    reference = results.runs[REFERENCE]
    found = [(label, runs) for label, runs in present(study, results) if runs is not reference]
    figure, axes = _figure(0.11 * len(Task) * (len(found) + 2) + 1.1)
    for index, (label, runs) in enumerate(found):
        _differences(axes, runs, reference, results.judges[0], label, (index + 0.5) / len(found), COLOURS[index % 7])
    tasks = list(map(str, Task))
    axes.axvline(0, color="#222222", linewidth=0.8)
    axes.set_yticks(range(len(tasks)), tasks)
    axes.invert_yaxis()
    axes.set_xlabel(f"Δ O to the reference by the {results.judges[0]}, 95 %")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def _differences(
    axes: Axes, runs: Sequence[Measured], reference: Sequence[Measured], judge: str, label: str, at: float, colour: str
) -> None:
    """The differences of one arm, ``at`` (0..1) of each task's row."""
    first = True
    for place, task in enumerate(map(str, Task)):
        delta = difference(runs, reference, judge, task=task)
        if delta is not None:
            height = place + 0.7 * (at - 0.5)
            axes.plot(delta.interval, [height, height], color=colour, linewidth=1.4)
            axes.plot([delta.mean], [height], "o", color=colour, markersize=3.5, label=label if first else None)
            first = False


def _figure(height: float) -> tuple[Figure, Axes]:
    """A figure without a window, and its axes."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "bench") from error
    with rc_context(SCALE):
        figure = Figure(figsize=(8.0, height), layout="constrained")
        axes = figure.add_subplot()
        axes.spines["right"].set_visible(False)
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    return figure, axes


def _saved(figure: Figure, path: Path) -> Path:
    """Write a figure as SVG; the same numbers give the same bytes."""
    from matplotlib import rc_context

    with telling(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with beside(path) as temporary, rc_context(SCALE):
        figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")
    return path
