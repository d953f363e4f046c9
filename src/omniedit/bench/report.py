"""The report of a run, one HTML page: who did what, the numbers and how sure they are, the judges, and the pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from statistics import median

from omniedit.bench import gallery, measured, opinions, plots, slider
from omniedit.bench.compare import ALL, rubrics
from omniedit.bench.coverage import WHY, missing
from omniedit.bench.markdown import ABOUT, HEAD, cells, percent
from omniedit.bench.page import between, folded, number, page, section, table
from omniedit.bench.plots import Bar, bar_of, bars, figure, figures, legend
from omniedit.bench.results import Cost, Row, Run
from omniedit.bench.scores.summary import histogram as whole_parts
from omniedit.bench.summary import GOOD, Stats, Summary, summarise, summarise_by_judge
from omniedit.charts import grid, histogram, scatter

STYLE = """
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: .8rem; }
.tiles { margin: 1.4rem 0 .6rem; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .6rem .9rem; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tiles span { font-size: 12.5px; color: var(--quiet); }
"""


def report(run: Run, published: Mapping[str, float | None] | None = None) -> str:
    """The page of ``run``, with the pictures of the items that it shows inside it.

    Args:
        run: A finished run.
        published: The suite's own figures, `Suite.figures`.
    """
    summary, judges = summarise(run.rows), summarise_by_judge(run.rows)
    whole, shown = summary[ALL][ALL], gallery.chosen(run.rows)
    filters = {"task": list(summary["task"]), "kind": list(dict.fromkeys(kind for kind, _ in shown))}
    return page(
        f"{run.settings.get('model', 'A run')} on {run.settings.get('suite', 'a suite')}",
        who(run),
        _headline(whole, run.costs),
        f'<p class="low">{escape(missing(whole))}</p>' if missing(whole) else "",
        _published(published or {}),
        section("Scores", _groups(summary, judges), ABOUT),
        section("Distribution", _distribution(run.rows), _ABOUT_DISTRIBUTION) if whole.scored else "",
        opinions.opinions(run, judges),
        measured.drift(summary),
        measured.costs(run),
        section("Not scored", _declined(run.rows)) if whole.scored < whole.count else "",
        section("Before and after", _cases(run, shown, filters), _about_cases(run, shown)) if shown else "",
        slider.SCRIPT,
        style=plots.STYLE + slider.STYLE + gallery.STYLE + gallery.rules(filters) + STYLE,
    )


def who(run: Run) -> str:
    """One line that says what was measured, of whom, and by whom."""
    settings, options = run.settings, dict(run.settings.get("options") or {})
    said = [
        _with_hash("suite", settings.get("suite"), settings.get("suite_hash")),
        _with_hash("model", settings.get("model"), settings.get("model_sha256")),
        f"seed {settings.get('seed', '–')}",
        *(f"{name.replace('_', ' ')} {value}" for name, value in options.items()),
        *(f"judge {judge}" + (f", rubric {stamp}" if stamp else "") for judge, stamp in rubrics(run).items()),
        f"omniedit {settings.get('version') or settings.get('omniedit') or '–'}",
    ]
    return " · ".join(said)


def _with_hash(kind: str, name: object, digest: object) -> str:
    return f"{kind} {name}" + (f" ({str(digest)[:12]})" if digest else "")


# Numbers --------------------------------------------------------------------------------------------------------------

_ABOUT_DISTRIBUTION = (
    f"How many items have each whole part of a score, and SC against PQ. The lines are at {GOOD:g}, from where on an "
    "edit counts as good."
)


def _headline(stats: Stats, costs: Mapping[str, Cost]) -> str:
    """The numbers that a reader wants first."""
    took = [cost.seconds for cost in costs.values()]
    lost = [f"{getattr(stats, field)} {field}" for field in WHY if getattr(stats, field)]
    tiles = [
        ("O", number(stats.overall), f"95 %: {between(stats.interval)}"),
        ("SC", number(stats.sc), "what was asked"),
        ("PQ", number(stats.pq), "how real it looks"),
        ("good", percent(stats.good), f"with O ≥ {GOOD:g}"),
        ("scored", f"{stats.scored} of {stats.count}", ", ".join(lost) or "nothing is missing"),
    ]
    if took:
        tiles.append(("median time", f"{median(took):.2g} s", f"at most {max(took):.2g} s"))
    return '<div class="tiles">' + "".join(_tile(*tile) for tile in tiles) + "</div>"


def _tile(name: str, value: str, note: str) -> str:
    return f"<div><span>{escape(name)}</span><b>{escape(value)}</b><span>{escape(note)}</span></div>"


def _published(found: Mapping[str, float | None]) -> str:
    if not found:
        return ""
    rows = [(name, number(value)) for name, value in found.items()]
    return section("As the suite publishes it", table(("figure", "value"), rows), "A dash: it cannot be told.")


def _groups(summary: Summary, judges: Mapping[str, Summary]) -> str:
    """Plots and tables of each grouping."""
    several = judges if len(judges) > 1 else {"": summary}
    names = [name for name in summary if name != ALL]
    drawn = figures(figure(f"O by {name}", bars(_bars(name, several))) for name in names)
    every = (ALL, summary[ALL][ALL])
    tables = [
        folded(
            f"Table by {name}",
            table((name, *HEAD[1:]), [cells(key or "–", stats) for key, stats in (*summary[name].items(), every)]),
            opened=not place,
        )
        for place, name in enumerate(names)
    ]
    return "\n".join([legend(list(several)), drawn, *tables])


def _bars(grouping: str, judges: Mapping[str, Summary]) -> list[Bar]:
    """A bar for each judge in each group."""
    groups = list(next(iter(judges.values()))[grouping])
    return [
        bar_of(key, summary[grouping][key], series) for key in groups for series, summary in enumerate(judges.values())
    ]


def _distribution(rows: Sequence[Row]) -> str:
    scored = [row for row in rows if row.sc and row.pq and row.overall is not None]
    sides = {
        "O": [row.overall or 0.0 for row in scored],
        "SC": [min(row.sc) for row in scored],
        "PQ": [min(row.pq) for row in scored],
    }
    counted = grid((histogram(name, whole_parts(values), threshold=GOOD) for name, values in sides.items()), 1)
    return figures((counted, scatter(zip(sides["SC"], sides["PQ"], strict=True), "SC", "PQ", GOOD)))


# Items ----------------------------------------------------------------------------------------------------------------


def _declined(rows: Iterable[Row]) -> str:
    """A list for each way not to have a score."""
    lines: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        if row.status != "scored":
            lines.setdefault(row.status, []).append((row.id, row.task, row.instruction, row.reason))
    head = ("item", "task", "instruction", "why")
    return "\n".join(
        folded(f"{len(lines[field])} {words}", table(head, lines[field], kind="words"), opened=True)
        for field, words in WHY.items()
        if field in lines
    )


def _about_cases(run: Run, shown: Sequence[tuple[str, Row]]) -> str:
    limit = "" if len(shown) == len(run.rows) else f" ({gallery.CASES} with a score and {gallery.UNSCORED} without)"
    return (
        f"{len(shown)} of {len(run.rows)} items{limit}: the worst, the best and random ones of each task; pictures of "
        f"at most {slider.SIDE} pixels a side. Drag the handle, or focus it and use the arrow keys."
    )


def _cases(run: Run, shown: Sequence[tuple[str, Row]], filters: Mapping[str, Sequence[str]]) -> str:
    maker = str(run.settings.get("model", ""))
    made = (
        ((row.task, kind), gallery.case(row, kind, run.pictures, maker=maker, cost=run.costs.get(row.id)))
        for kind, row in shown
    )
    return gallery.gallery(filters, made)
