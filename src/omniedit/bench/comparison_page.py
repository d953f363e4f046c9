"""Several contestants on one HTML page: their numbers, every two of them item by item, and the same items beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from itertools import combinations

from omniedit.bench import gallery, plots
from omniedit.bench.compare import ALL, Comparison, Difference, names, rows_by
from omniedit.bench.coverage import missing
from omniedit.bench.markdown import ABOUT, ABOUT_PAIRS, DRIFT, HEAD, PAIRS, cells, p_value, pair_cells, percent
from omniedit.bench.page import folded, number, page, section, table
from omniedit.bench.plots import Effect, bar_of, bars, figure, figures, forest, legend, short
from omniedit.bench.results import Run
from omniedit.bench.side_by_side import CASES, SIDE, STYLE, filters, side_by_side, widest
from omniedit.bench.summary import Stats

SURE = 0.05
"""Corrected p value below which a difference has a colour."""

SIDE_LETTERS = 18
"""Letters of a contestant's name on its side of a plot, at most."""


def comparison_page(comparison: Comparison, runs: Sequence[Run]) -> str:
    """The page, with the pictures of the items that it shows inside it.

    Args:
        comparison: `compare.compare` of ``runs``.
        runs: The runs, in the same order.
    """
    rows = zip(names(runs), runs, strict=True)
    named = {name: replace(run, rows=tuple(rows_by(run, comparison.judge))) for name, run in rows}
    chosen, items = filters(named), widest(named)
    return page(
        f"{len(named)} contestants on {comparison.suite}",
        _who(comparison),
        section("Contestants", _contestants(comparison), ABOUT),
        section("Every two against each other", _pairs(comparison), f"{ABOUT_PAIRS} {_ABOUT_COLOURS}"),
        section("Drift", _drift(comparison), "Where nothing was asked for: what a judge may not see."),
        section("Side by side", side_by_side(named, items), _about_items(len(items), len(runs[0].rows))),
        style=plots.STYLE + gallery.STYLE + gallery.rules(chosen) + STYLE,
    )


_ABOUT_COLOURS = (
    f"In colour: what is more than chance, with a corrected p below {SURE:g}. At the end of a line: that p, and "
    "the first's wins, ties and losses."
)


def _who(comparison: Comparison) -> str:
    """One line that says what was compared, and by whose scores."""
    rubric = f", rubric {comparison.rubric}" if comparison.rubric else ""
    said = [
        f"suite {comparison.suite}" + (f" ({comparison.suite_hash})" if comparison.suite_hash else ""),
        f"judge {comparison.judge}{rubric}",
        *(one.name + (f" ({one.model_sha256[:12]})" if one.model_sha256 else "") for one in comparison.contestants),
    ]
    return " · ".join(said)


def _stats(comparison: Comparison) -> dict[str, Stats]:
    """The numbers of all items, the best contestant first."""
    found = {one.name: one.summary[ALL][ALL] for one in comparison.contestants}
    return dict(sorted(found.items(), key=lambda item: -(item[1].overall if item[1].overall is not None else -1.0)))


def _contestants(comparison: Comparison) -> str:
    found, by_name = _stats(comparison), {one.name: one.summary["task"] for one in comparison.contestants}
    colours = {name: place for place, name in enumerate(by_name)}
    each = [(task, name) for task in next(iter(by_name.values())) for name in found]
    drawn = figures(
        (
            figure("O", bars([bar_of(name, one, colours[name]) for name, one in found.items()])),
            figure("O by task", bars([bar_of(task, by_name[name][task], colours[name]) for task, name in each])),
        )
    )
    lost = "".join(
        f'<p class="low">{escape(f"{name}: {words}")}</p>' for name, one in found.items() if (words := missing(one))
    )
    head = ("contestant", *HEAD[1:])
    whole = table(head, [cells(*one) for one in found.items()], "names")
    rows = [[task, *cells(name, by_name[name][task])] for task, name in each]
    return whole + lost + legend(list(by_name)) + drawn + folded("Table by task", table(("task", *head), rows, "names"))


def _pairs(comparison: Comparison) -> str:
    drawn = figures(_forest(comparison, *two) for two in combinations([one.name for one in comparison.contestants], 2))
    whole = table(PAIRS, [pair_cells(one) for one in comparison.pairs if one.group == ALL], "names")
    rows = [[one.group, *pair_cells(one)] for one in comparison.pairs if one.group != ALL]
    return drawn + whole + folded("Table by task", table(("task", "contestant", *PAIRS[1:]), rows, "names"))


def _forest(comparison: Comparison, first: str, second: str) -> str:
    """The differences of two contestants, over all items and by task."""
    found = [one for one in comparison.pairs if (one.first, one.second) == (first, second)]
    drawn = forest(list(map(_effect, found)), *(f"{short(name, SIDE_LETTERS)} better" for name in (second, first)))
    return figure(f"{first} against {second}", drawn)


def _effect(one: Difference) -> Effect:
    sure = one.p_holm is not None and one.p_holm < SURE
    note = f"p {p_value(one.p_holm)}, {one.wins}–{one.ties}–{one.losses}"
    return Effect(one.group, one.mean, one.interval, sure, note)


def _drift(comparison: Comparison) -> str:
    rows = [
        (name, number(one.sc), number(one.pq), number(one.outside), number(one.shift), percent(one.moved))
        for name, one in _stats(comparison).items()
    ]
    return table(("contestant", "SC", "PQ", *DRIFT[1:]), rows, "names")


def _about_items(shown: int, count: int) -> str:
    limit = "" if shown == count else f" (at most {CASES}; of each task those on which they differ most)"
    return f"{shown} of {count} items{limit}, the widest apart in O first; pictures of at most {SIDE} pixels a side."
