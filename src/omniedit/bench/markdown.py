"""Runs and comparisons as Markdown: the tables of the pages, for whoever reads text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from omniedit.bench.compare import ALL, Comparison, Difference
from omniedit.bench.coverage import missing
from omniedit.bench.intervals import Interval
from omniedit.bench.page import between, number
from omniedit.bench.summary import GOOD, MOVED, Stats, Summary

HEAD = ("", "items", "scored", "SC", "PQ", "O", "95 % of O", f"O ≥ {GOOD:g}", "refused", "crashed", "unscored")
"""Columns of `cells`."""
DRIFT = ("", "outside, levels", "shift, median px", f"shift ≥ {MOVED:g} px")
"""Columns of what changed where nothing was asked for."""
PAIRS = (
    "contestant",
    "against",
    "difference of O",
    "95 %",
    "p",
    "p, Holm",
    "items",
    "wins",
    "ties",
    "losses",
    "without a pair",
)
"""Columns of `pair_cells`."""
ABOUT = (
    "SC, PQ and O = √(SC · PQ) on 0–10, means over the scored items; 95 % bootstrap intervals over photographs. "
    f"O ≥ {GOOD:g}: share of what was scored, refused or crashed."
)
ABOUT_PAIRS = (
    "The difference is the mean, over the items that both have scored, of the first's O less the other's; 95 % "
    "bootstrap intervals over photographs; p of a two-sided sign-flip test over photographs, corrected by Holm for the "
    "comparisons of its table. Without a pair: items that only the first, only the other, or neither has a score for."
)


def summary_markdown(
    summary: Summary,
    settings: Mapping[str, object],
    *,
    judges: Mapping[str, Summary] = {},
    figures: Mapping[str, float | None] = {},
) -> str:
    """A run's numbers.

    Args:
        summary: The numbers by the run's own judge.
        settings: What the run was made with.
        judges: The numbers by each judge, its own first; shown where there are several.
        figures: The suite's own figures, `Suite.figures`.
    """
    whole = summary[ALL][ALL]
    parts = [
        f"# {settings.get('model', 'A run')} on {settings.get('suite', 'a suite')}",
        _about(settings, judges),
        ABOUT,
        table(HEAD, [cells(ALL, whole)]),
        missing(whole),
        _repeats(judges or {"The judge": summary}),
        *_by_judge(judges),
        *([] if not figures else ["## As the suite publishes it", table(("", "value"), _figures(figures))]),
    ]
    for grouping, groups in summary.items():
        if grouping != ALL:
            parts += [f"## By {grouping}", table(HEAD, [cells(key, stats) for key, stats in groups.items()])]
    parts += _drift(summary)
    return "\n\n".join(filter(None, parts)) + "\n"


def comparison_markdown(comparison: Comparison) -> str:
    """A comparison's numbers: the contestants, every two of them, and every two on each task."""
    each = {one.name: one.summary[ALL][ALL] for one in comparison.contestants}
    lost = [f"- {name}: {words}" for name, stats in each.items() if (words := missing(stats))]
    rubric = f" by rubric {comparison.rubric}" if comparison.rubric else ""
    parts = [
        f"# {len(each)} contestants on {comparison.suite}",
        f"Suite {comparison.suite} {comparison.suite_hash}, judge {comparison.judge}{rubric}.",
        ABOUT,
        table(HEAD, [cells(name, stats) for name, stats in each.items()]),
        "\n".join(lost),
        "## Against each other",
        ABOUT_PAIRS,
        table(PAIRS, [pair_cells(one) for one in comparison.pairs if one.group == ALL]),
        "## By task",
        "Mean O, its interval, and the share of items that have a score.",
        table(("", *each), _by_task(comparison)),
        "## Against each other, by task",
        table(
            ("", *PAIRS),
            [[one.group, *pair_cells(one)] for one in comparison.pairs if one.group != ALL],
        ),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def cells(name: str, stats: Stats) -> list[str]:
    """A group as a row of a table; coverage stands beside every mean."""
    counts = [str(count) for count in (stats.refused, stats.crashed, stats.unscored)]
    means = [number(value) for value in (stats.sc, stats.pq, stats.overall)]
    scored = f"{stats.scored} ({percent(stats.coverage)})"
    return [name, str(stats.count), scored, *means, between(stats.interval), percent(stats.good), *counts]


def pair_cells(one: Difference) -> list[str]:
    """A difference as a row of a table."""
    sizes = (one.count, one.wins, one.ties, one.losses)
    lost = " + ".join(map(str, (one.only_first, one.only_second, one.neither)))
    told = [signed(one.mean), signed_range(one.interval), p_value(one.p), p_value(one.p_holm)]
    return [one.first, one.second, *told, *map(str, sizes), lost]


def columns(head: Sequence[str], row: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The cells of ``row`` that stand under the ``wanted`` heads, for where there is no room for all."""
    return [row[head.index(name)] for name in wanted]


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table; every column but the first stands right."""
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *body]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _escaped(cell: str) -> str:
    return " ".join(cell.replace("|", "\\|").split())


def percent(share: float | None) -> str:
    """A share for people; a dash where there is none, and 100 % only if it is all."""
    if share is None:
        return "–"
    return f"{min(share, 0.999) if share < 1 else share:.{1 if 0.99 < share < 1 else 0}%}"


def signed(value: float | None) -> str:
    """A difference for people, with its sign."""
    return "–" if value is None else f"{value:+.2f}"


def signed_range(interval: Interval | None) -> str:
    """An interval of a difference for people."""
    return "–" if interval is None else f"{interval[0]:+.2f} to {interval[1]:+.2f}"


def p_value(p: float | None) -> str:
    """A p value for people."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _about(settings: Mapping[str, object], judges: Mapping[str, Summary]) -> str:
    options = settings.get("options")
    told = {**settings, "options": "", **(options if isinstance(options, Mapping) else {})}
    known = [f"{key.replace('_', ' ')} {value}" for key, value in told.items() if value not in (None, "", {}, [])]
    return " · ".join([*known, *(f"judge {judge}" for judge in judges)])


def _repeats(judges: Mapping[str, Summary]) -> str:
    """How far a judge's own answers vary, where it was asked several times."""
    told = []
    for judge, summary in judges.items():
        stats = summary[ALL][ALL]
        if stats.spread is not None:
            told.append(
                f"{judge} was asked {stats.repeats} times: O of an item varies by {stats.spread:.2f} (standard "
                f"deviation, mean over items), and the mean O by {number(stats.mean_spread)}."
            )
    return "\n\n".join(told)


def _by_judge(judges: Mapping[str, Summary]) -> list[str]:
    if len(judges) < 2:
        return []
    lost = [f"- {judge}: {words}" for judge, summary in judges.items() if (words := missing(summary[ALL][ALL]))]
    rows = [cells(judge, summary[ALL][ALL]) for judge, summary in judges.items()]
    return ["## By judge", table(HEAD, rows), "\n".join(lost)]


def _figures(figures: Mapping[str, float | None]) -> list[tuple[str, str]]:
    return [(name, number(value)) for name, value in figures.items()]


def _drift(summary: Summary) -> list[str]:
    groups = {key: stats for key, stats in summary["task"].items() if (stats.outside, stats.shift) != (None, None)}
    if not groups:
        return []
    rows = [
        (key, number(stats.outside), number(stats.shift), percent(stats.moved))
        for key, stats in {**groups, ALL: summary[ALL][ALL]}.items()
    ]
    return ["## Where nothing was asked for", table(DRIFT, rows)]


def _by_task(comparison: Comparison) -> list[list[str]]:
    tasks = comparison.contestants[0].summary["task"]
    return [[task, *(_mean(one.summary["task"][task]) for one in comparison.contestants)] for task in tasks]


def _mean(stats: Stats) -> str:
    interval = f" ({between(stats.interval)})" if stats.interval else ""
    return f"{number(stats.overall)}{interval}, {percent(stats.coverage)}"
