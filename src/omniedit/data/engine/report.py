"""A build in one HTML page that needs nothing else: funnel, the paper's Table 4, scores, time and cost, gallery."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np

from omniedit.charts import histogram
from omniedit.data.engine.ledger import (
    DROPPED,
    FOLDERS,
    BuildSummary,
    Outcome,
    reached,
    read_ledger,
    read_summary,
    shard_paths_of,
)
from omniedit.data.engine.times import OTHER, Clock, read_times
from omniedit.data.importance import Tally
from omniedit.data.pairs.shards import PairTable
from omniedit.images import encode
from omniedit.types import Candidate, Image, Pair
from omniedit.writing import publish

PER_TASK = 4
"""Pairs of each task in either gallery."""


def write_report(out: Path | str) -> Path:
    """Write ``report.html`` into the folder of a finished build, and return its path.

    Raises:
        DataError: ``out`` holds no finished build.
        OutputError: The page cannot be written.
    """
    out = Path(out)
    summary, outcomes = read_summary(out), list(read_ledger(out))
    sections = [
        f"<h1>Pairs: from {'photographs' if summary.of_photos else 'scenes'} to what is kept</h1>",
        _settings(summary),
        _section("Funnel", _funnel(summary) + _tasks(summary, outcomes)),
        *([] if summary.of_masks else [_scores(summary)]),
        _section(f"Why {'photographs and ' * summary.of_photos}items were not kept", _reasons(outcomes)),
        _section("Time and cost", _times(read_times(out), summary.items)),
        *(
            _section(name.capitalize(), _gallery(out, name))
            for name in FOLDERS
            if name != "unscored" or summary.unscored
        ),
    ]
    publish(out / "report.html", _PAGE.format(style=_STYLE, body="\n".join(sections)))
    return out / "report.html"


def _scores(summary: BuildSummary) -> str:
    """What was scored, before and after the threshold."""
    table = _section("Before and after, as in Table 4 of the paper", _table(summary.tallies))
    return f"{table}\n{_section('Overall score O = √(SC · PQ)', _histograms(summary))}"


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{content}</section>"


def _settings(summary: BuildSummary) -> str:
    """What was built, by which judge."""
    settings = summary.settings
    things = "photographs" if summary.of_photos else "scenes"
    words = f"{summary.scenes:,} {things}, seed {settings.get('seed')}; judge: {settings.get('judge')}; "
    words += f"rubric {settings.get('rubric')}; grounding: {_by(settings.get('grounding'))}; "
    words += f"omniedit {settings.get('version')}"
    details = json.dumps(settings, indent=1, ensure_ascii=False)
    all_of_them = f"<details><summary>all settings</summary><pre>{escape(details)}</pre></details>"
    return f"<p class=note>{escape(words)}</p>{all_of_them if summary.of_photos else ''}"


def _by(value: object) -> object:
    """A tool by its name, where it is told by more than that."""
    return value.get("by") if isinstance(value, Mapping) else value


def _funnel(summary: BuildSummary) -> str:
    """How many photographs were taken and how many items reached each stage, as bars."""
    rows = [_bar(name, number, summary.items) for name, number in summary.funnel]
    if summary.of_photos:
        seen = summary.scenes + summary.dropped
        rows = [_bar("photographs", seen, seen), _bar("taken", summary.scenes, seen), *rows]
    counts = [(name, getattr(summary, name)) for name in (*FOLDERS, "failed")]
    ends = " + ".join(f"{count:,} {name}" for name, count in counts if count or name != "unscored")
    return f"<table class=funnel>{''.join(rows)}</table><p class=note>{ends} = {summary.items:,} items</p>"


def _bar(name: str, number: int, of: int) -> str:
    return (
        f"<tr><th>{name}</th><td class=number>{number:,}</td>"
        f"<td class=wide><i style='width:{100 * number / max(1, of):.2f}%'></i></td></tr>"
    )


def _tasks(summary: BuildSummary, outcomes: Iterable[Outcome]) -> str:
    """The funnel of each task."""
    counts: dict[str, Counter[str]] = {}
    for item in outcomes:
        if item.status != DROPPED:
            counts.setdefault(item.task, Counter()).update(reached(item))
    names = [*(name for name, _ in summary.funnel), "rejected", *(["unscored"] if summary.unscored else []), "failed"]
    rows = [[task, *(f"{found[name]:,}" for name in names)] for task, found in counts.items()]
    return _grid(["task", *names], rows)


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]], style: str = "counts plain") -> str:
    """A table of numbers, whose first column is words; by ``counts`` alone its last row is a sum."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = (
        f"<tr><th>{escape(first)}</th>{''.join(f'<td class=number>{escape(cell)}</td>' for cell in cells)}</tr>"
        for first, *cells in rows
    )
    return f"<table class='{style}'><tr>{top}</tr>{''.join(lines)}</table>"


# Time and cost --------------------------------------------------------------------------------------------------------


def _times(clock: Clock, items: int) -> str:
    """Seconds of each stage, how busy workers were with it, and what endpoints were paid."""
    if not clock.total:
        return "<p>Not measured.</p>"
    rows = [
        (
            name,
            f"{seconds:,.1f}",
            f"{100 * seconds / clock.total:.1f} %",
            f"{clock.calls[name]:,}" if clock.calls[name] else "",
            f"{clock.calls[name] * 3600 / seconds:,.0f}" if clock.calls[name] and seconds else "",
        )
        for name, seconds in sorted(clock.seconds.items(), key=lambda entry: (entry[0] == OTHER, -entry[1]))
    ]
    head = ("stage", "seconds of workers", "share of their time", "done", "per hour of it")
    hours = clock.total / 3600
    words = f"{hours:,.2f} hours of one worker, {items / hours:,.0f} items an hour. What was done twice counts twice."
    return f"{_grid(head, rows)}<p class=note>{words}</p>{_bills(clock)}"


def _bills(clock: Clock) -> str:
    """What endpoints were paid; nothing where none was asked."""
    if not clock.bills:
        return ""
    rows = [
        (name, f"{b.calls:,}", f"{b.failed:,}", f"{b.input_tokens:,}", f"{b.output_tokens:,}", f"{b.money:,.2f}")
        for name, b in clock.bills.items()
    ]
    head = (
        "endpoint of",
        "calls paid",
        "without answer",
        "tokens read",
        "tokens written",
        "money, where prices are known",
    )
    return _grid(head, rows)


def _table(tallies: Iterable[Tally]) -> str:
    """Task, before, after, share kept."""
    rows = ((row.name, f"{row.judged:,}", f"{row.kept:,}", _percent(row.share), f"{row.unscored:,}") for row in tallies)
    return _grid(("task", "before", "after", "kept", "unscored"), rows, style="counts")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _histograms(summary: BuildSummary) -> str:
    """One histogram per task, and one of all."""
    threshold = float(summary.settings.get("threshold", 9))
    figures = (histogram(row.name, row.before, row.after, threshold) for row in summary.tallies if row.judged)
    key = "<p class=note><b class=before></b> candidates <b class=after></b> kept. The line is the threshold.</p>"
    return f"<div class=figures>{''.join(figures)}</div>{key}"


def _reasons(outcomes: Iterable[Outcome]) -> str:
    """The most frequent reasons, numbers left out so that alike ones count together."""
    counts = Counter((o.status, o.task or "–", _kind(o.reason)) for o in outcomes if o.status != "kept")
    rows = [
        f"<tr><td class=number>{number:,}</td><td>{status}</td><td>{task}</td><td>{escape(kind)}</td></tr>"
        for (status, task, kind), number in counts.most_common(20)
    ]
    return f"<table class=reasons>{''.join(rows)}</table>" if rows else "<p>All items were kept.</p>"


def _kind(reason: str) -> str:
    """A reason without what differs from item to item: numbers, and names in quotes."""
    if ", overall " in reason:
        return f"{reason.split(' ')[0]} score too low"
    return re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "…", re.sub("'[^']*'", "…", reason))


# Gallery --------------------------------------------------------------------------------------------------------------


def _gallery(out: Path, status: str) -> str:
    """A few pairs of each task, from the worst to the best score."""
    table = PairTable(shard_paths_of(out, status))
    if not len(table):
        return "<p>None.</p>"
    return f"<div class=gallery>{''.join(_card(table[index]) for index in _sample(table))}</div>"


def _sample(table: PairTable) -> list[int]:
    """Rows of ``table``: evenly spread over the scores of each task."""
    rows: dict[str, list[tuple[float, int]]] = {}
    for index, (task, overall) in enumerate(zip(table.column("x_task"), table.column("o_score"), strict=True)):
        rows.setdefault(task, []).append((-1.0 if overall is None else overall, index))
    chosen = []
    for entries in rows.values():
        entries.sort()
        places = np.unique(np.linspace(0, len(entries) - 1, PER_TASK).round().astype(int))
        chosen += [entries[place][1] for place in places]
    return chosen


def _card(pair: Pair) -> str:
    """Before, after, instruction, scores and reasons of a pair."""
    candidate, verdict = pair.candidate, pair.verdict
    before, scores = _before(candidate), "unscored"
    if verdict.overall is not None:
        parts = [f"SC {_list(verdict.sc)}", f"PQ {_list(verdict.pq)}", f"<b>O {verdict.overall:.1f}</b>"]
        scores = " · ".join(parts)
    why = "; ".join(text for text in (pair.reason, verdict.sc_reasoning, verdict.pq_reasoning) if text)
    return (
        f"<article><div>{_img(before, 'before')}{_img(candidate.result, 'after')}</div>"
        f"<p><small>{candidate.proposal.task}</small> {escape(candidate.proposal.instruction)}</p>"
        f"<p class=scores>{scores}</p><p class=note>{escape(why)}</p></article>"
    )


def _before(candidate: Candidate) -> Image:
    """The picture before; of one that is its own result what an inpainter sees of it, with the hole in grey."""
    if candidate.mask is None or not np.array_equal(candidate.source, candidate.result):
        return candidate.source
    from omniedit.model.inpainting import erase

    return erase(candidate.source, candidate.mask)


def _list(scores: Sequence[float]) -> str:
    return ", ".join(f"{score:.1f}" for score in scores)


def _img(image: Image, alt: str) -> str:
    """A picture inside the page."""
    data = base64.b64encode(encode(image, "JPEG")).decode()
    return f"<img alt={alt} title={alt} src='data:image/jpeg;base64,{data}'>"


_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8889; --before: #9aa4b2; --after: #2f9e63; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0 } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem }
.note { color: GrayText; font-size: .85rem; margin: .3rem 0 }
table { border-collapse: collapse } th, td { padding: .2rem .8rem .2rem 0; text-align: left; font-weight: normal }
.number { text-align: right; font-variant-numeric: tabular-nums }
.counts tr:first-child th { color: GrayText } .counts th:not(:first-child) { text-align: right }
.counts:not(.plain) tr:last-child > * { border-top: 1px solid var(--line); font-weight: 600 }
.plain { margin-top: .8rem } pre { overflow: auto; font-size: .8rem }
.funnel { width: 100% } .funnel .wide { width: 75% }
.funnel i { display: block; height: .9rem; background: var(--after); border-radius: 2px; min-width: 1px }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 1rem }
figure { margin: 0 } figcaption { text-align: center; font-size: .85rem }
svg text { font-size: 11px; text-anchor: middle; fill: GrayText }
svg .mark { stroke: currentColor; stroke-dasharray: 3 2; opacity: .6 }
svg .bar { fill: var(--after) } svg .soft { fill: var(--before) }
b.before, b.after { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .2em 0 .8em }
b.before { background: var(--before) } b.after { background: var(--after) }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(265px, 1fr)); gap: 1rem }
article { border: 1px solid var(--line); border-radius: 6px; padding: .6rem; break-inside: avoid }
article div { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; align-items: end }
article p { margin: .35rem 0 } img { width: 100%; border-radius: 3px; display: block }
small { background: var(--line); border-radius: 3px; padding: .05rem .35rem }
.scores { font-size: .85rem; font-variant-numeric: tabular-nums }
"""

_PAGE = """<!doctype html>
<html lang=en>
<meta charset=utf-8>
<meta name=viewport content="width=device-width">
<title>OmniEdit pairs</title>
<style>{style}</style>
{body}
</html>
"""
